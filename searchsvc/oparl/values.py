"""Reading single values of OParl JSON. Whatever is missing, null, empty, ``N/A`` or nonsense is None."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from searchsvc.documents.fields import MAX_LINE_CHARS, MAX_URL_CHARS, check_id
from searchsvc.documents.text import clean_line, clean_text, one_line

GERMANY = ZoneInfo("Europe/Berlin")
"""Time zone of what German bodies write, unless the settings say otherwise."""

_NOTHING = frozenset({"", "n/a", "null", "none", "undefined", "k.a.", "-"})
_MIME_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_DATE_CHARS = len("2024-05-13")
_FIRST_YEAR = 1800
_LAST_YEAR = 2200
"""Years outside are what programs write when they know none (0001, 1753 aside, 9999)."""

_MAX_SIZE = 2**53


def line(value: Any) -> str | None:
    """Return a text on one line, cut where it is too long."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    text = clean_line(str(value))[:MAX_LINE_CHARS].strip()
    return None if text.casefold() in _NOTHING else text


def text(value: Any) -> str | None:
    """Return a text with its line breaks if there is anything in it; form feeds separate pages."""
    if not isinstance(value, str):
        return None
    pages = "\f".join(clean_text(page) for page in value.split("\f"))
    return pages if pages.strip() and pages.strip().casefold() not in _NOTHING else None


def identifier(value: Any) -> str | None:
    """Return the id of an object, unaltered, if it can be the id of a document."""
    try:
        return check_id(value)
    except ValueError:
        return None


def url(value: Any) -> str | None:
    """Return an http or https URL."""
    found = one_line(value) if isinstance(value, str) else None
    if found is None or len(found) > MAX_URL_CHARS:
        return None
    try:
        parts = urlsplit(found)
        host = parts.hostname
    except ValueError:
        return None
    return found if host and parts.scheme in ("http", "https") else None


def day(value: Any, zone: tzinfo = GERMANY) -> date | None:
    """Return a day; of a moment with an offset the day it is in a time zone, of one without that which is written.

    Midnight by the offset that is written is a day that was written as a moment, by a clock that knows no summer time.
    """
    found = line(value)
    if found is None:
        return None
    try:
        parsed = date.fromisoformat(found[:10])
    except ValueError:
        parsed = None
    try:
        moment = datetime.fromisoformat(found) if len(found) > _DATE_CHARS else None
        if moment is not None and moment.tzinfo is not None and moment.timetz() != time(tzinfo=moment.tzinfo):
            parsed = moment.astimezone(zone).date()
    except (ValueError, OverflowError):
        pass
    return parsed if parsed is not None and _FIRST_YEAR <= parsed.year <= _LAST_YEAR else None


def moment(value: Any) -> datetime | None:
    """Return a moment; one without offset is in UTC."""
    found = line(value)
    if found is None:
        return None
    try:
        parsed = datetime.fromisoformat(found)
        parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return parsed if _FIRST_YEAR <= parsed.year <= _LAST_YEAR else None


def count(value: Any) -> int | None:
    """Return a whole number that is not negative; 0 of a size means that nobody knows it."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= _MAX_SIZE else None


def mime_type(value: Any) -> str | None:
    """Return a media type without parameters."""
    found = (line(value) or "").partition(";")[0].strip().lower()
    return found if _MIME_TYPE.fullmatch(found) else None


def ags(value: Any, regional_key: Any = None) -> str | None:
    """Return the 8-digit key of a municipality, made of its 12-digit regional key (``rgs``) if need be."""
    digits = re.sub(r"\s", "", str(value)) if isinstance(value, (str, int)) else ""
    if isinstance(value, int) or len(digits) == 7:
        digits = digits.zfill(8)  # the leading zero was lost in a spreadsheet
    if re.fullmatch(r"[0-9]{8}", digits):
        return digits
    long = re.sub(r"\s", "", str(regional_key)) if isinstance(regional_key, (str, int)) else digits
    return long[:5] + long[9:] if re.fullmatch(r"[0-9]{12}", long) else None


def many(value: Any) -> Iterator[Any]:
    """Yield the items of a list; an object or text that should have been in one counts as its only item."""
    if isinstance(value, list):
        yield from value
    elif isinstance(value, (str, Mapping)):
        yield value


def lines(value: Any) -> tuple[str, ...]:
    """Return the texts of a list, each once."""
    return tuple(dict.fromkeys(found for item in many(value) if (found := line(item))))


def reference(value: Any) -> str | None:
    """Return the id of an object that is either named by its URL or embedded."""
    return identifier(value.get("id") if isinstance(value, Mapping) else value)


def references(value: Any) -> tuple[str, ...]:
    """Return the ids of a list of objects, each once."""
    return tuple(dict.fromkeys(found for item in many(value) if (found := reference(item))))
