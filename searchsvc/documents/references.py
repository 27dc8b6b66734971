"""References of Vorgänge as they stand in texts: ``456/2013``, ``VO/2014/0123``, ``DS0123/13-1``."""

from __future__ import annotations

import re

REFERENCE = re.compile(
    r"(?<![\w/.,-])"  # not in the middle of a longer number, a path or a decimal
    r"(?:[A-ZÄÖÜ][A-Za-zÄÖÜäöü]{0,7}[/-]?)?"
    r"[0-9]{1,8}"
    r"(?:/[A-Za-z]{0,4}[0-9]{1,8})(?:[/-][A-Za-z]{0,4}[0-9]{0,8})?"
    r"(?![\w/])"
)
"""A reference: digits with a slash, often with letters before. Many other things look like it (dates, fractions)."""


def core_of(reference: str) -> str:
    """Return what the spellings of a reference have in common: ``456/2013`` for ``Vorlage 456/2013``."""
    found = REFERENCE.findall(reference)
    core = found[0] if len(found) == 1 else reference
    return "".join(core.split()).casefold()
