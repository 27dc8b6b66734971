"""The files in which web processes count, where a full disk cannot reach them.

prometheus-client maps them into memory. A page of a mapped file for which the disk has no block ends the process with
SIGBUS, and no ``except`` helps. So the files are in memory where there is a file system for that, else in the data
folder, and their blocks are taken before they are mapped. Imports nothing of prometheus-client, which decides when it
is imported how it counts.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
from contextlib import suppress
from pathlib import Path

from searchsvc.settings import Settings

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
SIZES = {"counter": 2 << 20, "histogram": 4 << 20}
"""Bytes of each process's files; ``metrics`` sees to it that no more labels are used than they have room for."""

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own below it, see _is_ours
_BYTES_OF_PROCESS = sum(SIZES.values())


def metrics_folder(settings: Settings, memory: Path = _MEMORY) -> Path:
    """Return where the web processes of a data folder count: in memory if there is room for twice as many of them."""
    data_dir = settings.data_dir.absolute()
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    in_memory = memory / f"searchsvc-metrics-{os.getuid()}-{name}"
    try:
        if in_memory.exists() and not _is_ours(in_memory):
            return data_dir / "metrics"
        if any(in_memory.glob("*.db")):
            return in_memory  # the service runs, and reads its configuration again
        has_room = shutil.disk_usage(memory).free > 2 * settings.web_workers * _BYTES_OF_PROCESS
    except OSError:  # there is no such memory
        has_room = False
    return in_memory if has_room and os.access(memory, os.W_OK) else data_dir / "metrics"


def begin(folder: Path) -> bool:
    """Begin to count at zero; tell whether the folder can be used."""
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _is_ours(folder)


def end(folder: Path) -> None:
    """Leave nothing behind."""
    shutil.rmtree(folder, ignore_errors=True)


def reserve(folder: Path, pid: int) -> bool:
    """Take the blocks of a process's files; tell whether there was room for all of them. Files in use stay."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for kind, size in SIZES.items():
            path = folder / f"{kind}_{pid}.db"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, size)
            except OSError:
                path.unlink()
                raise
            finally:
                os.close(descriptor)
    except OSError:
        return False
    return True


def give_back(folder: Path, pid: int) -> None:
    """Keep of the files of a process that has ended only what it has counted."""
    for kind in SIZES:
        with suppress(OSError, struct.error), (folder / f"{kind}_{pid}.db").open("r+b") as file:
            (used,) = struct.unpack("i", file.read(4))  # as prometheus_client.mmap_dict writes it
            if used > 0:
                file.truncate(used)
            else:
                os.unlink(file.name)  # noqa: PTH108 - the one that is open


def _is_ours(folder: Path) -> bool:
    """Tell whether nobody else can have put anything there."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return not folder.is_symlink() and status.st_uid == os.getuid() and os.access(folder, os.W_OK)
