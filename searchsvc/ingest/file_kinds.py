"""What kind of file something is: by its content, and by its name only where content cannot tell."""

from __future__ import annotations

from enum import Enum
from pathlib import PurePath

SNIFFED_BYTES = 1024

_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RTF = b"{\\rtf"
_BOM = b"\xef\xbb\xbf"


class FileKind(Enum):
    """Kinds of files that are read. The value is the media type; ZIP files turn out to be one of three things."""

    PDF = "application/pdf"
    ZIP = "application/zip"
    RTF = "application/rtf"
    HTML = "text/html"
    TEXT = "text/plain"


DOCX_MIME_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT_MIME_TYPE = "application/vnd.oasis.opendocument.text"

READ_SUFFIXES = (".pdf", ".docx", ".odt", ".rtf", ".html", ".htm", ".xhtml", ".txt")
"""Names of files that folders are searched for."""

UNSUPPORTED = {
    ".doc": "a document of Word before 2007",
    ".docm": "a Word document with macros",
    ".dot": "a Word template",
    ".dotx": "a Word template",
    ".xls": "a spreadsheet",
    ".xlsx": "a spreadsheet",
    ".xlsm": "a spreadsheet",
    ".ods": "a spreadsheet",
    ".ppt": "a presentation",
    ".pptx": "a presentation",
    ".pps": "a presentation",
    ".ppsx": "a presentation",
    ".odp": "a presentation",
    ".odg": "a drawing",
    ".wpd": "a WordPerfect document",
    ".pages": "a Pages document",
    ".epub": "an e-book",
}
"""What councils publish as well and what is not read, by the end of its name."""

_BY_MIME_TYPE = {"text/html": FileKind.HTML, "application/xhtml+xml": FileKind.HTML, "text/plain": FileKind.TEXT}
_BY_SUFFIX = {
    ".html": FileKind.HTML,
    ".htm": FileKind.HTML,
    ".xhtml": FileKind.HTML,
    ".txt": FileKind.TEXT,
}


def file_kind(beginning: bytes, name: str, mime_type: str | None = None) -> FileKind | None:
    """Return the kind of a file that begins like this, or None if it is none that is read.

    Web pages and plain text count as such only if ``name`` or ``mime_type`` says so: what a server sends instead of
    a PDF is an error page.
    """
    if is_pdf(beginning):
        return FileKind.PDF
    if beginning.startswith(_ZIP):
        return FileKind.ZIP
    if beginning.removeprefix(_BOM).startswith(_RTF):
        return FileKind.RTF
    said = _BY_SUFFIX.get(PurePath(name).suffix.lower()) or _BY_MIME_TYPE.get((mime_type or "").lower())
    if said is not None and not is_old_office(beginning):
        return said
    return None


def is_pdf(beginning: bytes) -> bool:
    """Tell whether a file that begins like this is a PDF: its mark may come within the first 1,024 bytes."""
    return b"%PDF-" in beginning[:SNIFFED_BYTES]


def is_old_office(beginning: bytes) -> bool:
    """Tell whether a file is in the compound format of Office before 2007."""
    return beginning.startswith(_OLD_OFFICE)


def is_web_page(beginning: bytes) -> bool:
    """Tell whether a file that begins like this is HTML."""
    start = beginning.removeprefix(_BOM).lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html")) or b"<html" in start


def refusal(beginning: bytes, name: str) -> tuple[str, str]:
    """Return kind and message of the reason why a file without kind is not read."""
    if what := UNSUPPORTED.get(PurePath(name).suffix.lower()):
        return "unsupported", f"{what} ({PurePath(name).suffix.lower()}) is not read; publish it as PDF, DOCX or ODT"
    if is_old_office(beginning) and name.lower().endswith(".docx"):
        return "encrypted", "the document is encrypted with a password; publish it without one"
    if is_old_office(beginning):
        return "unsupported", "documents of Office before 2007 are not read; publish it as PDF, DOCX or ODT"
    if is_web_page(beginning):
        return "not_a_pdf", "the file is a web page, not a PDF (an error page of the server it came from?)"
    return "not_a_pdf", "the file is not a PDF: it has no %PDF- mark at its beginning"
