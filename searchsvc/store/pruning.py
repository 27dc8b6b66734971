"""Files and texts of documents that are gone: a deleted PDF must not stay on the disk for ever.

Nothing is removed because something else is missing: the store must prove that the files are its own, they go to a
trash first, and stay there for the days that are set. The lock that orders writes is held for a small batch at a time;
whoever writes a document under it gets the file back (``Originals.keep``), however long ago it was kept.

Pictures of pages, which can be drawn again, are kept within a limit.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, select

from searchsvc.settings import Settings
from searchsvc.store.documents import lock_last_change
from searchsvc.store.identity import may_remove
from searchsvc.store.store import Store
from searchsvc.store.tables import documents, takedowns

_DAY_S = 86_400.0

GRACE_S = 3_600
"""Age that a file without a document must have, in seconds: an import keeps a file before it stores its document."""

_BLOCK_BYTES = 4_096
"""What a small file takes, and an empty one is counted as, so that these do not become many."""

_BATCH = 200
_PAUSE_S = 0.05
"""Between batches; writers that wait for SQLite's lock look for it now and then only."""


class _Stop(Protocol):
    def is_set(self) -> bool: ...

    def wait(self, timeout: float) -> bool: ...


def prune(store: Store, settings: Settings, *, grace_s: float = GRACE_S, stop: _Stop | None = None) -> int:
    """Move original files that no document has any more to the trash; forget their texts and page pictures.

    Also empties the trash of what has been there for ``trash_days``. Returns the number of files that were moved.
    Raises ``StoreUnavailable``. With ``stop`` set, ends after the batch.
    """
    stop = stop or threading.Event()
    moved = 0
    if may_remove(store, settings):
        for batch in _batches(store.originals.trashed_before(time.time() - settings.trash_days * _DAY_S)):
            with store.database.transaction() as connection:
                lock_last_change(connection)
                for checksum in batch:
                    store.originals.erase(checksum)
            if stop.wait(_PAUSE_S):
                return moved
        for batch in _batches(store.originals.older_than(time.time() - grace_s)):
            if unused := _discard_unused(store, batch):
                store.extractions.remove(unused)
                for checksum in unused:
                    shutil.rmtree(picture_folder(settings, checksum), ignore_errors=True)
                moved += len(unused)
                if stop.wait(_PAUSE_S):
                    return moved
    trim_pictures(settings)
    return moved


def _discard_unused(store: Store, checksums: Sequence[str]) -> list[str]:
    with store.database.transaction() as connection:
        candidates = _unused(connection, checksums)
    if not candidates:
        return []
    with store.database.transaction() as connection:
        lock_last_change(connection)
        unused = _unused(connection, candidates)
        for checksum in unused:
            store.originals.discard(checksum)
    return unused


def _unused(connection: Connection, checksums: Sequence[str]) -> list[str]:
    """Return those of some files that no document has, taken down or not; deleted ones have none."""
    used: set[str] = set()
    for table in (documents, takedowns):
        query = select(table.c.original_sha256).where(table.c.original_sha256.in_(checksums))
        used.update(connection.execute(query).scalars())
    return [checksum for checksum in checksums if checksum not in used]


def _batches(checksums: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(checksums, _BATCH)):
        yield batch


def trim_pictures(settings: Settings) -> int:
    """Remove the pictures not looked at for longest until the rest fits into ``picture_cache_mb``.

    Returns the number of files. What others remove meanwhile is passed over.
    """
    limit = settings.picture_cache_mb * 1_000_000
    pictures = sorted(_pictures(_pictures_folder(settings)))
    total = sum(size for _, size, _ in pictures)
    removed = 0
    for _, size, path in pictures:
        if total <= limit:
            break
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108 - as it was scanned
            removed += 1
        total -= size
    return removed


def picture_folder(settings: Settings, checksum: str) -> Path:
    """Return where the page pictures of a file are kept."""
    return _pictures_folder(settings) / checksum[:2] / checksum


def _pictures_folder(settings: Settings) -> Path:
    return settings.data_dir.absolute() / "cache" / "pages"


def _pictures(folder: Path | str) -> Iterator[tuple[float, int, str]]:
    """Yield when each picture was looked at last, its size in bytes and its path."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    yield from _pictures(entry.path)
                else:
                    known = entry.stat(follow_symlinks=False)
                    yield known.st_mtime, max(known.st_size, _BLOCK_BYTES), entry.path
