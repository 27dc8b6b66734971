"""What is known of OParl sources, for status reports; needs nothing of the importer itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from searchsvc.settings import Settings
from searchsvc.shown import shown_address, shown_text
from searchsvc.store import OParlSource, Store

_NAME_CHARS = 16
_MONTH = timedelta(days=30)
_YEAR = timedelta(days=365)
_LONGER = 1.5
"""So many times the longest pause of the last two years is too long."""


def lock_path(settings: Settings, source: OParlSource) -> Path:
    """Return the file whoever imports a source holds a lock on."""
    return settings.data_dir / "oparl" / f"{source.key[:_NAME_CHARS]}.lock"


def is_running(settings: Settings, source: OParlSource) -> bool:
    """Tell whether a process of this machine is importing a source."""
    path = lock_path(settings, source)
    if not path.exists():
        return False
    try:
        FileLock(path, timeout=0, thread_local=False).acquire().lock.release()
    except Timeout:
        return True
    except OSError:  # not ours to lock
        return False
    return False


def source_report(settings: Settings, store: Store, source: OParlSource) -> dict[str, Any]:
    """Return what is known of a source as JSON-compatible values."""
    return {
        "url": shown_address(source.url),
        "kommune": source.kommune,
        "every_hours": source.every_hours,
        "on_deletion": source.on_deletion,
        "state": _state(settings, source),
        "started_at": _written(source.started_at),
        "finished_at": _written(source.finished_at),
        "next_at": _written(source.next_at),
        "error": None if source.error is None else shown_text(source.error),
        "counts": dict(source.counts),
        "coverage": store.oparl_objects.coverage(source.key),
        "failed_files": store.oparl_objects.count_failed(source.key),
        "compared_at": source.full_at,
        "oddities": oddities(source),
        "completeness": completeness(settings, store, source),
    }


def completeness(settings: Settings, store: Store, source: OParlSource) -> dict[str, Any] | None:
    """Return what a source lists and what is here of it, and whether as much comes as usual; None: never measured.

    ``quiet``: it is imported regularly, and no document has come that is younger than is usual for it.
    """
    measured = source.observed.get("measured")
    if measured is None:
        return None
    today = datetime.now(UTC).date()
    days = {date.fromisoformat(day): count for day, count in measured["days"].items()}
    newest = date.fromisoformat(measured["newest"]) if measured["newest"] else None
    quiet_days = max(0, (today - newest).days) if newest else None
    patience = _patience(settings.oparl_quiet_days, days)
    regularly = source.every_hours is not None and settings.oparl_quiet_days > 0
    return {
        "listed": dict(source.observed.get("listed", {})),
        "documents": measured["documents"],
        "failed": store.oparl_objects.count_failed(source.key),
        "without_text": measured["without_text"],
        "newest_date": measured["newest"],
        "last_30_days": sum(count for day, count in days.items() if today - _MONTH < day <= today),
        "usual_30_days": _usual(days, today),
        "quiet_days": quiet_days,
        "quiet": regularly and quiet_days is not None and quiet_days > patience,
    }


def _usual(days: Mapping[date, int], today: date) -> float | None:
    """Return how many documents 30 days of the last year have, but for the last 30; None: there are none so old."""
    before = {day: count for day, count in days.items() if today - _YEAR < day <= today - _MONTH}
    if not before:
        return None
    months = max(1.0, (today - _MONTH - min(before)).days / _MONTH.days)
    return round(sum(before.values()) / months, 1)


def _patience(least_days: float, days: Mapping[date, int]) -> float:
    """Return after how many days without a document something is wrong: councils have holidays, some few meetings."""
    ordered = sorted(days)
    gaps = [(later - earlier).days for earlier, later in pairwise(ordered)]
    return max(least_days, _LONGER * max(gaps, default=0))


def oddities(source: OParlSource) -> dict[str, str]:
    """Return what imports have learnt of the ways of a server, in English, by name."""
    found: dict[str, str] = {}
    if undated := source.observed.get("undated"):
        found["undated"] = (
            f"since {undated['since'][:10]} 'modified' says nothing: of {undated['files']:,} files called modified "
            f"{undated['asked']:,} were asked for, and none had changed"
        )
    if broken := source.observed.get("filter_broken"):
        found["filter_broken"] = (
            f"since {broken['since'][:10]} the server fails when it is asked for changes, so its lists are read whole: "
            f"{shown_text(broken['reason'])}"
        )
    if held := source.observed.get("held"):
        found["held"] = (
            f"since {held['since'][:10]} the deletion of {held['files']:,} of {held['of']:,} documents waits for "
            "'searchsvc import-oparl URL --force'"
        )
    return found


def _state(settings: Settings, source: OParlSource) -> str:
    """Return ``running``, ``new``, ``stopped`` (before its end), or the result of the last import."""
    if is_running(settings, source):
        return "running"
    if source.started_at is None:
        return "new"
    return "stopped" if source.was_cut_off else source.result or "stopped"


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
