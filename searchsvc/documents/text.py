"""Cleaning of text that comes from outside: what can neither be stored nor shown is taken out.

Lines, such as titles and names of Gremien, are also compared, so of what looks alike only one form is left.
"""

from __future__ import annotations

import os
import re
import unicodedata
from hashlib import sha256

from analyzers import slug

_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
# Soft hyphens, zero-width spaces, and marks that change the direction of what is written after them.
_INVISIBLE = re.compile("[\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_WHITE_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]")


def clean_text(text: str) -> str:
    """Return text with line feeds as its line breaks and without control characters (but tabs) and lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    return _UNWANTED.sub("", _LINE_BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """Return text cleaned and on one line: runs of white space become one space, none at the ends.

    For what has to stay as it is otherwise, such as addresses and names of files on disk.
    """
    return _WHITE_SPACE.sub(" ", clean_text(text)).strip()


def clean_line(text: str) -> str:
    """Return ``one_line`` of a text in Unicode NFC and without invisible characters: what looks alike is equal."""
    if not is_composed(text):
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return one_line(text)


def is_composed(text: str) -> bool:
    """Tell whether text is in Unicode NFC and has no invisible characters."""
    return text.isascii() or (unicodedata.is_normalized("NFC", text) and not _INVISIBLE.search(text))


def has_word(text: str) -> bool:
    """Tell whether there is at least one letter or digit."""
    return _WORD.search(text) is not None


def kommune_id(name: str) -> str:
    """Return the id of a Kommune that has only a name: its slug (``Brühl (Rheinland)``: ``bruehl-rheinland``).

    A name without any Latin letter or digit gets a stable identifier made from its checksum.
    """
    return slug(name) or "k-" + sha256(name.encode("utf-8", "replace")).hexdigest()[:12]


def file_label(name: str | os.PathLike[str]) -> str:
    """Return a file name or path as text that can be printed and stored, on one line.

    Names that are not UTF-8 are read as Windows-1252, which is what old German servers wrote.
    """
    raw = os.fsencode(name)
    try:
        return one_line(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return one_line(raw.decode("cp1252", "replace"))
