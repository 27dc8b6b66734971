"""Footnote marks: a digit in small type right behind a word, which would otherwise become part of it.

They are written as superscript digits (``Fördererlass¹``), which the analysis can tell from digits that belong to the
word (``A4``, ``Block2``).
"""

from __future__ import annotations

import re
from collections.abc import Callable

# "m2", "CO2" and "PM10" are no footnotes, so some letters have to come before.
_CANDIDATE = re.compile(r"(?:(?<=[^\W\d_]{2}[a-zäöüß])|(?<=[^\W\d_]{4}))\d{1,2}(?!\w)")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SMALL = 0.8
"""Largest size of a mark in sizes of the letter before it."""


def may_have_marks(text: str) -> bool:
    """Tell whether there are digits right behind a word at all, before their sizes are looked for."""
    return _CANDIDATE.search(text) is not None


def raise_footnote_marks(text: str, is_small: Callable[[int], bool]) -> str:
    """Return text with its footnote marks as superscript digits.

    ``is_small`` tells of an offset whether its character is set smaller than the one before; it is asked only where
    digits stand right behind a word.
    """

    def raised(match: re.Match[str]) -> str:
        return match[0].translate(_RAISED) if is_small(match.start()) else match[0]

    return _CANDIDATE.sub(raised, text)


def is_mark(size: float, size_before: float) -> bool:
    """Tell whether a digit of one size behind a letter of another is a footnote mark."""
    return 0 < size < _SMALL * size_before
