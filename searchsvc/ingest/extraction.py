"""What is read out of a file, the limits of reading, and the first look at a file. Knows no reading library."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Self

from index.contract import TextQuality
from searchsvc.documents.text import clean_text, has_word
from searchsvc.documents.titles import readable_title
from searchsvc.errors import UnreadableFile
from searchsvc.ingest.file_kinds import SNIFFED_BYTES, FileKind, file_kind, refusal
from searchsvc.ingest.recognised import with_hyphens
from searchsvc.ingest.text_layer import checked_pages
from searchsvc.settings import Settings

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
_NO_TITLE = re.compile(
    r"untitled.*|unbenannt.*|ohne titel.*|kein(?:e)? titel.*|dokument\d*|document\d*|microsoft.*|scan\S*|print|"
    r"druck\S*|powerpoint-präsentation|folie \d+|[a-z]:[\\/].*|https?:.*|\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What reading one file may cost at most."""

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
    """What was read out of a file.

    Attributes:
        pages: text of each page; files without pages are one.
        page_count: number of pages.
        text_quality: where the text comes from.
        title: what the file calls itself, if that is meant for people.
        created: when it was made.
        failed_pages: number of pages that are damaged and therefore empty here.
        mime_type: media type of the file.
        recogniser: what looked at the pages without text and at damaged ones, None if nothing did.
        damaged_pages: numbers of the pages, from 1, whose text is damaged, and of which there is no better one.
    """

    pages: tuple[str, ...]
    page_count: int
    text_quality: TextQuality
    title: str | None = None
    created: datetime | None = None
    failed_pages: int = 0
    mime_type: str = FileKind.PDF.value
    recogniser: str | None = None
    damaged_pages: tuple[int, ...] = ()

    @property
    def pages_without_text(self) -> tuple[int, ...]:
        """Numbers of the pages without any letter or digit, from 1."""
        return tuple(number for number, page in enumerate(self.pages, start=1) if not has_word(page))

    def to_json(self) -> dict[str, Any]:
        """Return this as JSON-compatible values."""
        values = asdict(self)
        values["pages"] = list(self.pages)
        values["damaged_pages"] = list(self.damaged_pages)
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
            mime_type=values["mime_type"],
            recogniser=values["recogniser"],
            damaged_pages=tuple(values.get("damaged_pages", ())),  # of older versions nothing is known
        )


def build_extraction(
    pages: Sequence[str],
    *,
    title: str | None,
    created: str | datetime | None,
    programs: Sequence[str | None],
    failed_pages: int = 0,
    mime_type: str = FileKind.PDF.value,
) -> Extraction:
    """Assemble what a library has read.

    Args:
        pages: raw text of each page.
        title: raw ``/Title``.
        created: raw ``/CreationDate``, or the moment itself.
        programs: raw ``/Producer`` and ``/Creator``; they tell recognised text from text that was typed.
        failed_pages: number of pages that could not be read.
        mime_type: media type of the file.
    """
    cleaned = tuple(map(clean_text, pages))
    damaged: tuple[int, ...] = ()
    if mime_type == FileKind.PDF.value:
        cleaned, damaged = checked_pages(cleaned)
    if not any(map(has_word, cleaned)):
        quality = TextQuality.EMPTY
    elif any(program and _OCR_PROGRAM.search(program) for program in programs):
        quality = TextQuality.OCR
        cleaned = tuple(map(with_hyphens, cleaned))
    else:
        quality = TextQuality.DIGITAL
    return Extraction(
        pages=cleaned,
        page_count=len(cleaned),
        text_quality=quality,
        title=usable_title(title),
        created=created if isinstance(created, datetime) else pdf_date(created),
        failed_pages=failed_pages,
        mime_type=mime_type,
        damaged_pages=damaged,
    )


def check_file(path: Path, limits: FileLimits, *, name: str | None = None, mime_type: str | None = None) -> FileKind:
    """Look at the size and the beginning of a file and return its kind.

    ``name`` and ``mime_type`` are what it is called elsewhere. Raises ``UnreadableFile`` when it is not worth giving
    to a library.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            beginning = file.read(SNIFFED_BYTES)
    except OSError as error:
        raise UnreadableFile("unreadable", f"cannot be read: {error.strerror or error}") from error
    if not beginning:
        raise UnreadableFile("empty_file", "the file is empty (0 bytes)")
    if size > limits.max_file_bytes:
        raise UnreadableFile(
            "too_large", f"the file has {size / 1e6:,.0f} MB, at most {limits.max_file_bytes / 1e6:,.0f} MB are read"
        )
    kind = file_kind(beginning, name or path.name, mime_type)
    if kind is None:
        raise UnreadableFile(*refusal(beginning, name or path.name))
    return kind


def usable_title(title: str | None) -> str | None:
    """Return a PDF's title as a person would write it; what programs leave, such as ``untitled``, is none."""
    if not title:
        return None
    line = readable_title(title)
    if line is None or not 4 <= len(line) <= _MAX_TITLE_CHARS or _NO_TITLE.fullmatch(line) or "\ufffd" in line:
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
