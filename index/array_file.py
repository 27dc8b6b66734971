"""A file of named arrays, mapped into memory: what a segment consists of.

Layout (little endian): the magic and format version, the arrays one after the other on 8-byte boundaries, a directory
(JSON: name -> [offset, dtype, length, CRC-32]), the directory's offset, length and CRC-32, and the magic again. A file
that was cut short has no directory at its end, so truncation is noticed when it is opened; the arrays' checksums are
verified on request, because reading everything once would cost what mapping saves.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.reading import CorruptIndexError

MAGIC = b"searchsvc arrays"
FORMAT_VERSION = 3
_HEADER = struct.Struct("<16sQ")
_FOOTER = struct.Struct("<QQQ16s")
_ALIGNMENT = 8

Array = npt.NDArray[Any]


class ArrayFileWriter:
    """Writes arrays to an open file, one after the other; ``close`` makes it readable."""

    def __init__(self, file: Any) -> None:
        self._file = file
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
        self._file.close()

    def abandon(self) -> None:
        """Close the file as it is: cut short, as a reader will notice."""
        self._file.file.close()


class ArrayFile:
    """Reads a file of arrays. ``file`` is an ``index.storage.MappedFile`` of ``size`` bytes.

    Raises whoosh's ``CorruptIndexError`` for a file that was cut short, damaged in its directory, or of another format.
    """

    def __init__(self, file: Any, size: int, name: str) -> None:
        self._file = file
        self._name = name
        if size < _HEADER.size + _FOOTER.size:
            raise CorruptIndexError(f"{name} is cut short")
        magic, version = _HEADER.unpack(file.get(0, _HEADER.size))
        if magic != MAGIC:
            raise CorruptIndexError(f"{name} is not a file of arrays")
        if version != FORMAT_VERSION:
            raise CorruptIndexError(f"{name} has format {version}, this program reads {FORMAT_VERSION}")
        at, length, checksum, magic = _FOOTER.unpack(file.get(size - _FOOTER.size, _FOOTER.size))
        if magic != MAGIC or at + length + _FOOTER.size != size:
            raise CorruptIndexError(f"{name} is cut short")
        directory = file.get(at, length)
        if zlib.crc32(directory) != checksum:
            raise CorruptIndexError(f"the directory of {name} is damaged")
        self._directory: dict[str, tuple[int, str, int, int]] = json.loads(directory)
        self._arrays: dict[str, Array] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._directory

    def names(self) -> list[str]:
        """Return the names of all arrays."""
        return list(self._directory)

    def array(self, name: str) -> Array:
        """Return an array without copying it. Raises ``CorruptIndexError`` when there is none of this name."""
        found = self._arrays.get(name)
        if found is None:
            if name not in self._directory:
                raise CorruptIndexError(f"{self._name} has no {name}")
            offset, dtype, length, _ = self._directory[name]
            kind = np.dtype(dtype)
            found = np.frombuffer(self._file.view(offset, length * kind.itemsize), dtype=kind)
            self._arrays[name] = found
        return found

    def verify(self) -> None:
        """Compare every array with its checksum. Raises ``CorruptIndexError`` naming the first that differs."""
        for name, (offset, dtype, length, checksum) in self._directory.items():
            if zlib.crc32(self._file.view(offset, length * np.dtype(dtype).itemsize)) != checksum:
                raise CorruptIndexError(f"{name} in {self._name} is damaged")


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
