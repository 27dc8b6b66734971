"""The machine: versions of what the service is made of, text recognition, clock and time zones."""

from __future__ import annotations

import platform
import sqlite3
import sys
import time
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pypdfium2.version import PDFIUM_INFO

from searchsvc.doctor.finding import Finding, fail, ok, warn
from searchsvc.ingest.ocr import LANGUAGE, find_recogniser
from searchsvc.settings import Settings

LEAST_PYTHON = (3, 11)
LEAST_SQLITE = (3, 35, 0)
"""The first with RETURNING, which the store uses."""
_ZONE = "Europe/Berlin"
_EARLIEST = datetime(2024, 1, 1, tzinfo=UTC)
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")


def versions() -> Iterator[Finding]:
    """Look at Python, SQLite and PDFium."""
    python = platform.python_version()
    if sys.version_info < LEAST_PYTHON:
        yield fail("python", f"{python} is too old", "install Python 3.11 or newer and run 'make install' anew")
    else:
        yield ok("python", python)
    if sqlite3.sqlite_version_info < LEAST_SQLITE:
        yield fail("sqlite", f"{sqlite3.sqlite_version} is too old", "use a Python with SQLite 3.35 or newer")
    else:
        yield ok("sqlite", sqlite3.sqlite_version)
    yield ok("pdfium", str(PDFIUM_INFO.version))


def tesseract(settings: Settings) -> Iterator[Finding]:
    """Look whether text on scanned pages can be recognised."""
    if settings.ocr != "auto":
        yield ok("tesseract", "switched off (ocr)")
    elif (found := find_recogniser(settings)) is None:
        yield warn(
            "tesseract",
            f"not installed, or without its language {LANGUAGE!r}: scanned pages have no text",
            "apt install tesseract-ocr tesseract-ocr-deu, then 'searchsvc reread'; or ocr = \"off\"",
        )
    else:
        yield ok("tesseract", f"{found.version} with {LANGUAGE!r} at {found.program}")


def clock(now: datetime | None = None) -> Iterator[Finding]:
    """Look at the clock and at the time zone that pages show dates in."""
    now = now or datetime.now(UTC)
    if now < _EARLIEST:
        yield fail(
            "clock", f"says {now:%Y-%m-%d %H:%M} UTC", "set it, and let it be kept right (timedatectl set-ntp true)"
        )
    else:
        known = "kept right by systemd-timesyncd" if _SYNCHRONISED.exists() else "whether it is kept right is not known"
        yield ok("clock", f"{now:%Y-%m-%d %H:%M} UTC; {known}")
    try:
        zoneinfo.ZoneInfo(_ZONE)
    except zoneinfo.ZoneInfoNotFoundError:
        yield fail("time zone", f"{_ZONE} is not known: feeds cannot be made", "apt install tzdata")
    else:
        yield ok(
            "time zone", f"pages show {_ZONE}, the log UTC, this machine has {'/'.join(dict.fromkeys(time.tzname))}"
        )
