"""One import of a source at a time: a file lock, which the system releases however its holder ends."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from searchsvc.oparl.errors import ImportRunning
from searchsvc.settings import Settings
from searchsvc.source_state import lock_path
from searchsvc.store import OParlSource

_TRIES = 5
_TRY_EVERY_S = 0.05


@contextmanager
def source_lock(settings: Settings, source: OParlSource) -> Iterator[Path]:
    """Hold the lock of a source and yield an empty folder for its files on their way.

    Raises ``ImportRunning`` when another process holds it, ``OSError`` when the folder cannot be made.
    """
    path = lock_path(settings, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _locked(descriptor):
            raise ImportRunning(f"{source.url} is being imported by another process; wait for it to end")
        # What a killed import left behind is nobody's.
        spool = path.with_suffix("")
        shutil.rmtree(spool, ignore_errors=True)
        spool.mkdir()
        try:
            yield spool
        finally:
            shutil.rmtree(spool, ignore_errors=True)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    # Somebody who only looks whether an import runs holds the lock for a moment.
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_TRY_EVERY_S)
        else:
            return True
    return False
