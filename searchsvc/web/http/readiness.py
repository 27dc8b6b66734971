"""Whether the service can do its work now, and what will soon keep it from that."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from searchsvc.errors import StoreUnavailable
from searchsvc.indexing.engines import word_list_troubles
from searchsvc.indexing.heartbeat import read_worker_status
from searchsvc.indexing.verification import TROUBLE as DAMAGE
from searchsvc.settings import WARN_FREE_MB
from searchsvc.site_pages import page_troubles
from searchsvc.store import read_backup_state
from searchsvc.web.http.services import Services
from searchsvc.web.server.draining import announcement

WARN_LAG_S = 60.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """What keeps the service from its work, and what is only worth knowing; by the part it is about, in English."""

    problems: dict[str, str]
    warnings: dict[str, str]


def readiness(parts: Services) -> Readiness:
    """Look at index, store, worker and disk."""
    problems: dict[str, str] = {}
    warnings: dict[str, str] = {}
    if announcement:
        problems["ending"] = "the service is ending; what has begun is finished"
    state = parts.engine.state()
    if not state.ready:
        problems["index"] = state.reason or "the index cannot be read"
    for name, text, is_problem in (
        *_lag(parts, state.applied_change),
        *_set_aside(parts),
        *_threads(parts),
        *_disk(parts),
        *((name, trouble, False) for name, trouble in word_list_troubles(parts.settings).items()),
        *_backups(parts),
        *((name, trouble, False) for name, trouble in page_troubles(parts.settings)),
    ):
        (problems if is_problem else warnings)[name] = text
    return Readiness(problems, warnings)


def _lag(parts: Services, applied: int | None) -> Iterator[tuple[str, str, bool]]:
    try:
        since = parts.store.change_log.oldest_after(applied) if applied is not None else None
        if applied is None:
            parts.store.documents.last_change()
    except StoreUnavailable:
        yield "store", "the document store cannot be reached", True
        return
    lag_s = (datetime.now(UTC) - since).total_seconds() if since else 0.0
    most_s = parts.settings.ready_max_lag_s
    if lag_s > (most_s or WARN_LAG_S):
        yield "worker", f"the index has lagged behind the store for {lag_s:,.0f} s; is the worker running?", most_s > 0


def _set_aside(parts: Services) -> Iterator[tuple[str, str, bool]]:
    try:
        count = parts.store.failures.count_set_aside()
    except StoreUnavailable:
        return  # which has been told
    if count:
        yield "documents", f"{count:,} document(s) cannot be indexed; see 'searchsvc status --failures'", False


def _threads(parts: Services) -> Iterator[tuple[str, str, bool]]:
    told = read_worker_status(parts.settings.data_dir)
    if told is not None and told.is_alive:
        for name, trouble in told.troubles.items():
            is_work = name != DAMAGE
            yield name, f"the worker cannot do this at present: {trouble}" if is_work else trouble, False


def _backups(parts: Services) -> Iterator[tuple[str, str, bool]]:
    told = read_backup_state(parts.settings.data_dir)
    if problem := told.problem(parts.settings):
        yield "backup", problem, False
    elif told.error and parts.settings.backup_folder is not None:
        yield "backup", f"the last attempt to make a backup failed: {told.error}", False
    if told.log_error and parts.settings.backup_folder is not None and parts.settings.backup_log:
        yield "backup-log", f"{told.log_waiting:,} changes wait for the log: {told.log_error}", False


def _disk(parts: Services) -> Iterator[tuple[str, str, bool]]:
    try:
        free_mb = shutil.disk_usage(parts.settings.data_dir).free // 1_000_000
    except OSError as error:
        yield "disk", f"the data folder cannot be read: {error.strerror}", True
        return
    least_mb = parts.settings.ready_min_free_mb
    if free_mb < (least_mb or WARN_FREE_MB):
        yield "disk", f"only {free_mb:,} MB are left for the data folder", least_mb > 0
