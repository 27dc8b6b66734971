"""How German a text looks, and whether it is a text at all: what a font's wrong table makes of words is none.

Such text has letters, so nothing else tells it from words. Two measures: how much of it are known words, and how much
looks like no words of any language: digits and signs between letters (``p9n``, ``r1&g``), letters without vowels. Real
pages that have no known words either (in other languages, tables, lists of abbreviations, plans) have little of the
second. Limits: texts that are short, in other alphabets, or half readable count as readable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyzers.glyphs import damaged_words
from analyzers.known_words import is_known

MIN_CHARS = 20
"""Shorter texts are not judged."""
MAX_KNOWN_SHARE = 0.05
MIN_NONSENSE_SHARE = 0.35
"""Real texts of German councils have at most 0.3 where they have no known words: plans full of abbreviations."""

MIN_JUDGED_CHARS = 4
MAX_ABBREVIATION_CHARS = 7
MAX_ACCENTED_SHARE = 0.4
"""No language has so many letters with accents in one word, often."""

_SAMPLE_TOKENS = 200
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
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_VOWEL = re.compile(r"[aeiouyáéíóúýàèìòùâêîôûäëïöüÿãõåæøœąęėıőűůăāēīōū]", re.IGNORECASE)
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxzßçñšžčćłśźżńğşřťďľ]{5}", re.IGNORECASE)
_MIXED = re.compile(r"[a-zäöüß][A-ZÄÖÜ][a-zäöüß]?(?:[A-ZÄÖÜ]|\Z)")


@dataclass(frozen=True, slots=True)
class Readability:
    """What was measured: characters in tokens with letters, how many of them are in known words, and in no words."""

    characters: int
    known: int
    nonsense: int

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
            or self.nonsense_share < MIN_NONSENSE_SHARE
        )


def readability(text: str) -> Readability:
    """Measure some hundred evenly spread tokens of a text."""
    tokens = _TOKEN.findall(text)
    characters = known = nonsense = 0
    for token in tokens[:: max(1, len(tokens) // _SAMPLE_TOKENS)]:
        token = token.strip(_EDGES)
        words = _WORD.findall(token)
        if not words or not _LATIN.search(token):
            continue
        characters += len(token)
        recognised = 0
        if not damaged_words(token):  # what stands around a lost letter is no word
            recognised = sum(len(word) for word in words if len(word) >= MIN_WORD_CHARS and is_known(word))
        known += recognised
        if not recognised and _is_nonsense(token):
            nonsense += len(token)
    return Readability(characters, known, nonsense)


def _is_nonsense(token: str) -> bool:
    return _NONSENSE_INSIDE.search(token) is not None or any(map(_is_no_word, _LETTERS.findall(token)))


def _is_no_word(letters: str) -> bool:
    """Tell whether letters are no word of any language; abbreviations in capitals may be anything."""
    if len(letters) < MIN_JUDGED_CHARS or (letters.isupper() and len(letters) <= MAX_ABBREVIATION_CHARS):
        return False
    return (
        not _VOWEL.search(letters)
        or _CONSONANTS.search(letters) is not None
        or _MIXED.search(letters) is not None
        or len(_ACCENTED.findall(letters)) > MAX_ACCENTED_SHARE * len(letters)
    )
