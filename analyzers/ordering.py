"""The order of names in German lists: DIN 5007-1, in which Öhringen stands among the places with O.

Umlauts count as their letters, ß as ss, other accents do not count; signs divide words, and a word's end comes before
digits, these before letters. Only where two names are equal by that do umlauts, accents and capitals decide.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_OTHER_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"})
_BETWEEN_WORDS = re.compile(r"[\W_]+")


@lru_cache(maxsize=100_000)
def name_key(name: str) -> tuple[str, str, str]:
    """Return what names are sorted by."""
    lower = name.casefold().translate(_OTHER_LETTERS)
    letters = "".join(char for char in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(char))
    return _BETWEEN_WORDS.sub(" ", letters).strip(), lower, name
