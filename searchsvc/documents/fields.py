"""The values a document's fields may have: each check returns the cleaned value or says what was expected.

The checks raise ``ValueError``, which pydantic collects.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, StrictInt

from searchsvc.documents.text import clean_line, clean_text, one_line

MAX_ID_CHARS = 1_000
MAX_LINE_CHARS = 10_000
MAX_URL_CHARS = 8_000
MAX_LIST_ITEMS = 1_000
MAX_PAGES = 100_000
RESERVED_SUFFIXES = ("/text", "/similar", "/datei", "/meldungen")
"""Ends of the service's own paths below a document; no id may end in one of them."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)(Z|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII | re.IGNORECASE,
)
_MIME_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PAGE_PATH = re.compile(r"/seiten/[^/]*\Z")
_MAX_SIZE = 2**53


def check_text(value: Any) -> str:
    """Return a value that is a text. Raises ``ValueError``."""
    if not isinstance(value, str):
        raise ValueError("must be a text")  # noqa: TRY004 - pydantic collects ValueError
    return value


def _line(value: Any, cleaned: Callable[[str], str] = clean_line) -> str | None:
    if value is None:
        return None
    line = cleaned(check_text(value))
    if len(line) > MAX_LINE_CHARS:
        raise ValueError(f"must have at most {MAX_LINE_CHARS:,} characters")
    return line or None


def _verbatim_line(value: Any) -> str | None:
    return _line(value, one_line)


def _required_line(value: Any) -> str:
    if (line := _line(value)) is None:
        raise ValueError("must not be empty")
    return line


def _lines(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)) or len(value) > MAX_LIST_ITEMS:
        raise ValueError(f"must be a list of at most {MAX_LIST_ITEMS:,} texts")
    return tuple(dict.fromkeys(line for item in value if (line := _line(check_text(item)))))


def _day(value: Any) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and _DATE.fullmatch(text := value.strip()):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text} is not a day of the calendar") from None
    raise ValueError("must be a date written YYYY-MM-DD, without a time")


def _moment(value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not (match := _MOMENT.fullmatch(value.strip())):
        raise ValueError("must be a time written like 2013-11-13T09:30:00+01:00")
    day, clock, offset = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{(offset or '').upper()}")
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{value.strip()} is not a moment of the calendar") from None
    return moment


def _url(value: Any) -> str | None:
    url = _verbatim_line(value)
    if url is None:
        return None
    url = url.replace(" ", "%20")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise ValueError("must be an http or https URL")
    if len(url) > MAX_URL_CHARS:
        raise ValueError(f"must have at most {MAX_URL_CHARS:,} characters")
    return url


def _matching(pattern: re.Pattern[str], description: str) -> Callable[[Any], str | None]:
    def check(value: Any) -> str | None:
        line = _line(value)
        if line is not None and not pattern.fullmatch(line):
            raise ValueError(f"must be {description}")
        return line

    return check


def _page_texts(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or len(value) > MAX_PAGES:
        raise ValueError(f"must be a list of at most {MAX_PAGES:,} texts, one for each page")
    return tuple(clean_text(check_text(page)) for page in value)


Line = Annotated[str | None, BeforeValidator(_line)]
VerbatimLine = Annotated[str | None, BeforeValidator(_verbatim_line)]
"""A line that names something elsewhere, so that its characters stay as they are."""
RequiredLine = Annotated[str, BeforeValidator(_required_line)]
Lines = Annotated[tuple[str, ...], BeforeValidator(_lines)]
Url = Annotated[str | None, BeforeValidator(_url)]
Day = Annotated[date | None, BeforeValidator(_day)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Count = Annotated[StrictInt | None, Field(ge=0, le=_MAX_SIZE)]
Ags = Annotated[
    str | None, BeforeValidator(_matching(re.compile(r"[0-9]{8}"), "the official key of 8 digits, as a text"))
]
MediaType = Annotated[str | None, BeforeValidator(_matching(_MIME_TYPE, "a media type like application/pdf"))]
Checksum = Annotated[
    str | None, BeforeValidator(_matching(re.compile(r"[0-9a-fA-F]{64}"), "a SHA-256 checksum of 64 hex digits"))
]
PageTexts = Annotated[tuple[str, ...] | None, BeforeValidator(_page_texts)]


def check_id(value: Any) -> str:
    """Return a document id that follows the rules. Raises ``ValueError`` saying which one it breaks."""
    text = check_text(value)
    if not 1 <= len(text) <= MAX_ID_CHARS:
        raise ValueError(f"must have 1 to {MAX_ID_CHARS:,} characters")
    if _CONTROL.search(text):
        raise ValueError("must not contain control characters")
    if text != text.strip():
        raise ValueError("must not start or end with white space")
    if {".", ".."} & set(text.split("/")):
        raise ValueError("must not contain '.' or '..' as part of a path")
    if text.endswith(RESERVED_SUFFIXES) or _PAGE_PATH.search(text):
        raise ValueError(f"must not end in {', '.join(RESERVED_SUFFIXES)} or /seiten/…")
    return text
