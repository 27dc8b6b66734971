"""Days, months and years as they are typed."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta

from analyzers import month_number

_YEAR = re.compile(r"(\d{4})")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})|(\d{1,2})[./](\d{4})")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4})")

_PLAUSIBLE_AHEAD = timedelta(days=2 * 365 + 1)
"""Councils invite to meetings a year ahead; what is later is a slip (2203) or stands for "unknown" (2099)."""


def last_plausible_day() -> date:
    """Return the last day that counts as a document's for its order: later ones are doubtful, as if there were none."""
    return datetime.now(UTC).date() + _PLAUSIBLE_AHEAD


def parse_days(text: str) -> tuple[date, date] | None:
    """Read a day, month, year or a range of them (``2013..2014``, ``2013-2014``) as first and last day, or None."""
    text = text.strip()
    first, separator, last = text.partition("..")
    if not separator and re.fullmatch(r"\d{4}[-–]\d{4}", text):
        first, separator, last = text[:4], "..", text[5:]
    if not separator:
        return _period(text)
    begin = _period(first.strip()) if first else (date.min, date.min)
    end = _period(last.strip()) if last else (date.max, date.max)
    if begin and end and (first or last) and begin[0] <= end[1]:
        return begin[0], end[1]
    return None


def parse_day(text: str) -> date | None:
    """Read a single day (``13.11.2013``, ``2013-11-13``), or None."""
    period = _period(text) if _DAY.fullmatch(text) else None
    return None if period is None else period[0]


def parse_month(name: str, year: str) -> tuple[date, date] | None:
    """Read a month by its name and a year of four digits as first and last day, or None."""
    month = month_number(name)
    if month is None or not _YEAR.fullmatch(year) or not date.min.year <= int(year) <= date.max.year:
        return None
    return date(int(year), month, 1), last_of_month(int(year), month)


def _period(text: str) -> tuple[date, date] | None:
    """Return first and last day of a day, month or year."""
    try:
        if match := _DAY.fullmatch(text):
            year, month, day = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
            return (only := date(int(year), int(month), int(day))), only
        if match := _MONTH.fullmatch(text):
            year, month = (match[1], match[2]) if match[1] else (match[4], match[3])
            return date(int(year), int(month), 1), last_of_month(int(year), int(month))
        if match := _YEAR.fullmatch(text):
            return date(int(match[1]), 1, 1), date(int(match[1]), 12, 31)
    except ValueError:
        return None
    return None


def last_of_month(year: int, month: int) -> date:
    """Return the last day of a month. Raises ``ValueError`` for a month that does not exist."""
    return date(year, month, calendar.monthrange(year, month)[1])
