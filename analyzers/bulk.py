"""Words of large texts, for building indexes and showing excerpts: what ``tokens`` returns, several times faster.

Most German texts can be written in one byte per character, or could but for signs that separate words anyway. In such a
text everything that is no letter or digit is made a blank by a table, and the words are what is between blanks.
"""

from __future__ import annotations

import re
from itertools import islice

from analyzers.tokens import WORD

_LATIN = "latin-1"
_PUNCTUATED = "cp1252"
"""Has the punctuation of word processors („…“, –, •, €) as well."""

_UNBLANKED = re.compile(rb"[^ ]+")


def bulk_surfaces(text: str) -> list[str]:
    """Return the words of ``text`` in order, as ``surfaces`` does."""
    encoded = _encoded(text)
    if encoded is None:
        return WORD.findall(text)
    blanked, encoding = encoded
    return blanked.decode(encoding).split()


def word_spans(text: str, first: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Return begin and end of the words of ``text``, in order; only of words ``first`` (from 0) to ``end`` - 1."""
    encoded = _encoded(text)
    if encoded is None:
        return [match.span() for match in islice(WORD.finditer(text), first, end)]
    blanked, _ = encoded
    # A byte is a character, and splitting off the words before is the quickest way to where a word begins.
    parts = blanked.split(None, first)
    rest = len(parts[first]) if len(parts) > first else 0
    count = None if end is None else max(0, end - first)
    return [match.span() for match in islice(_UNBLANKED.finditer(blanked, len(blanked) - rest), count)]


def _encoded(text: str) -> tuple[bytes, str] | None:
    """Return a text with a byte for each character, blanks between words, and how it is encoded; None if it cannot."""
    for encoding in (_LATIN, _PUNCTUATED):
        try:
            return text.encode(encoding).translate(_BLANKED[encoding]), encoding
        except UnicodeEncodeError:
            continue
    if any(map(_IN_WORDS.match, _NO_BYTE.findall(text))):
        return None
    # What has no byte becomes a question mark, and is no letter or digit either.
    return text.encode(_PUNCTUATED, "replace").translate(_BLANKED[_PUNCTUATED]), _PUNCTUATED


def _blanked(encoding: str) -> bytes:
    """Return the table that makes blanks of all bytes of an encoding that are no letters or digits."""
    characters = [bytes([value]).decode(encoding, "replace") for value in range(256)]
    return bytes(value if WORD.fullmatch(character) else 32 for value, character in enumerate(characters))


_BLANKED = {encoding: _blanked(encoding) for encoding in (_LATIN, _PUNCTUATED)}

_BYTES = re.escape("".join(bytes([value]).decode(_PUNCTUATED, "ignore") for value in range(256)))
_NO_BYTE = re.compile(f"[^{_BYTES}]")
_IN_WORDS = re.compile(r"[^\W_]|[\u0300-\u036f]")
