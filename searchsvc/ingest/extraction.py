"""What is read out of a PDF, the limits of reading, and the first look at a file. Knows no PDF library."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Self

from index.documents import TextQuality
from searchsvc.errors import UnreadableFile
from searchsvc.settings import Settings
from searchsvc.text import clean_line, clean_text, has_word

_SNIFFED_BYTES = 1024
_MAX_TITLE_CHARS = 500
_MEGABYTE = 1_000_000
_DATE = re.compile(
    r"(?:D:)?(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(\d\d)?)?)?)?)?\s*(?:(Z)|([+-])(\d\d)'?(?:(\d\d)'?)?)?",
    re.ASCII,
)
_OCR_PROGRAM = re.compile(
    r"abbyy|finereader|\bocr|ocr\b|tesseract|paper capture|readiris|omnipage|scansoft|kofax|scanbot|clearscan",
    re.IGNORECASE,
)
_PROGRAM_PREFIX = re.compile(r"^Microsoft (?:Office )?(?:Word|Excel|PowerPoint|Outlook)\s*[-–:]\s*", re.IGNORECASE)
_FILE_SUFFIX = re.compile(r"\.(?:docx?|docm|dotx?|xlsx?|pptx?|odt|rtf|pdf|indd|qxd|tiff?|txt|wpd)$", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"untitled.*|unbenannt.*|ohne titel.*|kein(?:e)? titel.*|dokument\d*|document\d*|microsoft.*|scan\S*|print|"
    r"druck\S*|powerpoint-präsentation|folie \d+|[a-z]:[\\/].*|https?:.*|\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """What reading one PDF may cost at most."""

    max_file_bytes: int = 100 * _MEGABYTE
    max_pages: int = 10_000
    max_text_bytes: int = 50 * _MEGABYTE
    timeout_s: float = 60.0
    max_memory_bytes: int = 1_024 * _MEGABYTE

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the limits an operator has set."""
        return cls(
            max_file_bytes=settings.max_upload_mb * _MEGABYTE,
            max_pages=settings.max_pdf_pages,
            max_text_bytes=settings.max_text_mb * _MEGABYTE,
            timeout_s=settings.pdf_timeout_s,
            max_memory_bytes=settings.pdf_max_memory_mb * _MEGABYTE,
        )


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was read out of a PDF. ``failed_pages`` counts the pages that are damaged and therefore empty here."""

    pages: tuple[str, ...]
    page_count: int
    text_quality: TextQuality
    title: str | None = None
    created: datetime | None = None
    failed_pages: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return this as JSON-compatible values."""
        values = asdict(self)
        values["pages"] = list(self.pages)
        values["text_quality"] = self.text_quality.value
        values["created"] = self.created and self.created.isoformat()
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Build from what ``to_json`` returned. Raises ``KeyError``, ``TypeError`` or ``ValueError``."""
        return cls(
            pages=tuple(values["pages"]),
            page_count=values["page_count"],
            text_quality=TextQuality(values["text_quality"]),
            title=values["title"],
            created=datetime.fromisoformat(values["created"]) if values["created"] else None,
            failed_pages=values["failed_pages"],
        )


def build_extraction(
    pages: Sequence[str],
    *,
    title: str | None,
    created: str | None,
    programs: Sequence[str | None],
    failed_pages: int = 0,
) -> Extraction:
    """Assemble what a PDF library has read.

    Args:
        pages: raw text of each page.
        title: raw ``/Title``.
        created: raw ``/CreationDate``.
        programs: raw ``/Producer`` and ``/Creator``; they tell recognised text from text that was typed.
        failed_pages: number of pages that could not be read.
    """
    cleaned = tuple(clean_text(page) for page in pages)
    if not any(map(has_word, cleaned)):
        quality = TextQuality.EMPTY
    elif any(program and _OCR_PROGRAM.search(program) for program in programs):
        quality = TextQuality.OCR
    else:
        quality = TextQuality.DIGITAL
    return Extraction(
        pages=cleaned,
        page_count=len(cleaned),
        text_quality=quality,
        title=usable_title(title),
        created=pdf_date(created),
        failed_pages=failed_pages,
    )


def check_file(path: Path, limits: PdfLimits) -> int:
    """Look at the size and the beginning of a file and return its size in bytes.

    Raises ``UnreadableFile`` when it is not worth giving to a PDF library.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            beginning = file.read(_SNIFFED_BYTES)
    except OSError as error:
        raise UnreadableFile("unreadable", f"cannot be read: {error.strerror or error}") from error
    if not beginning:
        raise UnreadableFile("empty_file", "the file is empty (0 bytes)")
    if size > limits.max_file_bytes:
        raise UnreadableFile(
            "too_large", f"the file has {size / 1e6:,.0f} MB, at most {limits.max_file_bytes / 1e6:,.0f} MB are read"
        )
    if not is_pdf(beginning):
        raise UnreadableFile("not_a_pdf", _what_it_is(beginning))
    return size


def is_pdf(beginning: bytes) -> bool:
    """Tell whether a file that begins like this is a PDF: its mark may come within the first 1,024 bytes."""
    return b"%PDF-" in beginning[:_SNIFFED_BYTES]


def usable_title(title: str | None) -> str | None:
    """Return a PDF's title if a person wrote it for people; programs leave file names and ``untitled``."""
    if not title:
        return None
    line = _FILE_SUFFIX.sub("", _PROGRAM_PREFIX.sub("", clean_line(title))).strip()
    if not 4 <= len(line) <= _MAX_TITLE_CHARS or _NO_TITLE.fullmatch(line) or "\ufffd" in line:
        return None
    return line


def pdf_date(text: str | None) -> datetime | None:
    """Return the moment of a PDF date such as ``D:20131113093000+01'00'`` (ISO 32000-1, 7.9.4); no zone means UTC."""
    match = _DATE.match(text.strip()) if text else None
    if match is None:
        return None
    year, month, day, hour, minute, second, _, sign, zone_hours, zone_minutes = match.groups()
    try:
        zone = timezone(
            timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0)) * (-1 if sign == "-" else 1)
        )
        moment = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone
        )
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment


def _what_it_is(beginning: bytes) -> str:
    start = beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start:
        return "the file is a web page, not a PDF (an error page of the server it came from?)"
    if start.startswith(b"pk\x03\x04"):
        return "the file is a ZIP archive or an office document, not a PDF"
    return "the file is not a PDF: it has no %PDF- mark at its beginning"
