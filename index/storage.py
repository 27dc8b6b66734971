"""Whoosh's file storage with memory-mapped reading.

Whoosh maps only compound segments, and copies what it maps into each process. Here every file is mapped once and read
in place, so that the web workers of a machine share one copy of the index in the page cache, and reading at an offset
is safe from any thread.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile


class MappedFile(StructFile):  # type: ignore[misc]  # whoosh's classes are untyped
    """A read-only file in memory. ``get`` and ``view`` read at an offset and move no file pointer."""

    def __init__(self, path: Path, **kwargs: Any) -> None:
        with path.open("rb") as file:
            # An empty file cannot be mapped.
            empty = path.stat().st_size == 0
            self._map = mmap.mmap(-1, 1) if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        super().__init__(self._map, **kwargs)

    def get(self, position: int, length: int) -> bytes:
        """Return ``length`` bytes from ``position``."""
        return self._map[position : position + length]

    def view(self, position: int, length: int) -> memoryview:
        """Return ``length`` bytes from ``position`` without copying them."""
        return memoryview(self._map)[position : position + length]


class MappedStorage(FileStorage):  # type: ignore[misc]
    """A folder of index files, opened by mapping. What is written is on the disk when its file is closed.

    A file that exists is never written again: readers may have it mapped. ``durable`` False: what is written is on the
    disk only after ``sync``, because much of it will not be kept.
    """

    def __init__(self, folder: Path | str, *, durable: bool = True, readonly: bool = False) -> None:
        super().__init__(str(folder), readonly=readonly)
        self._durable = durable

    def create_file(self, name: str, **_: Any) -> StructFile:
        onclose = _sync if self._durable else None
        return StructFile((Path(self.folder) / name).open("xb"), name=name, onclose=onclose)

    def sync(self, name: str) -> None:
        """Make a file last."""
        with (Path(self.folder) / name).open("rb") as file:
            os.fsync(file.fileno())

    def open_file(self, name: str, **kwargs: Any) -> MappedFile:
        return MappedFile(Path(self.folder) / name, name=name, **kwargs)


def _sync(file: StructFile) -> None:
    file.file.flush()
    os.fsync(file.file.fileno())
