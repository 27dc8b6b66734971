"""What is in the collection and how current it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, Response

from index.contract import EngineStats, IndexUnavailable, SearchTimeout
from searchsvc.indexing.heartbeat import WorkerStatus, read_worker_status
from searchsvc.interface import serializers
from searchsvc.settings import Settings
from searchsvc.source_state import source_report
from searchsvc.store import read_backup_state
from searchsvc.web.api.arguments import no_arguments
from searchsvc.web.http.conditional import answer_unless_known, etag
from searchsvc.web.http.json_response import json_response
from searchsvc.web.http.reach import bounds
from searchsvc.web.http.services import services


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/status")(status)


def status() -> Response:
    """Return the state of store, index and worker; ``index.ready`` is false when searches cannot be answered."""
    no_arguments()
    if bounds():
        return _bounded_status()
    documents = services().store.documents
    last_change = documents.last_change()
    stats = _stats()
    worker = _worker(read_worker_status(services().settings.data_dir))
    state = {
        "documents": documents.count(),
        "kommunen": _kommunen(stats),
        "newest_date": _written(stats.newest_date) if stats else None,
        "last_import": _written(documents.last_changed_at()),
        "failures": services().store.failures.count(),
        "oparl_sources": [
            source_report(services().settings, services().store, source)
            for source in services().store.oparl_sources.list()
        ],
        "changes": {"store": last_change, "index": stats.applied_change if stats else None},
        "index": _index(stats, last_change),
        "worker": worker,
        "backup": _backup(services().settings),
    }
    # When the worker was last seen changes every second and says no more than that it is alive.
    key = ("status", state | {"worker": worker | {"seen_at": None}})
    return answer_unless_known(etag(*key), lambda: json_response(state))


def _bounded_status() -> Response:
    """Return what is within the sender's bounds; what can only be told of everything is null or empty."""
    stats = _stats()
    worker = _worker(read_worker_status(services().settings.data_dir))
    index = {"size_bytes": None, "segments": None}
    state = {
        "documents": stats.documents if stats else None,
        "kommunen": _kommunen(stats),
        "newest_date": _written(stats.newest_date) if stats else None,
        "last_import": None,
        "failures": None,
        "oparl_sources": [],
        "changes": {"store": None, "index": None},
        "index": _index(stats, services().store.documents.last_change()) | (index if stats else {}),
        "worker": worker | {"done": 0, "total": 0, "troubles": []},
        "backup": None,
    }
    key = ("status", state | {"worker": worker | {"seen_at": None, "done": 0, "total": 0}})
    return answer_unless_known(etag(*key), lambda: json_response(state))


def _stats() -> EngineStats | None:
    try:
        return services().engine.stats()
    except (IndexUnavailable, SearchTimeout):
        return None


def _kommunen(stats: EngineStats | None) -> list[dict[str, Any]] | None:
    if stats is None:
        return None
    return [
        {"kommune": serializers.kommune(kommune), "documents": count} for kommune, count in stats.documents_by_kommune
    ]


def _index(stats: EngineStats | None, last_change: int) -> dict[str, Any]:
    if stats is None:
        return {"ready": False}
    return {
        "ready": True,
        "current": stats.applied_change >= last_change,
        "documents": stats.documents,
        "generation": stats.generation,
        "size_bytes": stats.size_bytes,
        "segments": stats.segments,
    }


def _worker(told: WorkerStatus | None) -> dict[str, Any]:
    """Return what the worker last told of itself; ``state`` is ``missing`` when there never was one."""
    if told is None:
        return {"alive": False, "state": "missing", "seen_at": None, "troubles": []}
    return {
        "alive": told.is_alive,
        "state": told.state.value,
        "seen_at": datetime.fromtimestamp(told.written_at, UTC).isoformat(timespec="seconds"),
        "done": told.done,
        "total": told.total,
        # Their names; what is behind them is for the operator, who reads it in readiness, logs and on the command line.
        "troubles": sorted(told.troubles),
    }


def _backup(settings: Settings) -> dict[str, Any] | None:
    """Return how backups by schedule go, without the names of files and the reasons, which are for the operator."""
    if settings.backup_folder is None:
        return None
    told = read_backup_state(settings.data_dir)
    return {
        "good_at": _seconds(told.good_at),
        "failing": told.error is not None,
        "late": told.problem(settings) is not None,
        "missing_files": told.missing,
        "log_until": _seconds(told.log_until) if settings.backup_log else None,
        "log_waiting": told.log_waiting,
    }


def _seconds(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None


def _written(value: date | datetime | None) -> str | None:
    return value.isoformat() if value else None
