"""Files that a process which was killed could not remove: spools and copies under names that only we give.

Nobody tells whether a process elsewhere still uses one, so only those that nobody has written to for a day are removed.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from searchsvc.settings import Settings

BACKUP_PREFIX = ".backup-"
SCHEDULED_PREFIX = ".scheduled-"
RESTORE_PREFIX = ".restore-"
NEW_ORIGINAL_PREFIX = ".new-"
UPLOAD_PREFIX = "upload-"

_OLD_S = 86_400.0
_IN_DATA = (
    RESTORE_PREFIX,
    ".worker.json-",
    ".rebuild.request-",
    ".store.id-",
    ".synonyms-",
    ".stop_words-",
    ".backup.json-",
    ".secret.key-",
    ".verification.json-",
)
_IN_TRASH = (BACKUP_PREFIX,)
_IN_ORIGINALS = (NEW_ORIGINAL_PREFIX, ".store.id-")


def clear_leftovers(settings: Settings) -> int:
    """Remove what killed processes have left in the data folder; return how many files and folders."""
    folders = (
        (settings.data_dir, _IN_DATA),
        (settings.originals_dir, _IN_ORIGINALS),
        (settings.uploads_dir, (UPLOAD_PREFIX,)),
    )
    return sum(_clear(folder, prefixes) for folder, prefixes in folders)


def trash_folder(settings: Settings) -> Path:
    """Return where stores go that were replaced."""
    return settings.data_dir / ".trash"


def empty_trash(settings: Settings) -> int:
    """Remove replaced stores that have been in the trash for ``trash_days``; return how many."""
    removed = 0
    for path in _named(trash_folder(settings), ("store-", *_IN_TRASH)):
        with suppress(OSError):
            if _last_written(path) < time.time() - max(settings.trash_days * 86_400.0, _OLD_S * path.is_dir()):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                removed += 1
    return removed


def clear_backups(folder: Path, names: tuple[str, ...]) -> int:
    """Remove folders that killed backups have left in a folder, which may be anybody's: those with such files only."""

    def is_copy(path: Path) -> bool:
        return path.is_dir() and all(one.name.startswith(names) for one in path.iterdir())

    return _clear(folder, (BACKUP_PREFIX,), is_copy)


def _clear(folder: Path, prefixes: Iterable[str], is_ours: Callable[[Path], bool] = lambda _: True) -> int:
    removed = 0
    for path in _named(folder, tuple(prefixes)):
        # Another process may be removing the same.
        with suppress(OSError):
            if is_ours(path) and _last_written(path) < time.time() - _OLD_S:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                removed += 1
    return removed


def _named(folder: Path, prefixes: tuple[str, ...]) -> Iterator[Path]:
    with suppress(OSError):
        yield from [path for path in folder.iterdir() if path.name.startswith(prefixes) and not path.is_symlink()]


def _last_written(path: Path) -> float:
    inside: Iterable[Path] = path.rglob("*") if path.is_dir() else ()
    return max(one.lstat().st_mtime for one in (path, *inside))
