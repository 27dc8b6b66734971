"""One import of a source at a time: a file lock, which the system releases however its holder ends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from searchsvc.oparl.errors import ImportRunning
from searchsvc.settings import Settings
from searchsvc.shown import shown_address
from searchsvc.source_state import lock_path
from searchsvc.store import OParlSource

_PATIENCE_S = 0.25
"""Somebody who only looks whether an import runs holds the lock for a moment."""


@contextmanager
def source_lock(settings: Settings, source: OParlSource) -> Iterator[Path]:
    """Hold the lock of a source and yield an empty folder for its files on their way.

    Raises ``ImportRunning`` when another process holds it, ``OSError`` when the folder cannot be made.
    """
    path = lock_path(settings, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(path, timeout=_PATIENCE_S, thread_local=False).acquire()
    except Timeout as error:
        raise ImportRunning(
            f"{shown_address(source.url)} is being imported by another process; wait for it to end"
        ) from error
    with lock:
        # What a killed import left behind is nobody's.
        spool = path.with_suffix("")
        shutil.rmtree(spool, ignore_errors=True)
        spool.mkdir()
        try:
            yield spool
        finally:
            shutil.rmtree(spool, ignore_errors=True)
