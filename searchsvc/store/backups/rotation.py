"""The folder that backups are made in by schedule: making one, and removing old ones once a new one is good."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import select

from searchsvc.store.backups.archive import read_manifest
from searchsvc.store.backups.errors import BackupError
from searchsvc.store.backups.making import BackupReport, Progress, write_backup
from searchsvc.store.backups.manifest import Manifest
from searchsvc.store.backups.segments import LogFolder
from searchsvc.store.journal import position_of
from searchsvc.store.leftovers import SCHEDULED_PREFIX
from searchsvc.store.store import Store
from searchsvc.store.tables import state
from searchsvc.store.values import CLOCKS_DIFFER

_LOCK = ".backup.lock"


@dataclass(frozen=True, slots=True)
class KeptBackup:
    """A backup in the folder, and what it says of itself."""

    path: Path
    manifest: Manifest


class BackupFolder:
    """Backups of one store in a folder, ``searchsvc-<moment>.tar``; others in it are left alone."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder = folder
        self._store = store
        self._known: dict[tuple[Path, int, int], Manifest] = {}

    def kept(self) -> list[KeptBackup]:
        """Return the backups of the store whose manifest can be read, oldest first, without their ``members``.

        One from the future was made while the clock was wrong: it comes before all others, so that none is made in
        vain. A file that has not changed is read once. Raises ``StoreUnavailable``.
        """
        with self._store.database.transaction() as connection:
            identity = connection.execute(select(state.c.identity)).scalar_one()
        found: list[KeptBackup] = []
        known: dict[tuple[Path, int, int], Manifest] = {}
        for path in self._folder.glob("searchsvc-*.tar"):
            with suppress(BackupError, OSError):
                stat = path.stat()
                key = (path, stat.st_mtime_ns, stat.st_size)
                manifest = known[key] = self._known.get(key) or replace(read_manifest(path), members=())
                if manifest.store == identity:
                    found.append(KeptBackup(path, manifest))
        self._known = known
        latest = datetime.now(UTC) + CLOCKS_DIFFER
        return sorted(found, key=lambda one: (one.manifest.made_at <= latest, one.manifest.made_at))

    def is_in_log(self, manifest: Manifest) -> bool:
        """Tell whether the log leads on from a backup to the present state, so that it can be followed from there."""
        with self._store.database.transaction() as connection:
            position = position_of(connection)
            history = connection.execute(select(state.c.store_id)).scalar_one()
        if position is None:
            return manifest.history == str(history)
        return manifest.log is not None and manifest.log.id == position[0]

    def make(self, keep: int, *, progress: Progress | None = None) -> tuple[Path, BackupReport]:
        """Make a backup, then remove those that are not among the ``keep`` newest, and what of the log led to them.

        The newest one without a missing original file stays whatever its age. Raises ``BackupError`` or
        ``StoreUnavailable``; then all others are still there, and nothing is left of this one.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._folder / _LOCK, timeout=0, thread_local=False):
                # Nobody else makes one here, so these were left by a process that was killed.
                for left in self._folder.glob(f"{SCHEDULED_PREFIX}*"):
                    shutil.rmtree(left, ignore_errors=True)
                target = self._folder / f"searchsvc-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.tar"
                report = write_backup(self._store, target, progress=progress, prefix=SCHEDULED_PREFIX)
                self._rotate(keep)
        except Timeout as error:
            raise BackupError(f"another process is making a backup in {self._folder}") from error
        except OSError as error:
            raise BackupError(f"cannot write to {self._folder}: {error.strerror or error}") from error
        return target, report

    def _rotate(self, keep: int) -> None:
        kept = self.kept()
        complete = [one for one in kept if one.manifest.is_complete]
        staying = {*(one.path for one in kept[-keep:]), *(one.path for one in complete[-1:])}
        for one in kept:
            if one.path not in staying:
                one.path.unlink(missing_ok=True)
        self._shorten_log([one.manifest for one in kept if one.path in staying])

    def _shorten_log(self, manifests: list[Manifest]) -> None:
        log = LogFolder(self._folder)
        with self._store.database.transaction() as connection:
            present = position_of(connection)
        for log_id in log.logs():
            positions = [one.log.position for one in manifests if one.log is not None and one.log.id == log_id]
            if positions:
                log.remove(log_id, min(positions))
            elif present is None or present[0] != log_id:
                log.remove(log_id, None)
        with suppress(BackupError):  # which is found and told when the log is needed
            log.remove_unused_files()
