"""Making a backup: a consistent copy of the SQLite store and all original files, made while others write."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from searchsvc.atomic_files import sync_folder
from searchsvc.errors import StoreUnavailable
from searchsvc.store import sqlite
from searchsvc.store.backups.archive import (
    DATABASE,
    ArchiveWriter,
    ContentChanged,
    original_name,
    verify_backup,
)
from searchsvc.store.backups.errors import BackupError, StoreDamaged
from searchsvc.store.backups.manifest import LogPosition, Manifest
from searchsvc.store.database import Database
from searchsvc.store.documents import unique_originals
from searchsvc.store.journal import position_of
from searchsvc.store.leftovers import BACKUP_PREFIX, clear_backups
from searchsvc.store.store import Store
from searchsvc.store.tables import documents, state

Progress = Callable[[int], None]
"""Gets the number of files so far. What it raises ends the backup, which then leaves nothing behind."""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds. ``missing`` are checksums of original files that documents name but nobody has, or that are
    damaged; ``bytes`` is its size.
    """

    documents: int
    originals: int
    missing: tuple[str, ...] = ()
    bytes: int = 0


def write_backup(
    store: Store,
    target: Path,
    *,
    progress: Progress | None = None,
    with_originals: bool = True,
    of_damaged_too: bool = False,
    prefix: str = BACKUP_PREFIX,
) -> BackupReport:
    """Write a backup; ``target`` appears when it is complete and was read back without a difference.

    ``prefix``: beginning of the name of the temporary folder beside it. A store that SQLite finds damaged is refused
    unless ``of_damaged_too``. Raises ``BackupError`` or ``StoreUnavailable``, and leaves nothing behind then.
    """
    if not store.database.is_sqlite:
        raise BackupError(
            "backup is for SQLite; back up PostgreSQL with pg_dump, or with pg_basebackup and an archive of its log "
            "for any point in time, and the folder 'originals' as files after that"
        )
    if not target.parent.is_dir():
        raise BackupError(f"cannot write {target}: there is no folder {target.parent}")
    clear_backups(target.parent, (DATABASE, "backup.tar"))
    try:
        with tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent, ignore_cleanup_errors=True) as name:
            folder = Path(name)
            copy_path, partial = folder / DATABASE, folder / "backup.tar"
            _copy_out(store, copy_path)
            moment = datetime.now(UTC)
            facts, checksums = _facts(copy_path, check=not of_damaged_too)
            partial.touch(mode=0o600)
            with partial.open("w+b") as file:
                archive = ArchiveWriter(file)
                archive.add(DATABASE, copy_path)
                copy_path.unlink()
                missing = _add_originals(archive, store, checksums if with_originals else [], progress)
                archive.finish(
                    Manifest(
                        version=version("searchsvc"),
                        made_at=moment,
                        members=archive.members,
                        missing=missing,
                        has_originals=with_originals,
                        **facts,
                    )
                )
                file.flush()
                os.fsync(file.fileno())
            manifest = verify_backup(partial)
            size = partial.stat().st_size
            partial.replace(target)
            sync_folder(target.parent)
    except OSError as error:
        raise BackupError(f"cannot write {target}: {error.strerror or error}") from error
    return BackupReport(manifest.documents, len(manifest.members) - 1, missing, size)


def _copy_out(store: Store, copy_path: Path) -> None:
    with store.database.transaction() as connection:
        try:
            sqlite.copy_out(connection, copy_path)
        except sqlite3.Error as error:
            raise BackupError(f"cannot copy the store to {copy_path.parent.parent} ({error})") from error


def _facts(copy_path: Path, *, check: bool) -> tuple[dict[str, Any], list[str]]:
    """Return what the manifest says of a copy of the store, and the checksums of all files its documents have."""
    copy = Database.open(f"sqlite:///{copy_path.absolute()}")
    try:
        with copy.transaction() as connection:
            if check and (damage := sqlite.find_damage(connection)):
                raise _damaged(damage[0])
            row = connection.execute(select(state)).one()
            tables = str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
            position = position_of(connection)
            checksums = list(unique_originals(connection))
            shown = select(func.count()).select_from(documents).where(documents.c.deleted.is_(False))
            count = int(connection.execute(shown).scalar_one())
    except StoreUnavailable as error:
        raise _damaged(error.message) from error
    finally:
        copy.close()
    # What the write-ahead log had is in the file now.
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            copy_path.with_name(copy_path.name + suffix).unlink()
    facts = {
        "store": str(row.identity),
        "history": str(row.store_id),
        "change": int(row.last_change),
        "tables": tables,
        "documents": count,
        "log": None if position is None else LogPosition(*position),
    }
    return facts, checksums


def _damaged(reason: str) -> StoreDamaged:
    return StoreDamaged(f"the store is damaged, and a backup of it would be ({reason}); restore an earlier backup")


def _add_originals(
    archive: ArchiveWriter, store: Store, checksums: list[str], progress: Progress | None
) -> tuple[str, ...]:
    """Add original files and return the checksums of those that nobody has, or that are damaged."""
    missing: list[str] = []
    for number, checksum in enumerate(checksums, start=1):
        path = store.originals.path(checksum)
        try:
            if path is None:
                missing.append(checksum)
            else:
                archive.add(original_name(checksum), path, checksum=checksum)
        except (ContentChanged, FileNotFoundError):  # its document may have been deleted meanwhile
            missing.append(checksum)
        if progress is not None:
            progress(number)
    return tuple(missing)
