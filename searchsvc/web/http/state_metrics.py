"""The state of store, index and worker as Prometheus sees it, looked at when it asks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from searchsvc.errors import StoreUnavailable
from searchsvc.indexing.heartbeat import WorkerState, WorkerStatus, read_worker_status
from searchsvc.indexing.verification import VerificationState, read_verification
from searchsvc.shown import shown_address
from searchsvc.source_state import completeness
from searchsvc.store import BackupState, OParlSource, read_backup_state
from searchsvc.web.http.services import Services


class StateCollector(Collector):
    """Gauges of what there is now; those that cannot be known during an outage are left out."""

    def __init__(self, parts: Services) -> None:
        self._parts = parts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield all gauges."""
        stored, indexed = self._stored_change(), self._parts.engine.state().applied_change
        yield GaugeMetricFamily("searchsvc_store_up", "Whether the document store can be read.", stored is not None)
        yield GaugeMetricFamily("searchsvc_index_up", "Whether searches can be answered.", indexed is not None)
        if stored is not None:
            yield GaugeMetricFamily("searchsvc_store_change", "Number of the last change in the store.", stored)
            yield from self._counts()
        if indexed is not None:
            yield GaugeMetricFamily("searchsvc_index_change", "Number of the last change in the index.", indexed)
        if stored is not None and indexed is not None:
            lag = max(0, stored - indexed)
            yield GaugeMetricFamily("searchsvc_index_lag_changes", "Changes the index has yet to take in.", lag)
        yield from _worker(read_worker_status(self._parts.settings.data_dir))
        yield from _verification(read_verification(self._parts.settings.data_dir))
        if self._parts.settings.backup_folder is not None:
            yield from _backups(read_backup_state(self._parts.settings.data_dir))

    def _stored_change(self) -> int | None:
        try:
            return self._parts.store.documents.last_change()
        except StoreUnavailable:
            return None

    def _counts(self) -> Iterator[GaugeMetricFamily]:
        try:
            documents, failures = self._parts.store.documents.count(), self._parts.store.failures.count()
            sources = self._parts.store.oparl_sources.list()
        except StoreUnavailable:
            return
        yield GaugeMetricFamily("searchsvc_documents", "Documents in the store.", documents)
        yield GaugeMetricFamily("searchsvc_failures", "Items that could not be imported.", failures)
        yield from _imports(sources)
        try:
            told = [(source, completeness(self._parts.settings, self._parts.store, source)) for source in sources]
        except StoreUnavailable:
            return
        yield from _completeness(told)


def _completeness(told: Iterable[tuple[OParlSource, dict[str, Any] | None]]) -> Iterator[GaugeMetricFamily]:
    """Yield what sources list, what is here of it, and whether they have fallen silent."""
    documents = GaugeMetricFamily(
        "searchsvc_source_documents", "Files that a source lists, and documents of it.", labels=("source", "state")
    )
    quiet = GaugeMetricFamily(
        "searchsvc_source_quiet", "1: nothing has come from a source for longer than is usual.", labels=("source",)
    )
    shown: Counter[str] = Counter()
    for source, complete in told:
        name = _name(source, shown)
        if complete is None:
            continue
        states = {name: complete[name] for name in ("failed", "without_text")} | {"held": complete["documents"]}
        if "file" in complete["listed"]:
            states["listed"] = complete["listed"]["file"]
        for state, count in states.items():
            documents.add_metric((name, state), float(count))
        quiet.add_metric((name,), float(complete["quiet"]))
    yield from (documents, quiet)


def _name(source: OParlSource, shown: Counter[str]) -> str:
    """Return the name of a source; those that differ only in what is not shown are told apart all the same."""
    name = shown_address(source.url)
    shown[name] += 1
    return name if shown[name] == 1 else f"{name} ({shown[name]})"


def _imports(sources: Iterable[OParlSource]) -> Iterator[GaugeMetricFamily]:
    """Yield when the last import of each source ended, and 1 for how."""
    finished = GaugeMetricFamily(
        "searchsvc_import_finished_timestamp_seconds", "When the last import of a source ended.", labels=("source",)
    )
    result = GaugeMetricFamily(
        "searchsvc_import_result", "1 for how the last import of a source ended.", labels=("source", "result")
    )
    held = GaugeMetricFamily(
        "searchsvc_import_held_deletions", "Documents whose deletion waits for the operator.", labels=("source",)
    )
    shown: Counter[str] = Counter()
    for source in sources:
        name = _name(source, shown)
        if source.finished_at is not None:
            finished.add_metric((name,), source.finished_at.timestamp())
            result.add_metric((name, source.result or ""), 1.0)
            held.add_metric((name,), float(source.observed.get("held", {}).get("files", 0)))
    yield from (finished, result, held)


def _verification(told: VerificationState) -> Iterator[GaugeMetricFamily]:
    """Yield what the last comparison with checksums found."""
    if told.verified_at:
        yield GaugeMetricFamily(
            "searchsvc_verified_timestamp_seconds", "When everything was last compared with its checksums.",
            told.verified_at,
        )  # fmt: skip
        yield GaugeMetricFamily("searchsvc_verified_problems", "Problems found in the store then.", told.problem_count)


def _backups(told: BackupState) -> Iterator[GaugeMetricFamily]:
    """Yield how backups by schedule go."""
    if told.good_at is not None:
        yield GaugeMetricFamily(
            "searchsvc_backup_timestamp_seconds", "When the last good backup was made.", told.good_at.timestamp()
        )
        yield GaugeMetricFamily("searchsvc_backup_size_bytes", "Size of the last good backup.", told.bytes)
        yield GaugeMetricFamily(
            "searchsvc_backup_missing_files", "Original files that the last good backup lacks.", told.missing
        )
    failing = told.error is not None
    yield GaugeMetricFamily("searchsvc_backup_failing", "Whether the last attempt at a backup failed.", failing)
    if told.log_until is not None:
        yield GaugeMetricFamily(
            "searchsvc_backup_log_timestamp_seconds", "Last moment that the log has.", told.log_until.timestamp()
        )
    yield GaugeMetricFamily("searchsvc_backup_log_waiting", "Changes that wait for the log.", told.log_waiting)


def _worker(told: WorkerStatus | None) -> Iterator[GaugeMetricFamily]:
    state = GaugeMetricFamily("searchsvc_worker_state", "1 for what the worker last said it does.", labels=("state",))
    for known in WorkerState:
        state.add_metric((known.value,), float(told is not None and told.state is known))
    yield state
    troubles = GaugeMetricFamily("searchsvc_worker_trouble", "1 for what the worker cannot do.", labels=("name",))
    for name in told.troubles if told is not None else ():
        troubles.add_metric((name,), 1.0)
    yield troubles
    if told is not None:
        age_s = max(0.0, time.time() - told.written_at)
        yield GaugeMetricFamily("searchsvc_worker_heartbeat_age_seconds", "Time since the worker was seen.", age_s)
