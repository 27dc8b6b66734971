"""What is known of OParl sources, for status reports; needs nothing of the importer itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from searchsvc.settings import Settings
from searchsvc.shown import shown_address, shown_text
from searchsvc.store import OParlSource, Store

_NAME_CHARS = 16


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
    }


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
