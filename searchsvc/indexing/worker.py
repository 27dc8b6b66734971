"""The worker: the one process that brings the store's changes into the index, in order, losing none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import structlog

from index.contract import (
    Document,
    IndexDamaged,
    IndexStorageError,
    IndexUnavailable,
    IndexWriter,
    SearchIndexError,
)
from searchsvc.errors import StoreUnavailable
from searchsvc.indexing.heartbeat import Heartbeat, WorkerState, finish_rebuild, pending_rebuild
from searchsvc.indexing.set_aside import SetAside
from searchsvc.periodic import Troubles
from searchsvc.settings import Settings
from searchsvc.store import Store, begin_history

_FIRST_RETRY_S = 0.5
_LONGEST_RETRY_S = 30.0
_SIGNATURES_AT_ONCE = 100
"""Documents compared with others between two looks for changes: a tenth of a second."""

_HISTORY_FILE = "index.history"

_log = structlog.get_logger(__name__)


class _Stopped(Exception):
    """The worker is to stop in the middle of a rebuild, which is thrown away."""


class StopSignal(Protocol):
    """What tells the worker to stop; a ``threading.Event`` does."""

    def is_set(self) -> bool:
        """Tell whether to stop."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait for the signal, at most ``timeout`` seconds, and tell whether it came."""
        ...


class Worker:
    """Applies changes to the index until told to stop.

    After an error it keeps trying, less and less often; where it is, is known by the index itself
    (``IndexWriter.applied_change``), so it may be killed at any moment. ``applied`` is called after changes have come
    into the index; when it raises what the worker knows, both are tried again.
    """

    def __init__(
        self,
        store: Store,
        writer: IndexWriter,
        settings: Settings,
        *,
        applied: Callable[[], object] | None = None,
        troubles: Troubles | None = None,
    ) -> None:
        self._applied = applied
        self._troubles = troubles or Troubles()
        self._has_news = True
        self._store = store
        self._writer = writer
        self._settings = settings
        self._heartbeat = Heartbeat(settings.data_dir, self._troubles)
        self._damage: str | None = None
        self._errors = 0

    def run(self, stop: StopSignal) -> None:
        """Work until ``stop`` is set."""
        _log.info("worker_started", applied_change=self._writer.applied_change)
        with self._heartbeat:
            while not stop.is_set():
                pause_s = self._attempt(stop)
                if pause_s:
                    stop.wait(pause_s)
        _log.info("worker_stopped", applied_change=self._writer.applied_change)

    def index_is_damaged(self, reason: str) -> None:
        """Hear from another thread that the index must be built anew."""
        self._damage = reason

    def catch_up(self) -> None:
        """Bring the index up to the store once. Raises what went wrong instead of trying again."""
        never = threading.Event()
        with self._heartbeat:
            while self._step(never):
                pass

    def rebuild(self) -> None:
        """Build the index anew and bring it up to the store. Raises what went wrong."""
        never = threading.Event()
        with self._heartbeat:
            self._rebuild("asked for", never)
            while self._step(never):
                pass

    def _attempt(self, stop: StopSignal) -> float:
        """Do one step and return how long to pause before the next, in seconds."""
        try:
            worked = self._step(stop)
            self._tell_applied(worked)
            worked = worked or self._store.duplicates.refresh(_SIGNATURES_AT_ONCE)
        except _Stopped:
            return 0.0
        except IndexDamaged as error:
            self._damage = error.reason
            return self._failed(error)
        except (IndexStorageError, IndexUnavailable, StoreUnavailable) as error:
            return self._failed(error)
        if self._errors:
            _log.info("worker_recovered", after_errors=self._errors)
            self._errors = 0
        return 0.0 if worked else self._settings.worker_poll_s

    def _tell_applied(self, worked: bool) -> None:
        """Call ``applied`` at the start and after each step that changed the index, until it succeeds."""
        self._has_news |= worked
        if self._has_news and self._applied is not None:
            try:
                self._applied()
            except (SearchIndexError, StoreUnavailable):
                raise
            except Exception as error:
                # Documents come into the index all the same; with the next ones it is tried again.
                _log.exception("saved_searches_not_matched")
                self._troubles.tell("saved-searches", f"{type(error).__name__}: {error}")
            else:
                self._troubles.tell("saved-searches", None)
        self._has_news = False

    def _failed(self, error: Exception) -> float:
        pause_s = min(_FIRST_RETRY_S * 2.0**self._errors, _LONGEST_RETRY_S)
        self._errors = min(self._errors + 1, 20)
        _log.error("worker_failing", error=str(error), retry_in_s=pause_s)
        self._heartbeat.update(state=WorkerState.FAILING, error=str(error))
        return pause_s

    def _step(self, stop: StopSignal) -> bool:
        """Rebuild, apply one batch, or find that there is nothing to do. Returns whether there was."""
        history, last_change = self._store.documents.position()
        request = pending_rebuild(self._settings.data_dir)
        reason = "asked for" if request else self._rebuild_reason(history, last_change)
        if reason is not None:
            if self._writer.applied_change > last_change:
                # An older copy of the store has taken its place: files that it does not know may be newer.
                begin_history(self._store)
            self._rebuild(reason, stop)
            if request:
                finish_rebuild(self._settings.data_dir, request)
                self._heartbeat.update(rebuilt_for=request)
            return True
        applied = self._writer.applied_change
        if applied >= last_change:
            self._writer.tidy()
            self._note_trouble()
            self._note_idle(applied, last_change)
            return False
        self._heartbeat.note(state=WorkerState.APPLYING, applied_change=applied, last_change=last_change)
        set_aside = SetAside(self._store)
        changes = self._store.documents.changes_after(applied, self._settings.worker_batch, damaged=set_aside.damaged)
        if not changes:
            return False
        self._remember_history(history)
        rejected = self._writer.apply(changes)
        set_aside.record(rejected, [change.document_id for change in changes])
        self._heartbeat.note(applied_change=changes[-1].number, error=None)
        self._note_trouble()
        _log.info("changes_applied", changes=len(changes), applied_change=changes[-1].number, last_change=last_change)
        return True

    def _note_trouble(self) -> None:
        trouble = self._writer.trouble
        if trouble != self._troubles.current().get("merging"):
            self._troubles.tell("merging", trouble)
            if trouble is None:
                _log.info("upkeep_recovered")
            else:
                _log.warning("upkeep_failing", reason=trouble)

    def _note_idle(self, applied: int, last_change: int) -> None:
        before = self._heartbeat.status
        values = {"state": WorkerState.IDLE, "applied_change": applied, "last_change": last_change, "error": None}
        if (before.state, before.applied_change, before.error) == (WorkerState.IDLE, applied, None):
            self._heartbeat.note(**values)
        else:
            self._heartbeat.update(**values)

    def _rebuild_reason(self, history: str, last_change: int) -> str | None:
        applied = self._writer.applied_change
        if self._damage:
            return f"the index is damaged: {self._damage}"
        if self._writer.needs_rebuild:
            return self._writer.needs_rebuild
        if applied > last_change:
            return f"the index is ahead of the store (change {applied} of {last_change}): the store was replaced"
        if applied and self._remembered_history() != history:
            return "the index was built from another store or from before a restore"
        return None

    def _rebuild(self, reason: str, stop: StopSignal) -> None:
        total = self._store.documents.count()
        _log.info("rebuild_started", reason=reason, documents=total)
        self._heartbeat.update(state=WorkerState.REBUILDING, done=0, total=total)
        history = self._store.documents.history_id()
        set_aside = SetAside(self._store)
        change_number, documents = self._store.documents.snapshot(damaged=set_aside.damaged)
        with closing(documents):
            rejected = self._writer.rebuild(
                _until_stopped(documents, stop),
                change_number=change_number,
                progress=lambda done: self._heartbeat.note(done=done),
            )
        self._remember_history(history)
        self._damage = None
        set_aside.record(rejected, None)
        self._heartbeat.update(state=WorkerState.IDLE, applied_change=change_number, done=total, error=None)
        _log.info("rebuild_finished", documents=total, applied_change=change_number)

    @property
    def _history_path(self) -> Path:
        return self._settings.data_dir / _HISTORY_FILE

    def _remembered_history(self) -> str | None:
        try:
            return self._history_path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None

    def _remember_history(self, history: str) -> None:
        if self._remembered_history() != history:
            try:
                self._history_path.write_text(history, encoding="ascii")
            except OSError as error:
                raise IndexStorageError(self._history_path, error.strerror or str(error)) from error


def _until_stopped(documents: Iterator[Document], stop: StopSignal) -> Iterator[Document]:
    for document in documents:
        if stop.is_set():
            raise _Stopped
        yield document
