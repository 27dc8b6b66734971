"""The lexicon: what may be part of a German compound and how likely, base forms of nouns, words that are in use.

The word data is derived from German lexemes of Wikidata (CC0) by ``analyzers.lexicon.build``; the text files in this
folder are written by hand. The tries are mapped into memory, so that all processes share them.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import sys
from array import array
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import marisa_trie

from analyzers.folding import fold_word
from analyzers.lexicon.inflection import inflected

FOLDER = Path(__file__).parent
TRIE_FILE = "parts.marisa"
COSTS_FILE = "costs.gz"
BASE_FORMS_FILE = "base_forms.gz"
ENDINGS_FILE = "endings.marisa"
COMMON_FILE = "common.marisa"

MIN_ENDING_CHARS = 4
"""Shorter forms are not looked for at the ends of unknown words."""

UNIT = 100
"""Costs are kept in hundredths."""
NO_PART = 255
"""Cost of what cannot be a part in this place."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Folded strings, numbered by ``parts``, and what is known of each.

    ``costs[2 * number]`` is its cost as a first or middle part of a compound, the next one as the last part.
    """

    parts: marisa_trie.Trie
    costs: bytes
    opaque: frozenset[str]
    """Forms of words that stay whole."""
    changes: tuple[tuple[int, str] | None, ...]
    """How a form becomes its base form: letters cut off at its end, and what is put there."""
    changes_of_parts: array[int]
    endings: marisa_trie.Trie
    """Backwards: the forms that differ from their base form, to be looked for at the ends of longer words."""
    common: marisa_trie.Trie
    """All forms of words of all kinds, folded, that are really written: those that occur in the corpus."""

    def base_form(self, word: str) -> str | None:
        """Return the base form of a noun's form, or None when it is not known."""
        number = self.parts.get(word)
        change = None if number is None else self.changes[self.changes_of_parts[number]]
        return None if change is None else word[: len(word) - change[0]] + change[1]

    def inflected_endings(self, word: str) -> list[str]:
        """Return the ends of a word, itself excluded, that are forms of nouns but not base forms; the longest first."""
        longest_last = self.endings.prefixes(word[::-1])
        return [ending[::-1] for ending in reversed(longest_last) if len(ending) < len(word)]


@cache
def load_lexicon() -> Lexicon:
    """Return the lexicon, loaded once per process."""
    parts, endings, common = marisa_trie.Trie(), marisa_trie.Trie(), marisa_trie.Trie()
    for trie, name in ((parts, TRIE_FILE), (endings, ENDINGS_FILE), (common, COMMON_FILE)):
        trie.mmap(str(FOLDER / name))
    costs = bytearray(gzip.decompress((FOLDER / COSTS_FILE).read_bytes()))
    for last, forbidden in enumerate(not_parts()):
        for part in forbidden:
            if (number := parts.get(part)) is not None:
                costs[2 * number + last] = NO_PART
    opaque = listed("opaque.txt")
    encoded, _, numbers = gzip.decompress((FOLDER / BASE_FORMS_FILE).read_bytes()).partition(b"\0")
    changes_of_parts = array("H", numbers)
    if sys.byteorder == "big":
        changes_of_parts.byteswap()
    changes = tuple(map(_change, encoded.decode().split("\n")))
    opaque = opaque.union(*map(inflected, opaque))
    return Lexicon(parts, bytes(costs), opaque, changes, changes_of_parts, endings, common)


def _change(encoded: str) -> tuple[int, str] | None:
    match = re.match(r"\d+", encoded)
    return (int(match.group()), encoded[match.end() :]) if match else None


@cache
def lexicon_version() -> str:
    """Return a hash of everything the lexicon is made of."""
    files = sorted(path for path in FOLDER.iterdir() if path.suffix in {".gz", ".marisa", ".txt"})
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return f"lexicon {digest.hexdigest()[:16]}"


def not_parts() -> tuple[frozenset[str], frozenset[str]]:
    """Return the folded strings that never begin and those that never end a compound, whatever word lists say."""
    forbidden = listed("not_parts.txt")
    never_first = frozenset(part.removesuffix("-") for part in forbidden if not part.startswith("-"))
    never_last = frozenset(part.removeprefix("-") for part in forbidden if not part.endswith("-"))
    return never_first, never_last


def listed(name: str) -> frozenset[str]:
    """Return the folded words of a text file of this folder; "#" starts a comment."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return frozenset(fold_word(word) for line in lines for word in line.partition("#")[0].split())
