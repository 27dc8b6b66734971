"""Characters that stand for letters: ligatures to which a PDF's font gives no meaning, or a wrong one.

=====================  =====================================================================================
as extracted           what it is
=====================  =====================================================================================
Sta▯elmiete            a private character; the lexicon knows Staffelmiete
AkƟonen, NachbarschaŌ  a letter of another alphabet whose number the ligature has in its font
▯▯▯▯                   a symbol font's characters, which are those of ASCII, shifted to U+F000
=====================  =====================================================================================

What a character stands for is asked once for a whole text: one that makes known words of all or most of the words that
have it, where no other does. The sign for unknown characters (U+FFFD) may stand for several, so it is asked for each
word. What remains inside of words is counted, so that pages can be recognised anew. Limits: a character that stands for
several things in one text; texts that have it in names only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from string import ascii_lowercase

from analyzers.known_words import is_known

_PRIVATE = "\ue000-\uf8ff"
_UNKNOWN = "\ufffd"
_FOREIGN = "\u0180-\u0191\u0193-\u024f\u014c"
"""Letters that fonts give to ligatures, and that German texts have in a few names at most."""

_SUSPECT = re.compile(f"[{_PRIVATE}{_UNKNOWN}{_FOREIGN}]")
_SHIFTED_RUN = re.compile("[\uf020-\uf07e\uf0a0-\uf0ff]{3,}")
_LETTER = r"[^\W\d_]"
_IN_WORD = rf"(?:{_LETTER}|{_SUSPECT.pattern})"
_WORD_BEFORE = re.compile(rf"{_IN_WORD}+\Z")
_WORD_AFTER = re.compile(rf"{_IN_WORD}+")
# Signs of symbol fonts, which lists begin with, are no lost letters.
_DAMAGED = re.compile(rf"{_LETTER}[\ue000-\uf01f\uf100-\uf8ff{_UNKNOWN}]+{_LETTER}")

# What type founders have agreed on: ligatures, old-style figures, small capitals (for small letters).
_FIXED = (
    {"\uf001": "fi", "\uf002": "fl"}
    | {chr(0xF730 + digit): str(digit) for digit in range(10)}
    | {chr(0xF700 + ord(letter)): letter for letter in ascii_lowercase}
    | {chr(0xF700 + code): chr(code) for code in range(0xE0, 0x100) if code != 0xF7}
)
_FIXED_CHARACTER = re.compile(f"[{''.join(_FIXED)}]")
_LIGATURES = "ff fi fl ffi ffl ft fft tt ti tti tf th ch ck st sp fb fh fj fk tz ct Th ä ö ü ß Ä Ö Ü"
_STANDS_FOR = tuple(_LIGATURES.split())
_INSIDE = (*filter(str.islower, _STANDS_FOR), *ascii_lowercase)
MIN_KNOWN_SHARE = 0.5
"""Share of the words with a character that have to become known; many others are names, or broken in other ways."""
MAX_OTHER_SHARE = 0.5
"""Any other meaning may explain at most this share of what the best one does."""
MIN_WORD_CHARS = 5
MIN_SINGLE_WORD_CHARS = 8
MIN_USUAL = 3
MIN_USUAL_SHARE = 0.8
MIN_SHIFTED_LETTERS = 4
MIN_SHIFTED_KINDS = 2
_MAX_WORDS = 300
"""Distinct words looked at of a text."""
_MAX_WORD_CHARS = 60


def restore_letters(pages: Sequence[str]) -> list[str]:
    """Return the pages of one text with letters in the place of characters that stand for them."""
    pages = list(pages)
    if all(map(_is_plain, pages)):
        return pages
    characters = set[str]().union(*pages)
    if not characters.isdisjoint(_FIXED):
        pages = [_FIXED_CHARACTER.sub(lambda match: _FIXED[match[0]], page) for page in pages]
    if len([character for character in characters if "\uf041" <= character <= "\uf07a"]) > MIN_SHIFTED_KINDS:
        pages = [_SHIFTED_RUN.sub(_shifted_back, page) for page in pages]
    suspects = "".join(filter(_SUSPECT.match, characters))
    # Signs of lists come before words, so nearly always this is all.
    if not suspects or not any(map(re.compile(rf"[{suspects}](?<={_LETTER}.)").search, pages)):
        return pages
    spans = [list(_suspect_words(page, re.compile(f"[{suspects}]"))) for page in pages]
    words = dict.fromkeys(page[start:end] for page, found in zip(pages, spans, strict=True) for start, end in found)
    table = str.maketrans(_meanings(list(islice(words, _MAX_WORDS))))
    # By itself a character is a sign for a list, or for something else.
    mended = {word: word.translate(table) for word in words if len(_SUSPECT.sub("", word)) > 1}
    unknown = _unknown_letters(mended.values())
    mended = {word: unknown.get(whole, whole) for word, whole in mended.items()}
    return [_replaced(page, found, mended) for page, found in zip(pages, spans, strict=True)]


def _suspect_words(text: str, suspect: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield where the words are that have suspects, without those of nothing else."""
    done = 0
    for match in suspect.finditer(text):
        if match.start() < done:
            continue
        before = _WORD_BEFORE.search(text, max(done, match.start() - _MAX_WORD_CHARS), match.start())
        after = _WORD_AFTER.match(text, match.start())
        start, done = before.start() if before else match.start(), after.end() if after else match.end()
        if done - start > 1:
            yield start, done


def _replaced(text: str, words: Iterable[tuple[int, int]], mended: Mapping[str, str]) -> str:
    pieces = []
    done = 0
    for start, end in words:
        pieces += [text[done:start], mended.get(text[start:end], text[start:end])]
        done = end
    return "".join((*pieces, text[done:]))


def _is_plain(text: str) -> bool:
    """Tell whether a text has only what Western European word processors write, which is soon told and mostly so."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def damaged_words(text: str) -> int:
    """Return how many words of a text have characters inside that nobody knows."""
    return len(_DAMAGED.findall(text))


def _meanings(words: Iterable[str]) -> dict[str, str]:
    """Return what characters stand for, as far as words tell."""
    meanings: dict[str, str] = {}
    while True:
        table = str.maketrans(meanings)
        open_words: dict[str, set[str]] = {}
        for word in words:
            word = word.translate(table)
            # Words with several such characters tell something once all but one are known.
            if len(open_ := set(_SUSPECT.findall(word))) == 1 and word[1:].strip(*open_):
                open_words.setdefault(open_.pop(), set()).add(word)
        found = {character: meaning for character, of in open_words.items() if (meaning := _meaning(character, of))}
        if not found:
            return meanings
        meanings |= found


def _meaning(character: str, words: Collection[str]) -> str | None:
    """Return what a character stands for; None where that is not clear."""
    if character == _UNKNOWN or not any(_is_inside(character, word) for word in words):
        return None
    explained = Counter({meaning: _explained(character, meaning, words) for meaning in _STANDS_FOR})
    (best, count), (_, other) = explained.most_common(2)
    if count == 1:  # it has to be a long word that no letter makes known
        is_clear = any(len(_meanings_in(word, character)) == 1 for word in words)
    else:
        is_clear = count > 0 and other <= MAX_OTHER_SHARE * count
    return best if is_clear and count >= MIN_KNOWN_SHARE * len(words) else None


def _explained(character: str, meaning: str, words: Iterable[str]) -> int:
    """Return how many words become known; 0 if the character is never inside of one."""
    known = [word for word in words if _becomes_known(word, character, meaning)]
    return len(known) if any(_is_inside(character, word) for word in known) else 0


def _is_inside(character: str, word: str) -> bool:
    """Tell whether a character is inside of a word, as signs of lists are not; letters may end one."""
    return character in (word[1:] if character.isalpha() else word[1:-1])


def _becomes_known(word: str, character: str, meaning: str) -> bool:
    whole = word.replace(character, meaning)
    return len(whole) >= MIN_WORD_CHARS and is_known(whole)


def _meanings_in(word: str, character: str) -> list[str]:
    """Return all that a character inside of a long word may stand for."""
    if character not in word[1:-1] or len(word) < MIN_SINGLE_WORD_CHARS:
        return []
    return [meaning for meaning in _INSIDE if _becomes_known(word, character, meaning)]


def _unknown_letters(words: Iterable[str]) -> dict[str, str]:
    """Return words with the sign for unknown characters replaced, where it is clear by what.

    Only one meaning makes the word known, or of several one is what the sign stands for nearly everywhere in the text.
    """
    damaged = islice(dict.fromkeys(word for word in words if _UNKNOWN in word), _MAX_WORDS)
    meanings = {word: _meanings_in(word, _UNKNOWN) for word in damaged}
    sure = Counter(found[0] for found in meanings.values() if len(found) == 1)
    usual = {
        meaning for meaning, count in sure.items() if count >= MIN_USUAL and count >= MIN_USUAL_SHARE * sure.total()
    }
    chosen = {word: found if len(found) == 1 else usual.intersection(found) for word, found in meanings.items()}
    return {word: word.replace(_UNKNOWN, next(iter(one))) for word, one in chosen.items() if len(one) == 1}


def _shifted_back(match: re.Match[str]) -> str:
    text = "".join(chr(ord(character) & 0xFF) for character in match[0])
    letters = [character for character in text if character.isascii() and character.isalpha()]
    # Signs of a list or a form are repeated.
    return text if len(letters) >= MIN_SHIFTED_LETTERS and len(set(letters)) > MIN_SHIFTED_KINDS else match[0]
