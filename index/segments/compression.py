"""Compression of stored texts: Zstandard with a dictionary trained on the collection itself.

Texts are compressed in small pieces, so that showing ten hits unpacks ten pieces; what these have in common is in the
dictionary, once per segment. Small segments do without.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

import zstandard

LEVEL = 3
DICTIONARY_BYTES = 112 * 1024
SAMPLES_PER_DICTIONARY_BYTE = 30
"""Zstandard's advice is a hundred times the dictionary's size; beyond this, nothing was gained."""

MIN_SAMPLES = 200


class Compressor:
    """Compresses pieces of text. Not thread-safe. ``dictionary``: as ``trained`` returned it; empty: none."""

    def __init__(self, dictionary: bytes = b"") -> None:
        self.dictionary = dictionary
        self._compressor = zstandard.ZstdCompressor(LEVEL, dict_data=_loaded(dictionary), write_dict_id=False)

    def compress(self, piece: bytes) -> bytes:
        """Return a piece compressed; it knows its own size."""
        return self._compressor.compress(piece)


class Decompressor:
    """Reads what a ``Compressor`` with the same dictionary wrote. Thread-safe."""

    def __init__(self, dictionary: bytes = b"") -> None:
        self._dictionary = _loaded(dictionary)
        self._local = threading.local()  # a context must not be used by two threads at once

    def decompress(self, piece: bytes) -> bytes:
        """Return what was compressed. Raises ``zstandard.ZstdError`` for anything else."""
        context = getattr(self._local, "context", None)
        if context is None:
            context = self._local.context = zstandard.ZstdDecompressor(dict_data=self._dictionary)
        return bytes(context.decompress(piece))


def trained(samples: Iterable[bytes]) -> bytes:
    """Return a dictionary for pieces like ``samples``; empty when these are too few to gain anything."""
    wanted = DICTIONARY_BYTES * SAMPLES_PER_DICTIONARY_BYTE
    taken: list[bytes | bytearray | memoryview[int]] = []
    for sample in samples:
        taken.append(sample)
        wanted -= len(sample)
        if wanted <= 0:
            break
    if len(taken) < MIN_SAMPLES or wanted > DICTIONARY_BYTES * SAMPLES_PER_DICTIONARY_BYTE // 2:
        return b""
    try:
        return bytes(zstandard.train_dictionary(DICTIONARY_BYTES, taken).as_bytes())
    except zstandard.ZstdError:  # the samples have too little in common
        return b""


def _loaded(dictionary: bytes) -> zstandard.ZstdCompressionDict | None:
    return zstandard.ZstdCompressionDict(dictionary) if dictionary else None
