"""Backups by schedule and the log of changes between them, in threads beside the worker's real work."""

from __future__ import annotations

import threading
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import structlog

from searchsvc.errors import StoreUnavailable
from searchsvc.periodic import PeriodicThread, Troubles
from searchsvc.settings import Settings
from searchsvc.store import (
    BackupError,
    BackupFolder,
    Journal,
    Store,
    read_backup_state,
    ship,
    write_backup_state,
)

_SHIP_EVERY_S = 5.0
_LOOK_EVERY_S = 5.0
_RETRY_AFTER = timedelta(minutes=15)

_log = structlog.get_logger(__name__)


class _Stopped(Exception):
    """The worker ends, and the backup with it."""


class _Told:
    """What is told of backups, by both threads."""

    def __init__(self, settings: Settings) -> None:
        self._data_dir = settings.data_dir
        self._lock = threading.Lock()
        self._state = read_backup_state(settings.data_dir)

    @property
    def good_at(self) -> datetime | None:
        """When the last good backup was made, as far as is told."""
        return self._state.good_at

    def note(self, **changes: Any) -> None:
        with self._lock:
            changed = replace(self._state, **changes)
            if changed != self._state:
                self._state = changed
                with suppress(OSError):  # a full disk: backups matter more than telling of them
                    write_backup_state(self._data_dir, changed)


class Backups:
    """Makes backups in ``backup_folder`` as long as the context lasts; without that setting it writes down nothing."""

    def __init__(self, store: Store, settings: Settings, *, troubles: Troubles | None = None) -> None:
        self._store = store
        self._settings = settings
        self._troubles = troubles or Troubles()
        self._threads = ExitStack()

    def __enter__(self) -> Self:
        if self._settings.backup_folder is None:
            self._end_log()
            return self
        told = _Told(self._settings)
        told.note(since=told._state.since or datetime.now(UTC))
        if self._settings.backup_log:
            # Before the first backup, so that it is one that the log leads on from; the thread tells what fails.
            with suppress(BackupError, StoreUnavailable):
                ship(self._store, self._settings.backup_folder)
            self._threads.enter_context(_LogShipping(self._store, self._settings, told, self._troubles))
        else:
            self._end_log()
            told.note(log_until=None, log_waiting=0, log_error=None)
        self._threads.enter_context(_BackupSchedule(self._store, self._settings, told, self._troubles))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.close()

    def _end_log(self) -> None:
        if self._store.database.is_sqlite:
            with suppress(StoreUnavailable):  # the next worker does it; until then the journal grows
                Journal(self._store.database).end()


class _LogShipping(PeriodicThread):
    """Writes the journal to the log every few seconds, and once more at the end."""

    def __init__(self, store: Store, settings: Settings, told: _Told, troubles: Troubles) -> None:
        super().__init__("backup-log", _SHIP_EVERY_S, troubles)
        self._store = store
        self._settings = settings
        self._told = told

    def _step(self) -> None:
        self._ship()

    def _ship(self) -> None:
        assert self._settings.backup_folder is not None
        try:
            shipped = ship(self._store, self._settings.backup_folder)
        except (BackupError, StoreUnavailable) as error:
            with suppress(StoreUnavailable):
                self._told.note(log_error=error.message, log_waiting=Journal(self._store.database).waiting())
            raise StoreUnavailable(error.message) from error
        self._told.note(log_until=shipped.until, log_waiting=0, log_error=None)

    def _store_lost(self, message: str) -> None:
        _log.warning("backup_log_waits", error=message)

    def _store_found(self) -> None:
        _log.info("backup_log_goes_on")

    def _end(self) -> None:
        with suppress(StoreUnavailable):  # what could not be written stays in the journal
            self._ship()


class _BackupSchedule(PeriodicThread):
    """Makes a backup when the last good one is too old, or is of another history than the store and its log."""

    def __init__(self, store: Store, settings: Settings, told: _Told, troubles: Troubles) -> None:
        super().__init__("backup", _LOOK_EVERY_S, troubles)
        assert settings.backup_folder is not None
        self._folder = BackupFolder(settings.backup_folder, store)
        self._settings = settings
        self._told = told
        self._last_attempt: datetime | None = None
        self._failed: str | None = None

    def _step(self) -> None:
        now = datetime.now(UTC)
        pause = min(_RETRY_AFTER, self._every)
        if self._failed and self._last_attempt is not None and abs(now - self._last_attempt) < pause:
            raise StoreUnavailable(self._failed)  # as before
        if not self._is_due(now):
            return
        self._last_attempt = now
        self._told.note(attempted_at=now)
        try:
            path, report = self._folder.make(self._settings.backup_keep, progress=self._stop_if_told)
        except _Stopped:
            return
        except (BackupError, StoreUnavailable) as error:
            self._failed = error.message
            self._told.note(error=error.message)
            raise StoreUnavailable(error.message) from error
        self._failed = None
        self._told.note(
            good_at=datetime.now(UTC),
            file=path.name,
            bytes=report.bytes,
            documents=report.documents,
            missing=len(report.missing),
            error=None,
        )
        _log.info(
            "backup_made", file=path.name, bytes=report.bytes, documents=report.documents, missing=len(report.missing)
        )

    @property
    def _every(self) -> timedelta:
        return timedelta(hours=self._settings.backup_every_hours)

    def _is_due(self, now: datetime) -> bool:
        kept = self._folder.kept()
        if not kept:
            return True
        newest = kept[-1].manifest
        if (self._told.good_at or newest.made_at) <= newest.made_at:
            # Made before there was anything told of it, or by hand of whoever moved the data folder.
            self._told.note(good_at=newest.made_at, documents=newest.documents, missing=len(newest.missing))
        # The clock may have been ahead: what was made in the future is no reason to wait for it.
        return abs(now - newest.made_at) >= self._every or not self._folder.is_in_log(newest)

    def _stop_if_told(self, _count: int) -> None:
        if self._stop.is_set():
            raise _Stopped

    def _store_lost(self, message: str) -> None:
        _log.error("backup_failed", error=message)

    def _store_found(self) -> None:
        _log.info("backups_go_on")
