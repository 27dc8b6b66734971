"""What kind of file an original is, judged by its first bytes and never by what someone said it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from index.contract import Document

_MAX_NAME_CHARS = 150
_HEAD_BYTES = 1024
_UNWANTED_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u2028\u2029\u200e\u200f\u202a-\u202e]+')


@dataclass(frozen=True, slots=True)
class FileType:
    """A type of file. Only an ``inline`` one is shown by the browser; anything else is downloaded."""

    mime_type: str
    suffix: str
    inline: bool


PDF = FileType("application/pdf", ".pdf", inline=True)
UNKNOWN = FileType("application/octet-stream", "", inline=False)
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", FileType("image/png", ".png", inline=True)),
    (b"\xff\xd8\xff", FileType("image/jpeg", ".jpg", inline=True)),
    (b"GIF8", FileType("image/gif", ".gif", inline=True)),
    (b"II*\x00", FileType("image/tiff", ".tif", inline=False)),
    (b"MM\x00*", FileType("image/tiff", ".tif", inline=False)),
)


def file_type(path: Path) -> FileType:
    """Return the type of a file. Raises ``OSError`` if it cannot be read."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    # Readers accept a PDF whose header comes a little late, so scanners' odd files are PDFs too.
    return PDF if b"%PDF-" in head else UNKNOWN


def download_name(document: Document, kind: FileType) -> str:
    """Return a file name that is safe on every system, from the document's file name or title."""
    cleaned = " ".join(_UNWANTED_IN_NAMES.sub(" ", document.file_name or document.title).split())
    name = cleaned.strip(" .")[:_MAX_NAME_CHARS] or "dokument"
    if kind.suffix and not name.lower().endswith(kind.suffix):
        name += kind.suffix
    return name
