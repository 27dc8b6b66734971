"""Cleaning of text that comes from outside: what can neither be stored nor shown is taken out, nothing else."""

from __future__ import annotations

import os
import re
from hashlib import sha256

from analyzers import slug

_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_WHITE_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]")


def clean_text(text: str) -> str:
    """Return text with line feeds as its line breaks and without control characters (but tabs) and lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    return _UNWANTED.sub("", _LINE_BREAKS.sub("\n", text))


def clean_line(text: str) -> str:
    """Return text cleaned and on one line: runs of white space become one space, none at the ends."""
    return _WHITE_SPACE.sub(" ", clean_text(text)).strip()


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
        return clean_line(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return clean_line(raw.decode("cp1252", "replace"))
