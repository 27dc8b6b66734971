"""Words that fell apart at their umlauts or ligatures, or were spaced out for emphasis, put together again.

==================================  ====================================================================
as extracted                        why
==================================  ====================================================================
Bru¨hl, Br¨uhl, Gescha ̈ftsordnung  the dots were drawn by themselves, before or after the letter
Gesch äftsordnung, Grünfl ächen     a letter or ligature came from another font, with a space beside it
B e s c h l u s s                   letters were spaced out (Sperrsatz)
==================================  ====================================================================

Dots are put on the letter they belong to. Pieces are joined only where the whole is a known word and the pieces are
not, so "der ältere" and "in Übach" stay. Limits: names that fell apart or are spaced by themselves stay so, and so do
words whose pieces are words ("Er öffnung") and digits that are spaced out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from analyzers.folding import fold_word
from analyzers.known_words import is_common, is_known
from analyzers.nouns import base_form
from analyzers.stop_words import GERMAN_STOP_WORDS

_DOTS = "\u00a8"
_COMBINING = "\u0308"
_VOWELS = frozenset("aouAOU")
_LETTERS = re.compile(r"[^\W\d_]+")
_DETACHED = re.compile(
    r"(?P<before>[^\W\d_]?)(?P<gap>\s{0,3})[\u00a8\u0308](?P<gap_after>\s{0,3})(?=(?P<after>[^\W\d_]?))"
)
_MAX_PIECES = 6
_MAX_WORD_CHARS = 60

# These begin with a literal, so that the search jumps from space to space.
_GAP = re.compile(r" (?:(?=[äöüßÄÖÜ])|(?<=[äöüßÄÖÜ] )|(?<=f[lif] ))([^\W\d_]+)(?![^\W_])")
_SPACED_BEFORE = re.compile(r"(?<![^\W_])[^\W\d_] [^\W\d_]\Z")
_MAY_BE_SPACED = re.compile(r" [a-zA-ZäöüßÄÖÜ] {1,4}[a-zA-ZäöüßÄÖÜ] ")
_SPACED = re.compile(r"(?<![^\W_])(?<![^\W_][.'’-])[^\W\d_](?: {1,4}[^\W\d_](?![^\W_]))++(?P<end> (?=[:;,.!?](?!\S)))?")
_SPACES = re.compile(" +")
_NEIGHBOUR_BEFORE = re.compile(r"(?<![^\W_])(\w*[^\W\d_]\w*)[ .'’-]{0,2}\Z")
_NEIGHBOUR_AFTER = re.compile(r"[ .'’-]{0,2}(\w*[^\W\d_]\w*)")
_CAPITAL_INSIDE = re.compile(r"(?<=[^\W\d_A-ZÄÖÜ])(?=[A-ZÄÖÜ])")
MIN_SPACED_CHARS = 4
"""Words of three letters are only put together beside longer ones: three single letters are often a row of a table."""


def mend_torn_words(text: str) -> str:
    """Return a text in NFC with dots on their letters and with torn and spaced words whole. Idempotent."""
    if _DOTS in text or _COMBINING in text:
        text = _with_dots_on_letters(text)
    if _MAY_BE_SPACED.search(text):
        lines = text.split("\n")
        text = "\n".join(_SPACED.sub(_unspaced, line) if _MAY_BE_SPACED.search(line) else line for line in lines)
    return _joined_pieces(text)


def _with_dots_on_letters(text: str) -> str:
    styles = [_may_be(match) for match in _DETACHED.finditer(text)]
    dots_come_first = styles.count((False, True)) > styles.count((True, False))

    def put(match: re.Match[str]) -> str:
        before, after = _may_be(match)
        if not before and not after:
            return match[0]
        if before and after:
            before = _belongs_before(match, dots_come_first)
        if not before:
            # The dots go in front of their letter, which the next match may need; they are composed at the end.
            return f"{match['before']}{match['gap']}{_LATER}"
        rest = match["gap_after"]
        if match["gap"] and rest:
            rest = "" if _is_one_word(match) else rest
        return match["before"] + _COMBINING + rest

    text = _DETACHED.sub(put, text)
    text = re.sub(_LATER + r"([aouAOU])", rf"\1{_COMBINING}", text)
    return unicodedata.normalize("NFC", text)


_LATER = "\x01"
"""Stands for dots that belong to the letter after them; clean text has no control characters."""


def _may_be(match: re.Match[str]) -> tuple[bool, bool]:
    stand_alone = match["gap"] and match["gap_after"]
    return match["before"] in _VOWELS, match["after"] in _VOWELS and not stand_alone


def _belongs_before(match: re.Match[str], dots_come_first: bool) -> bool:
    """Tell whether dots between two vowels belong to the first: by the lexicon, the gaps, or the rest of the text."""
    head = _piece_before(match.string, match.start("gap"))
    tail = _tail(match)
    as_before = is_known(_composed(head + _COMBINING + tail))
    as_after = is_known(_composed(head + tail[0] + _COMBINING + tail[1:]))
    if as_before != as_after:
        return as_before
    if bool(match["gap"]) != bool(match["gap_after"]):
        return bool(match["gap_after"])
    return not dots_come_first


def _is_one_word(match: re.Match[str]) -> bool:
    return is_known(_composed(_piece_before(match.string, match.start("gap")) + _COMBINING + _tail(match)))


def _tail(match: re.Match[str]) -> str:
    found = _LETTERS.match(match.string, match.end())
    return found[0] if found else ""


def _composed(word: str) -> str:
    return unicodedata.normalize("NFC", word)


def _joined_pieces(text: str) -> str:
    """Return a text with the pieces of words joined that a space beside an umlaut, ß or ligature divides."""
    gaps = list(_dividing_gaps(text))
    if not gaps:
        return text
    closed = [gap for run in _runs(text, gaps) for gap in _gaps_to_close(text, run)]
    if not closed:
        return text
    return "".join(text[start + 1 : end] for start, end in pairwise([-1, *closed, len(text)]))


def _dividing_gaps(text: str) -> Iterator[int]:
    """Yield the places of single spaces that may divide a word."""
    for match in _GAP.finditer(text):
        gap, after = match.start(), match[1]
        before = text[gap - 1 : gap]
        if (
            before.isalpha()
            and (after[0].islower() or before.isupper())
            and not (len(after) == 1 and text.startswith(".", match.end()))  # "Fuß e. V."
            and not _SPACED_BEFORE.search(text, max(0, gap - 4), gap)
            and not (is_known(after) and is_known(_piece_before(text, gap)))
            and fold_word(after) not in GERMAN_STOP_WORDS
        ):
            yield gap


def _piece_before(text: str, end: int) -> str:
    start = end
    while start > 0 and text[start - 1].isalpha() and end - start < _MAX_WORD_CHARS:
        start -= 1
    return text[start:end]


def _piece_after(text: str, gap: int) -> str:
    found = _LETTERS.match(text, gap + 1)
    return found[0] if found else ""


def _runs(text: str, gaps: Sequence[int]) -> Iterator[list[int]]:
    """Yield gaps together that have nothing but one piece of a word between them."""
    run = [gaps[0]]
    for gap in gaps[1:]:
        if not text[run[-1] + 1 : gap].isalpha():
            yield run
            run = []
        run.append(gap)
    yield run


def _gaps_to_close(text: str, run: Sequence[int]) -> Iterator[int]:
    pieces = [_piece_before(text, run[0]), *(_piece_after(text, gap) for gap in run)]
    at = 0
    while at < len(pieces) - 1:
        most = min(len(pieces), at + _MAX_PIECES)
        end = next((end for end in range(most, at + 1, -1) if _is_word_in_pieces(pieces[at:end])), at + 1)
        yield from run[at : end - 1]
        at = end


def _is_word_in_pieces(pieces: Sequence[str]) -> bool:
    """Tell whether pieces are one word that the lexicon has, or one compound of pieces that are nothing."""
    whole = "".join(pieces)
    return not all(map(is_known, pieces)) and (is_common(whole) or (is_known(whole) and not any(map(is_known, pieces))))


def _unspaced(match: re.Match[str]) -> str:
    """Return what spaced letters spell; unchanged where they spell nothing."""
    end = match["end"] or ""
    letters = match[0].removesuffix(end)
    if not _stands_alone(match.string, match.start(), match.start() + len(letters)):
        return match[0]
    gaps = list(map(len, _SPACES.findall(letters)))
    chunks = [chunk.replace(" ", "") for chunk in re.split(f" {{{min(gaps) + 1},}}", letters)]
    # Where words are told by wider gaps, most of them have to be known; the others are names.
    words = _words_of(chunks[0]) if len(chunks) == 1 else chunks
    known = sum(len(word) for word in words if _is_word(word))
    if max(map(len, words)) < MIN_SPACED_CHARS or 2 * known < sum(map(len, words)):
        return match[0]
    return " ".join(words)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether what is beside spaced letters are words; pieces of words are spaced in some other way."""
    neighbours = (
        _NEIGHBOUR_BEFORE.search(text, max(0, start - _MAX_WORD_CHARS), start),
        _NEIGHBOUR_AFTER.match(text, end),
    )
    return all(is_known(found[1]) for found in neighbours if found)


def _words_of(letters: str) -> list[str]:
    """Return the words that letters without any gaps spell, or a name; otherwise the letters."""
    pieces = [letters] if letters.isupper() else _CAPITAL_INSIDE.split(letters)
    words = [[piece] if _is_word(piece) else _fewest_words(piece) for piece in pieces]
    if all(words):
        return list(chain.from_iterable(filter(None, words)))
    return [letters]


def _is_word(letters: str) -> bool:
    return len(letters) > 1 and (letters[1:].islower() or letters.isupper()) and is_known(_as_noun(letters))


def _as_noun(letters: str) -> str:
    return letters.capitalize() if letters.isupper() else letters


def _fewest_words(letters: str) -> list[str] | None:
    """Return the fewest common words of two letters and more that letters consist of; None if they do not.

    Small letters begin no noun: "Gartenstraße" is not "Garten straße".
    """
    best: list[list[str] | None] = [[], *([None] * min(len(letters), _MAX_WORD_CHARS))]
    for end in range(2, len(best)):
        for start in range(end - 1):
            before = best[start]
            if before is None or not _may_be_next(letters[start:end]):
                continue
            found = best[end]
            if found is None or len(before) + 1 < len(found):
                best[end] = [*before, letters[start:end]]
    return best[-1]


def _may_be_next(word: str) -> bool:
    return is_common(word) and not (word[0].islower() and base_form(fold_word(word)) is not None)
