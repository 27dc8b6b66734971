"""Shipping the journal: from the database into files, without a gap and nothing twice, whenever it is killed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from filelock import FileLock, Timeout

from searchsvc.store.backups.archive import original_name, read_manifest
from searchsvc.store.backups.errors import BackupError
from searchsvc.store.backups.segments import LogFolder, verify
from searchsvc.store.journal import Journal
from searchsvc.store.store import Store

_SEGMENT_ROWS = 5_000
_LOCK = ".log.lock"
_LOCK_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Shipped:
    """What was shipped: the log, how many entries, and when the last transaction among them ended."""

    log_id: str
    entries: int
    until: datetime | None


def ship(store: Store, backup_folder: Path) -> Shipped:
    """Write what is in the journal to the log of the backup folder; processes do so one after the other.

    An entry leaves the journal when the file that has it is on the disk. What is in the journal is shipped before the
    log gets another name. Raises ``BackupError`` or ``StoreUnavailable``.
    """
    journal = Journal(store.database)
    try:
        backup_folder.mkdir(parents=True, exist_ok=True)
        with FileLock(backup_folder / _LOCK, timeout=_LOCK_TIMEOUT_S, thread_local=False):
            before = journal.current()
            shipped = _ship(store, journal, backup_folder, before) if before is not None else None
            log_id = journal.begin()
            LogFolder(backup_folder).make(log_id)
            return shipped if shipped is not None and log_id == before else Shipped(log_id, 0, None)
    except Timeout as error:
        raise BackupError(f"another process is writing the log of changes in {backup_folder}") from error
    except OSError as error:
        place = error.filename or backup_folder
        raise BackupError(f"cannot write the log of changes to {place}: {error.strerror or error}") from error


def _ship(store: Store, journal: Journal, backup_folder: Path, log_id: str) -> Shipped:
    folder = LogFolder(backup_folder)
    known = folder.segments(log_id)
    count, last, until = 0, 0, None
    if known:
        # Whoever wrote it may have been killed before it could forget what is in it.
        verify(known[-1])
        last, until = known[-1].last, known[-1].until
        journal.trim(last)
    while (bounds := journal.next_run(last, _SEGMENT_ROWS)) is not None:
        named = journal.files(bounds)
        # Whoever begins with an earlier backup meets a file that this one has where it came.
        has = _in_newest_backup(backup_folder, log_id) if named else frozenset()
        files = [one for one in named if original_name(one) not in has and _kept(store, folder, one)]
        segment = folder.write(log_id, bounds, files, journal.entries(bounds))
        count += bounds.last - bounds.first + 1
        last, until = segment.last, segment.until
        journal.trim(last)
    return Shipped(log_id, count, until)


def _in_newest_backup(backup_folder: Path, log_id: str) -> frozenset[str]:
    """Return the names of all files in the newest backup that the log leads on from."""
    paths = sorted(backup_folder.glob("searchsvc-*.tar"), reverse=True)  # their names have the moment
    return next((names for path in paths if (names := _members(path, path.stat().st_mtime_ns, log_id))), frozenset())


@lru_cache(maxsize=2)
def _members(path: Path, _written_at: int, log_id: str) -> frozenset[str]:
    try:
        manifest = read_manifest(path)
    except BackupError:
        return frozenset()
    if manifest.log is None or manifest.log.id != log_id:
        return frozenset()
    return frozenset(member.name for member in manifest.members)


def _kept(store: Store, folder: LogFolder, checksum: str) -> bool:
    path = store.originals.readable(checksum)
    if path is None:
        return False
    try:
        folder.add_file(checksum, path)
    except FileNotFoundError:  # moved to the trash or back meanwhile; if so, the next look finds it
        again = store.originals.readable(checksum)
        if again is None:
            return False
        folder.add_file(checksum, again)
    return True
