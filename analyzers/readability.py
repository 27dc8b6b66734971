"""How German a text looks, and whether it is a text at all: what a font's wrong table makes of words is none.

Such text has letters, so nothing else tells it from words. Two measures: how much of it are known words, and how much
looks like no words of any language: digits and signs between letters (``p9n``, ``r1&g``), letters without vowels, other
letters than those that are frequent everywhere. Real pages that have no known words either (in other languages, tables,
lists of abbreviations, plans) have little of the second. Limits: texts that are short, in other alphabets, or half
readable count as readable.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from analyzers.glyphs import damaged_words
from analyzers.known_words import is_known

MIN_CHARS = 20
"""Shorter texts are not judged."""
MAX_KNOWN_SHARE = 0.05
MIN_NONSENSE_SHARE = 0.35
"""Real texts of German councils have at most 0.3 where they have no known words: plans full of abbreviations."""

MIN_LETTERS = 150
MIN_COMMON_LETTERS = 0.42
"""Of a, e, i, n, o, r, s, t: in European languages from 0.53 (Turkish) to 0.7, in shuffled letters mostly below."""

MIN_JUDGED_CHARS = 4
MAX_ABBREVIATION_CHARS = 7
MAX_ACCENTED_SHARE = 0.4
"""No language has so many letters with accents in one word, often."""

_SAMPLE_TOKENS = 200
_MAX_TOKEN_CHARS = 100
MIN_WORD_CHARS = 3
_TOKEN = re.compile(r"\S+")
# Words glued together still begin with capitals.
_WORD = re.compile(r"[A-ZÄÖÜ]?[a-zäöüß]+|[^\W\d_]+?(?=[A-ZÄÖÜ][a-zäöüß]|[\W\d_]|\Z)")
_LETTERS = re.compile(r"[^\W\d_]+")
_ACCENTED = re.compile(r"(?![äöüßÄÖÜ])[\u00aa-\u024f]")
_EDGES = "()[]{}<>\"'„“”‚‘’«»›‹.,;:!?*+-–—/|\\§&%#_=~•·\u2026"
# What stands between letters in names of files, addresses, abbreviations and compounds.
_JOINERS = r"\-–./:@'’&+,*()\u00ad"
_NONSENSE_INSIDE = re.compile(rf"[^\W\d_][\W\d_]*?(?:[^\w\s{_JOINERS}]|\d)[\W\d_]*?[^\W\d_]")
# Addresses, names of files, and what programs number things with: nobody expects words there.
_IDENTIFIER = re.compile(
    r"https?:|www\.|\w@\w|\.(?:pdf|jpe?g|png|gif|tiff?|docx?|xlsx?|dwg|dxf|html?|de|com|org|net|eu)\b|"
    r"\A[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+){2,}\Z|\A[0-9a-f-]{16,}\Z",
    re.IGNORECASE,
)
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_VOWEL = re.compile(r"[aeiouyáéíóúýàèìòùâêîôûäëïöüÿãõåæøœąęėıőűůăāēīōū]", re.IGNORECASE)
_COMMON_LETTER = re.compile(r"[aeinorstı]", re.IGNORECASE)
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxzßçñšžčćłśźżńğşřťďľ]{5}", re.IGNORECASE)
_MIXED = re.compile(r"[a-zäöüß][A-ZÄÖÜ][a-zäöüß]?(?:[A-ZÄÖÜ]|\Z)")


@dataclass(frozen=True, slots=True)
class Readability:
    """What was measured: characters in tokens with letters, how many of them are in known words, and in no words.

    ``letters``: letters of different longer words, and how many of them are such as are frequent in every language.
    """

    characters: int
    known: int
    nonsense: int
    letters: int = 0
    common_letters: int = 0

    @property
    def known_share(self) -> float:
        """Share of the text that are known German words, 0 to 1; 0 if there are no words."""
        return self.known / self.characters if self.characters else 0.0

    @property
    def nonsense_share(self) -> float:
        """Share of the text that are no words of any language, 0 to 1."""
        return self.nonsense / self.characters if self.characters else 0.0

    @property
    def is_readable(self) -> bool:
        """Whether this may be a text for people, in whatever language."""
        return (
            self.characters < MIN_CHARS
            or self.known_share > MAX_KNOWN_SHARE
            or (self.nonsense_share < MIN_NONSENSE_SHARE and not self._has_odd_letters)
        )

    @property
    def _has_odd_letters(self) -> bool:
        """Whether the letters that are frequent everywhere are rare."""
        return self.letters >= MIN_LETTERS and self.common_letters < MIN_COMMON_LETTERS * self.letters


def readability(text: str) -> Readability:
    """Measure some hundred evenly spread tokens of a text."""
    tokens = _TOKEN.findall(text)
    characters = known = nonsense = 0
    different: set[str] = set()
    for token in tokens[:: max(1, len(tokens) // _SAMPLE_TOKENS)]:
        token = token[:_MAX_TOKEN_CHARS].strip(_EDGES)
        words = _WORD.findall(token)
        if not words or not _LATIN.search(token) or _IDENTIFIER.search(token):
            continue
        characters += len(token)
        recognised = 0
        if not damaged_words(token):  # what stands around a lost letter is no word
            recognised = sum(len(word) for word in words if len(word) >= MIN_WORD_CHARS and is_known(word))
        known += recognised
        if not recognised and _is_nonsense(token):
            nonsense += len(token)
        different.update(_judged_words(token))
    letters = unicodedata.normalize("NFD", "".join(different))
    return Readability(
        characters, known, nonsense, sum(map(str.isalpha, letters)), len(_COMMON_LETTER.findall(letters))
    )


def _is_nonsense(token: str) -> bool:
    return _NONSENSE_INSIDE.search(token) is not None or any(map(_is_no_word, _judged_words(token)))


def _judged_words(token: str) -> Iterator[str]:
    """Yield the letters of a token as far as they may be words; abbreviations in capitals may be anything."""
    for letters in _LETTERS.findall(token):
        if len(letters) >= MIN_JUDGED_CHARS and not (letters.isupper() and len(letters) <= MAX_ABBREVIATION_CHARS):
            yield letters


def _is_no_word(letters: str) -> bool:
    """Tell whether letters are no word of any language."""
    return (
        not _VOWEL.search(letters)
        or _CONSONANTS.search(letters) is not None
        or _MIXED.search(letters) is not None
        or len(_ACCENTED.findall(letters)) > MAX_ACCENTED_SHARE * len(letters)
    )
