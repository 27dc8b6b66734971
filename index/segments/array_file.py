"""A file of named arrays, mapped into memory: what a segment consists of.

Layout (little endian): the magic and format version, the arrays one after the other on 8-byte boundaries, a directory
(JSON: name -> [offset, dtype, length, CRC-32]), the directory's offset, length and CRC-32, and the magic again. A file
that was cut short has no directory at its end, so truncation is noticed when it is opened; the arrays' checksums are
verified on request, because reading everything once would cost what mapping saves.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.segments.damage import SegmentDamaged

MAGIC = b"searchsvc arrays"
FORMAT_VERSION = 3
_HEADER = struct.Struct("<16sQ")
_FOOTER = struct.Struct("<QQQ16s")
_ALIGNMENT = 8
_VERIFIED_AT_ONCE = 4_000_000

Array = npt.NDArray[Any]


class ArrayFileWriter:
    """Writes arrays to a new file, one after the other; ``close`` makes it readable.

    A file that exists is never written again: readers may have it mapped. ``durable`` False: it is on the disk only
    after ``make_durable``, because much of what is written will not be kept. Raises ``OSError``.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self._file = file = path.open("xb")
        self._durable = durable
        self._directory: dict[str, tuple[int, str, int, int]] = {}
        file.write(_HEADER.pack(MAGIC, FORMAT_VERSION))
        self._at = _HEADER.size

    def add(self, name: str, array: Array) -> None:
        """Append a one-dimensional array; unsigned integers are stored as narrowly as their largest value allows."""
        data = np.ascontiguousarray(narrowed(array))
        data = data.astype(data.dtype.newbyteorder("<"), copy=False)
        raw = data.view(np.uint8).data if len(data) else b""
        padding = -self._at % _ALIGNMENT
        self._file.write(b"\0" * padding)
        self._file.write(raw)
        self._directory[name] = (self._at + padding, data.dtype.str, len(data), zlib.crc32(raw))
        self._at += padding + data.nbytes

    def close(self) -> None:
        """Write the directory and close the file."""
        directory = json.dumps(self._directory).encode()
        self._file.write(directory)
        self._file.write(_FOOTER.pack(self._at, len(directory), zlib.crc32(directory), MAGIC))
        if self._durable:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Close the file as it is: cut short, as a reader will notice."""
        self._file.close()


class ArrayFile:
    """Reads a file of arrays in place: mapped once, so that all processes of a machine share a copy in the page cache.

    Raises ``OSError``, or ``SegmentDamaged`` for a file that was cut short, damaged in its directory, or of another
    format.
    """

    def __init__(self, path: Path) -> None:
        self._name = name = path.name
        with path.open("rb") as file:
            self.size = size = os.fstat(file.fileno()).st_size
            if not size:  # nothing that could be mapped
                raise SegmentDamaged(f"{name} is cut short")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if size < _HEADER.size + _FOOTER.size:
            raise SegmentDamaged(f"{name} is cut short")
        magic, version = _HEADER.unpack_from(self._map, 0)
        if magic != MAGIC:
            raise SegmentDamaged(f"{name} is not a file of arrays")
        if version != FORMAT_VERSION:
            raise SegmentDamaged(f"{name} has format {version}, this program reads {FORMAT_VERSION}")
        at, length, checksum, magic = _FOOTER.unpack_from(self._map, size - _FOOTER.size)
        if magic != MAGIC or at + length + _FOOTER.size != size:
            raise SegmentDamaged(f"{name} is cut short")
        directory = self._map[at : at + length]
        if zlib.crc32(directory) != checksum:
            raise SegmentDamaged(f"the directory of {name} is damaged")
        self._directory: dict[str, tuple[int, str, int, int]] = json.loads(directory)
        self._arrays: dict[str, Array] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._directory

    def names(self) -> list[str]:
        """Return the names of all arrays."""
        return list(self._directory)

    def array(self, name: str) -> Array:
        """Return an array without copying it. Raises ``SegmentDamaged`` when there is none of this name."""
        found = self._arrays.get(name)
        if found is None:
            if name not in self._directory:
                raise SegmentDamaged(f"{self._name} has no {name}")
            offset, dtype, length, _ = self._directory[name]
            kind = np.dtype(dtype)
            found = np.frombuffer(self._view(offset, length * kind.itemsize), dtype=kind)
            self._arrays[name] = found
        return found

    def verify(self, read: Callable[[int], object] = lambda _: None) -> None:
        """Compare every array with its checksum. Raises ``SegmentDamaged`` naming the first that differs.

        ``read`` is called with the number of bytes of each piece that was read.
        """
        for name, (offset, dtype, length, checksum) in self._directory.items():
            found, end = 0, offset + length * np.dtype(dtype).itemsize
            for start in range(offset, end, _VERIFIED_AT_ONCE):
                piece = self._view(start, min(_VERIFIED_AT_ONCE, end - start))
                found = zlib.crc32(piece, found)
                read(len(piece))
            if found != checksum:
                raise SegmentDamaged(f"{name} in {self._name} is damaged")

    def _view(self, offset: int, length: int) -> memoryview:
        return memoryview(self._map)[offset : offset + length]


def make_durable(path: Path) -> None:
    """Make a file last. Raises ``OSError``."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def narrowed(array: Array) -> Array:
    """Return unsigned integers in the narrowest type that holds them; any other array as it is."""
    if array.dtype.kind != "u" or not len(array):
        return array
    largest = int(array.max())
    for dtype in (np.uint8, np.uint16, np.uint32):
        if largest <= np.iinfo(dtype).max:
            return array.astype(dtype, copy=False)
    return array


def pack_strings(values: list[bytes]) -> tuple[Array, Array]:
    """Return byte strings as one array of bytes and their offsets (one more than there are strings)."""
    offsets = np.zeros(len(values) + 1, dtype=np.uint64)
    if values:
        np.cumsum(np.fromiter(map(len, values), dtype=np.uint64, count=len(values)), out=offsets[1:])
    return np.frombuffer(b"".join(values), dtype=np.uint8), offsets
