"""Backups: a consistent copy of the SQLite store and all original files in one tar file, made while others write."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, update

from searchsvc.errors import ServiceError
from searchsvc.settings import Settings
from searchsvc.store import sqlite
from searchsvc.store.database import Database, translated_os_errors
from searchsvc.store.documents import unique_originals
from searchsvc.store.identity import begin_history, write_marks
from searchsvc.store.leftovers import BACKUP_PREFIX, RESTORE_PREFIX, clear_backups
from searchsvc.store.migrate import migrate
from searchsvc.store.store import Store
from searchsvc.store.tables import state

_DATABASE = "searchsvc.db"
_ORIGINAL = re.compile(r"originals/[0-9a-f]{2}/[0-9a-f]{2}/([0-9a-f]{64})")


class BackupError(ServiceError):
    """A backup cannot be made or used."""

    kind = "backup_failed"


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds. ``missing`` are checksums of original files that documents name but nobody has."""

    documents: int
    originals: int
    missing: tuple[str, ...] = ()


def write_backup(store: Store, target: Path, *, progress: Callable[[int], None] | None = None) -> BackupReport:
    """Write a backup; ``target`` appears when it is complete. ``progress`` gets the number of files so far.

    Raises ``BackupError`` or ``StoreUnavailable``.
    """
    if not store.database.is_sqlite:
        raise BackupError("backup is for SQLite; back up PostgreSQL with pg_dump, and the folder 'originals' as files")
    clear_backups(target.parent, _DATABASE)
    partial = target.with_name(f".{target.name}.partial")
    with tempfile.TemporaryDirectory(
        prefix=BACKUP_PREFIX, dir=target.parent if target.parent.is_dir() else None
    ) as folder:
        copy_path = Path(folder) / _DATABASE
        with store.database.transaction() as connection:
            sqlite.copy_out(connection, copy_path)
        copy = Database.open(f"sqlite:///{copy_path.absolute()}")
        try:
            with copy.transaction() as connection:
                checksums = list(unique_originals(connection))
            documents = Store(copy, store.originals).documents.count()
        finally:
            copy.close()
        missing: list[str] = []
        try:
            with partial.open("wb") as file:
                with tarfile.open(fileobj=file, mode="w") as archive:
                    archive.add(copy_path, arcname=_DATABASE)
                    for number, checksum in enumerate(checksums, start=1):
                        if not _added(archive, store, checksum):
                            missing.append(checksum)
                        if progress is not None:
                            progress(number)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            with suppress(OSError):
                partial.unlink()
            raise BackupError(f"cannot write {target}: {error.strerror or error}") from error
    return BackupReport(documents, len(checksums) - len(missing), tuple(missing))


def _added(archive: tarfile.TarFile, store: Store, checksum: str) -> bool:
    path = store.originals.path(checksum)
    try:
        if path is not None:
            archive.add(path, arcname=f"originals/{checksum[:2]}/{checksum[2:4]}/{checksum}")
    except FileNotFoundError:  # its document was deleted meanwhile; nothing of it was written
        return False
    return path is not None


def restore_backup(store: Store, settings: Settings, source: Path, *, force: bool = False) -> BackupReport:
    """Replace the content of the store by that of a backup, as one transaction; a running worker rebuilds the index.

    The store is that of its data folder afterwards, whichever one the backup is of, and no original file is removed for
    ``trash_days``. Raises ``BackupError`` when the file is no intact backup, or when the store is not empty and
    ``force`` is not set.
    """
    if not store.database.is_sqlite:
        raise BackupError("restore is for SQLite; restore PostgreSQL with pg_restore")
    if store.documents.last_change() and not force:
        raise BackupError(f"the store in {settings.data_dir} is not empty; add --force to replace its content")
    with (
        translated_os_errors(settings.data_dir),
        tempfile.TemporaryDirectory(prefix=RESTORE_PREFIX, dir=settings.data_dir) as name,
    ):
        folder = Path(name)
        originals = _unpack(store, source, folder)
        with store.database.transaction() as connection:
            identity = connection.execute(select(state.c.identity)).scalar_one()
        copy = Database.open(f"sqlite:///{folder.absolute() / _DATABASE}")
        try:
            with copy.transaction() as connection:
                if damage := sqlite.find_damage(connection):
                    raise BackupError(f"{source} is damaged: {damage[0]}")
            migrate(copy)
            _keep_takedowns(store, Store(copy, store.originals))
            with copy.transaction() as connection:
                # Another history of change numbers begins, so the worker sees that its index is not of this store.
                connection.execute(update(state).values(store_id=secrets.token_hex(16), identity=identity))
                checksums = list(unique_originals(connection))
            begin_history(Store(copy, store.originals))
        finally:
            copy.close()
        with store.database.transaction() as connection:
            sqlite.copy_in(connection, folder / _DATABASE)
    write_marks(store, settings)
    missing = tuple(checksum for checksum in checksums if store.originals.path(checksum) is None)
    return BackupReport(store.documents.count(), originals, missing)


def _keep_takedowns(store: Store, copy: Store) -> None:
    """Take down in a restored store what is taken down in the present one: a backup may be older than the decision."""
    for takedown in store.takedowns.list():
        copy.takedowns.take_down(takedown.document_id, takedown.reason, unknown_too=True)


def _unpack(store: Store, source: Path, folder: Path) -> int:
    """Unpack the database into ``folder`` and the originals into the store; only what a backup consists of."""
    originals = 0
    try:
        with tarfile.open(source, mode="r") as archive:
            for member in archive:
                match = _ORIGINAL.fullmatch(member.name)
                content = archive.extractfile(member) if member.isfile() else None
                if content is None or (match is None and member.name != _DATABASE):
                    raise BackupError(f"{source} is no backup of searchsvc: it contains {member.name!r}")
                path = folder / (match.group(1) if match else _DATABASE)
                with content, path.open("wb") as file:
                    shutil.copyfileobj(content, file)
                if match:
                    if store.originals.add(path) != match.group(1):
                        raise BackupError(f"{source} is damaged: the file {match.group(1)} has another checksum")
                    path.unlink()
                    originals += 1
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{source} is no backup of searchsvc, or damaged: {error}") from error
    except OSError as error:
        raise BackupError(f"cannot read {source}: {error.strerror or error}") from error
    if not (folder / _DATABASE).is_file():
        raise BackupError(f"{source} is no backup of searchsvc: it has no {_DATABASE}")
    return originals
