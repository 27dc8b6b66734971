"""What is said about OParl sources: by ``searchsvc status`` and ``searchsvc import-oparl --list``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from searchsvc.oparl import is_running
from searchsvc.settings import Settings
from searchsvc.store import OParlSource, Store


def source_report(settings: Settings, store: Store, source: OParlSource) -> dict[str, Any]:
    """Return what is known of a source as JSON-compatible values."""
    return {
        "url": source.url,
        "kommune": source.kommune,
        "every_hours": source.every_hours,
        "state": _state(settings, source),
        "started_at": _written(source.started_at),
        "finished_at": _written(source.finished_at),
        "error": source.error,
        "counts": dict(source.counts),
        "failed_files": store.oparl_objects.count_failed(source.key),
        "compared_at": source.full_at,
    }


def source_lines(settings: Settings, store: Store, source: OParlSource) -> Iterator[str]:
    """Yield lines for people."""
    report = source_report(settings, store, source)
    every = f"every {source.every_hours:g} hours" if source.every_hours is not None else "not regularly"
    yield f"{source.url} ({every}): {report['state']}"
    if source.started_at is not None:
        counts = ", ".join(
            f"{source.counts.get(name, 0):,} {name}" for name in ("stored", "unchanged", "deleted", "failed")
        )
        end = report["finished_at"] or "-"
        yield f"    last import {report['started_at']} to {end}: {counts}"
    if report["failed_files"]:
        yield f"    {report['failed_files']:,} files could not be read (searchsvc status --failures)"
    if source.error is not None:
        yield f"    {source.error}"


def _state(settings: Settings, source: OParlSource) -> str:
    """Return ``running``, ``new``, ``stopped`` (before its end), or the result of the last import."""
    if is_running(settings, source):
        return "running"
    if source.started_at is None:
        return "new"
    return "stopped" if source.was_cut_off else source.result or "stopped"


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
