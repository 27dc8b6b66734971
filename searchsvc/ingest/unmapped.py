"""Pages in fonts that do not say which letters their glyphs are: what is read there are codes, not words.

Such a page counts as one without text, so that text recognition can look at it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

# pypdf writes the names of glyphs that stand for no character it knows: "/c31/c5a/c03", "/g49/g90".
_GLYPH_NAME = re.compile(r"/[A-Za-z]{1,3}[0-9A-Fa-f]{1,4}(?![^/\s])")
_WORD = re.compile(r"[^\W\d_][a-zà-ÿ]{2,}")
_SAMPLE = 200
_LARGEST_SHARE = 0.5
"""Real pages with a few unknown signs, such as those for a list, have some hundredths; unreadable ones nine tenths."""


def is_glyph_names(text: str) -> bool:
    """Tell whether most of a text consists of names of glyphs."""
    if text.count("/") * 6 < len(text) * _LARGEST_SHARE:  # the usual case, told without a search
        return False
    characters = len("".join(text.split()))
    return sum(map(len, _GLYPH_NAME.findall(text))) > characters * _LARGEST_SHARE


def is_unmapped(text: str, count: int, is_unknown: Callable[[int], bool]) -> bool:
    """Tell whether most of the ``count`` characters a text was made of are unknown, and what stands for them no words.

    Some hundred of them, evenly spread, are looked at.
    """
    sample = range(0, count, max(1, count // _SAMPLE))
    if sum(map(is_unknown, sample)) <= len(sample) * _LARGEST_SHARE:
        return False
    # Codes that nobody explains may be those of the letters all the same.
    return sum(map(len, _WORD.findall(text))) < len("".join(text.split())) * _LARGEST_SHARE
