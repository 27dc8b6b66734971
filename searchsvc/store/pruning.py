"""Files and texts of documents that are gone: a deleted PDF must not stay on the disk for ever.

Pictures of pages, which can be drawn again, are kept within a limit.

Only what is older than a grace period goes, because an import keeps a file before it stores its document.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from searchsvc.settings import Settings
from searchsvc.store.store import Store

GRACE_S = 3_600
"""Age that a file without a document must have, in seconds."""


def prune(store: Store, settings: Settings, *, grace_s: float = GRACE_S) -> int:
    """Remove original files that no document has any more, with their extracted text and page pictures.

    Returns the number of files. Raises ``StoreUnavailable``.
    """
    old = store.originals.older_than(time.time() - grace_s)
    unused = sorted(set(old) - store.documents.used_originals(old))
    store.extractions.remove(unused)
    for checksum in unused:
        store.originals.remove(checksum)
        shutil.rmtree(picture_folder(settings, checksum), ignore_errors=True)
    return len(unused) + trim_pictures(settings)


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
                    yield known.st_mtime, known.st_size, entry.path
