"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """``ok``: as it should be. ``warn``: works, but not well or not for long. ``fail``: does not work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of ``part``, in English; ``advice`` says what to do, empty when there is nothing to."""

    part: str
    level: Level
    text: str
    advice: str = ""


def ok(part: str, text: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(part, Level.OK, text)


def warn(part: str, text: str, advice: str) -> Finding:
    """Return that something will make trouble."""
    return Finding(part, Level.WARN, text, advice)


def fail(part: str, text: str, advice: str) -> Finding:
    """Return that something makes trouble now."""
    return Finding(part, Level.FAIL, text, advice)
