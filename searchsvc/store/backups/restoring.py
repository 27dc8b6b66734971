"""Putting a backup back. Everything is verified before anything is replaced, and then replaced as one transaction.

Killed at any moment it leaves the old store or the new one. What was replaced goes to the trash of the data folder.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select, update

from searchsvc.errors import StoreUnavailable
from searchsvc.settings import Settings
from searchsvc.store import sqlite
from searchsvc.store.backups.archive import DATABASE, original_checksum, unpack, verify_backup
from searchsvc.store.backups.errors import BackupError, StoreDamaged
from searchsvc.store.backups.making import write_backup
from searchsvc.store.backups.manifest import Manifest
from searchsvc.store.backups.replaying import Replayed, files_for, replay, segments_after
from searchsvc.store.backups.segments import LogFolder, Segment
from searchsvc.store.database import Database, translated_os_errors
from searchsvc.store.documents import unique_originals
from searchsvc.store.identity import begin_history, known_names, write_marks
from searchsvc.store.journal import forget_journal
from searchsvc.store.leftovers import RESTORE_PREFIX, trash_folder
from searchsvc.store.originals import checksum_of
from searchsvc.store.store import Store
from searchsvc.store.tables import api_keys, state


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was put back. ``missing`` are checksums of original files that documents name but nobody has.

    ``as_of`` is the moment of the state that was restored, ``transactions`` how many of the log came after the backup;
    ``replaced`` is where the store that was there is now.
    """

    documents: int
    originals: int
    missing: tuple[str, ...]
    as_of: datetime
    transactions: int = 0
    replaced: Path | None = None


def restore_backup(
    store: Store,
    settings: Settings,
    source: Path,
    *,
    force: bool = False,
    other_store: bool = False,
    to: datetime | None = None,
    log_folder: Path | None = None,
) -> RestoreReport:
    """Replace the content of the store by that of a backup, as one transaction; a running worker rebuilds the index.

    ``to`` goes on from the backup with the log in ``log_folder``, up to and with that moment. Takedowns of the present
    store stay in force, and no original file is removed for ``trash_days``.

    Raises ``BackupError`` before anything is replaced: when any byte of the backup or the log differs, when the store
    is not empty and ``force`` is not set, or when it is another one than that of the backup without ``other_store``.
    """
    if not store.database.is_sqlite:
        raise BackupError("restore is for SQLite; restore PostgreSQL with pg_restore, or from its archived log")
    is_empty = not store.documents.last_change()
    if not is_empty and not force:
        raise BackupError(f"the store in {settings.data_dir} is not empty; add --force to replace its content")
    manifest = verify_backup(source)
    _check_identity(store, settings, manifest, source, is_empty=is_empty, other_store=other_store)
    segments = _segments(manifest, source, to, log_folder)
    with (
        translated_os_errors(settings.data_dir),
        tempfile.TemporaryDirectory(prefix=RESTORE_PREFIX, dir=settings.data_dir) as name,
    ):
        folder = Path(name)
        _unpack(store, source, manifest, folder)
        copy = Database.open(f"sqlite:///{folder.absolute() / DATABASE}")
        try:
            replayed, checksums = _prepare(store, copy, manifest, source, segments, to)
        finally:
            copy.close()
        _bring_files(store, segments, log_folder)
        replaced = None if is_empty else _to_trash(store, settings)
        # Until the marks are written again, the folders belong to either store.
        write_marks(store, settings, and_also=manifest.store)
        with store.database.transaction() as connection:
            sqlite.copy_in(connection, folder / DATABASE)
    write_marks(store, settings)
    missing = tuple(checksum for checksum in checksums if store.originals.path(checksum) is None)
    return RestoreReport(
        store.documents.count(),
        len(checksums) - len(missing),
        missing,
        replayed.until or manifest.made_at,
        replayed.transactions,
        replaced,
    )


def _check_identity(
    store: Store, settings: Settings, manifest: Manifest, source: Path, *, is_empty: bool, other_store: bool
) -> None:
    names = known_names(settings)
    if not is_empty:
        with store.database.transaction() as connection:
            names |= {str(connection.execute(select(state.c.identity)).scalar_one())}
    elif not store.originals.any():
        names = set()  # nothing there belongs to anybody
    if names and manifest.store not in names and not other_store:
        raise BackupError(
            f"{source} is a backup of another store ({manifest.store[:8]}…) than {settings.data_dir} belongs to; "
            "add --other-store if that is meant"
        )


def _segments(manifest: Manifest, source: Path, to: datetime | None, log_folder: Path | None) -> list[Segment]:
    if to is None:
        return []
    if manifest.made_at > to:
        raise BackupError(f"{source} was made after that moment, at {manifest.made_at.isoformat(timespec='seconds')}")
    return segments_after(manifest, log_folder or source.parent, to)


def _prepare(
    store: Store, copy: Database, manifest: Manifest, source: Path, segments: list[Segment], to: datetime | None
) -> tuple[Replayed, list[str]]:
    """Make of an unpacked database what the store is to be; return what was replayed and the files that it names."""
    with copy.transaction() as connection:
        if damage := sqlite.find_damage(connection):
            raise BackupError(f"{source} is damaged: {damage[0]}")
        if copy.has_column(connection, "journal", "number"):
            forget_journal(connection)
    replayed = replay(copy, manifest, segments, to) if to is not None else Replayed()
    copied = Store(copy, store.originals, store.sealer)
    copied.migrate()
    _keep_takedowns(store, copied)
    _keep_revocations(store, copied)
    with copy.transaction() as connection:
        # Another history of change numbers begins, so the worker sees that its index is not of this store.
        connection.execute(update(state).values(store_id=secrets.token_hex(16), identity=manifest.store))
        checksums = list(unique_originals(connection))
    begin_history(copied)
    return replayed, checksums


def _keep_takedowns(store: Store, copy: Store) -> None:
    """Take down in a restored store what is taken down in the present one: a backup may be older than the decision."""
    for takedown in store.takedowns.list():
        copy.takedowns.take_down(takedown.document_id, takedown.reason, unknown_too=True)
        copy.takedowns.add_marks(takedown.document_id, store.takedowns.marks(takedown.document_id))


_KEY_STATE = (
    "token_hash", "revoked_at", "former_hash", "former_until", "scopes", "filters", "expires_at", "signing",
    "former_signing",
)  # fmt: skip


def _keep_revocations(store: Store, copy: Store) -> None:
    """Let no key be good again that was revoked or replaced since: those of the present store count as they are now."""
    with store.database.transaction() as connection:
        rows = connection.execute(select(api_keys)).mappings().all()
    with copy.database.transaction() as connection:
        for row in rows:
            now = {name: row[name] for name in _KEY_STATE}
            same = (api_keys.c.id == row["id"], api_keys.c.created_at == row["created_at"])
            connection.execute(update(api_keys).where(*same).values(now))


def _unpack(store: Store, source: Path, manifest: Manifest, folder: Path) -> None:
    """Unpack the database into ``folder`` and the originals into the store, which keeps each under its checksum."""

    def done(name: str, path: Path) -> None:
        if original_checksum(name) is not None:
            store.originals.add(path)
            path.unlink()

    unpack(source, manifest, lambda name: folder / (original_checksum(name) or DATABASE), done)


def _bring_files(store: Store, segments: list[Segment], log_folder: Path | None) -> None:
    for segment in segments:
        folder = LogFolder(log_folder or segment.path.parent.parent.parent)
        for checksum in files_for([segment]):
            path = folder.file(checksum)
            # One that is damaged is none; the report names it if nobody else has it.
            if store.originals.path(checksum) is None and path.is_file() and checksum_of(path) == checksum:
                store.originals.add(path)


def _to_trash(store: Store, settings: Settings) -> Path:
    """Keep the store that is to be replaced as a backup without original files, which stay where they are.

    One that is too damaged for that is kept as the file it is.
    """
    folder = trash_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"store-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}.tar"
    try:
        write_backup(store, target, with_originals=False, of_damaged_too=True)
    except (StoreUnavailable, StoreDamaged):
        target = target.with_suffix(".db")
        for suffix in ("", "-wal"):
            source = store.database.file.with_name(store.database.file.name + suffix)
            if source.exists():
                shutil.copyfile(source, target.with_name(target.name + suffix))
    return target
