"""How values go into the tables: many keys in portions, moments as text that sorts by time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

T = TypeVar("T")

CLOCKS_DIFFER = timedelta(minutes=10)
"""How far clocks of machines may be apart; a moment further ahead was written while a clock was wrong."""

PORTION = 500
"""Keys in one statement: databases limit how many parameters it may have."""


def portions(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Return values in runs of at most ``PORTION``."""
    return (values[start : start + PORTION] for start in range(0, len(values), PORTION))


def moment_text(moment: datetime, precision: Literal["seconds", "milliseconds"] = "milliseconds") -> str:
    """Return a moment in UTC as ISO 8601; texts of the same precision sort by time."""
    return moment.astimezone(UTC).isoformat(timespec=precision)


def now_text(precision: Literal["seconds", "milliseconds"] = "milliseconds") -> str:
    """Return this moment as text."""
    return moment_text(datetime.now(UTC), precision)
