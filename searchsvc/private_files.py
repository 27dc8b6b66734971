"""Files of the service are for the user that it runs as, and for nobody else on the machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

UMASK = 0o077
_OTHERS = 0o007
_OWNER = 0o700


_OURS = frozenset(
    (
        *("searchsvc.db", "searchsvc.db-wal", "searchsvc.db-shm", "searchsvc.db-journal", "store.id", "secret.key"),
        *("originals", "uploads", "index", "index.history", "cache", "sample", "oparl", "metrics", ".trash"),
        *("worker.json", "backup.json", "rebuild.request", "serve.lock", "settings-in-use.toml"),
    )
)
_OUR_PREFIXES = tuple(
    f".{name}-" for name in ("restore", "worker.json", "backup.json", "rebuild.request", "store.id", "secret.key")
)


def keep_private() -> None:
    """Let whatever this process and its children make be readable by their own user only."""
    os.umask(UMASK)


def tighten_data(folder: Path) -> int:
    """Close a data folder: what in it is the service's, and the folder itself if there is nothing else in it.

    One level is enough: what is in a folder that others cannot enter is out of their reach. Raises ``OSError``.
    """
    found = list(folder.iterdir())
    ours = [path for path in found if path.name in _OURS or path.name.startswith(_OUR_PREFIXES)]
    return tighten(ours if len(ours) < len(found) else (folder, *ours))


def tighten(paths: Iterable[Path]) -> int:
    """Take from files and folders what they allow to everybody, and then also to the group; return how many did.

    One that is closed to everybody stays as it is: its group was given by somebody on purpose. What belongs to another
    user is passed over, as are links and what is not there.
    """
    changed = 0
    for path in paths:
        with suppress(OSError):
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode) and mode & _OTHERS:
                path.chmod(stat.S_IMODE(mode) & _OWNER)
                changed += 1
    return changed
