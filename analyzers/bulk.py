"""Words of large texts as numbers, for building indexes: the words of ``tokens.surfaces``, many times faster.

Most German texts can be written in one byte per character. Of such texts whole batches are cut into words at once, with
arrays: a word is known by a 64-bit hash, which a table turns into its number, so that Python looks only at words that
are new. What the arrays cannot do (other alphabets, words longer than any) goes the ordinary way; both ways share one
numbering.

The hash is a polynomial modulo 2^64 with random coefficients that nobody outside the process knows. That two of a
million words share theirs, so that one would be taken for the other, has a probability of less than 10^-7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from analyzers.tokens import WORD, surfaces

# The second has the punctuation of word processors („…“, –, •, €) as well. The letters of the first are in the same
# places there.
_ENCODINGS = ("latin-1", "cp1252")

BATCH_BYTES = 1 << 18
"""Text that is cut at once: as much as fits into a processor's cache with the arrays made of it."""

MAX_WORD_BYTES = 64
"""Longer ones are no words, and are looked up the ordinary way: for them equal hashes could be constructed."""

_EMPTY = 0
Array = npt.NDArray[Any]
_Batch = list[tuple[str, bytes]]
"""Texts with their encodings; together less than ``BATCH_BYTES``."""


class WordNumbers:
    """Numbers distinct words in the order in which they are first seen. Not thread-safe."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._table = _HashTable()
        self._of_byte, self._powers, self._inverse_powers = _coefficients()

    def __len__(self) -> int:
        return len(self._numbers)

    def surfaces(self) -> list[str]:
        """Return all words by their numbers."""
        return list(self._numbers)

    def number(self, texts: Sequence[str]) -> tuple[Array, Array]:
        """Return the numbers (int32) of the words of all texts, one after the other, and how many words each has."""
        numbers: list[Array] = []
        counts: list[Array] = []
        for batch in _batches(texts):
            if isinstance(batch, str):
                words = surfaces(batch)
                numbers.append(np.fromiter(map(self._number, words), np.int32, len(words)))
                counts.append(np.array([len(words)]))
            else:
                self._number_batch(batch, numbers, counts)
        return np.concatenate(numbers or [np.empty(0, np.int32)]), np.concatenate(counts or [np.empty(0, np.int64)])

    def _number(self, word: str) -> int:
        return self._numbers.setdefault(word, len(self._numbers))

    def _number_batch(self, batch: _Batch, numbers: list[Array], counts: list[Array]) -> None:
        """Number the words of encoded texts."""
        joined = b" ".join((b"", *(encoded for _, encoded in batch), b""))
        flags = (encoded.translate(_IS_WORD[encoding]) for encoding, encoded in batch)
        is_word = np.frombuffer(b"\0".join((b"", *flags, b"")), np.bool_)
        # Words begin and end where the one changes into the other.
        bounds = np.flatnonzero(is_word[1:] != is_word[:-1]) + 1
        starts, ends = bounds[::2], bounds[1::2]
        coefficients = self._of_byte[np.frombuffer(joined, np.uint8)]
        coefficients *= self._powers[: len(joined)]
        sums = np.cumsum(coefficients)
        hashes = sums[ends - 1] - sums[starts - 1]
        hashes *= self._inverse_powers[starts]
        hashes[hashes == _EMPTY] = 1
        found = self._table.find(hashes)
        for at in np.flatnonzero(ends - starts > MAX_WORD_BYTES).tolist():
            found[at] = self._number(joined[starts[at] : ends[at]].decode("cp1252"))
        missing = np.flatnonzero(found < 0)
        new = missing[np.sort(np.unique(hashes[missing], return_index=True)[1])]
        spans = zip(starts[new].tolist(), ends[new].tolist(), strict=True)
        self._table.add(hashes[new], [self._number(joined[start:end].decode("cp1252")) for start, end in spans])
        found[missing] = self._table.find(hashes[missing])
        numbers.append(found)
        text_ends = np.cumsum([len(encoded) + 1 for _, encoded in batch])
        counts.append(np.diff(np.searchsorted(starts, text_ends, "right"), prepend=0))


class _HashTable:
    """Numbers by hashes, in an array that is looked up for many at once (open addressing, linear probing)."""

    def __init__(self) -> None:
        self._bits = 16
        self._count = 0
        self._hashes = np.zeros(1 << self._bits, np.uint64)
        self._numbers = np.zeros(1 << self._bits, np.int32)

    def find(self, hashes: Array) -> Array:
        """Return the number of each hash (int32), -1 for those that are not there."""
        slots = self._slots(hashes)
        there = self._hashes[slots]
        numbers = self._numbers[slots]
        open_ = np.flatnonzero(there != hashes)
        numbers[open_] = -1
        open_ = open_[there[open_] != _EMPTY]
        while len(open_):
            slots[open_] = (slots[open_] + 1) & (len(self._hashes) - 1)
            at = slots[open_]
            there = self._hashes[at]
            is_found = there == hashes[open_]
            numbers[open_[is_found]] = self._numbers[at[is_found]]
            open_ = open_[~is_found & (there != _EMPTY)]
        return numbers

    def add(self, hashes: Array, numbers: Sequence[int]) -> None:
        """Add hashes that are not there, each once."""
        self._count += len(hashes)
        if 3 * self._count > len(self._hashes):
            old = self._hashes != _EMPTY
            hashes = np.concatenate([self._hashes[old], hashes])
            numbers = [*self._numbers[old].tolist(), *numbers]
            while 3 * self._count > 1 << self._bits:
                self._bits += 1
            self._hashes = np.zeros(1 << self._bits, np.uint64)
            self._numbers = np.zeros(1 << self._bits, np.int32)
        table, mask = self._hashes, len(self._hashes) - 1
        for slot, one, number in zip(self._slots(hashes).tolist(), hashes, numbers, strict=True):
            while table[slot] != _EMPTY:
                slot = (slot + 1) & mask
            table[slot] = one
            self._numbers[slot] = number

    def _slots(self, hashes: Array) -> Array:
        return (hashes >> np.uint64(64 - self._bits)).astype(np.intp)


def _batches(texts: Iterable[str]) -> Iterator[_Batch | str]:
    """Yield the texts in their order: in batches, encoded, or one by one those for which that cannot be done."""
    batch: _Batch = []
    batch_bytes = 0
    for text in texts:
        encoding, encoded = _encoded(text)
        if batch and (not encoding or batch_bytes + len(encoded) >= BATCH_BYTES):
            yield batch
            batch, batch_bytes = [], 0
        if not encoding or len(encoded) >= BATCH_BYTES:
            yield text
        else:
            batch.append((encoding, encoded))
            batch_bytes += len(encoded) + 1
    if batch:
        yield batch


def _encoded(text: str) -> tuple[str, bytes]:
    """Return a text in one byte per character and the encoding; empty if there is none."""
    for encoding in _ENCODINGS:
        try:
            return encoding, text.encode(encoding)
        except UnicodeEncodeError:
            continue
    return "", b""


@cache
def _coefficients() -> tuple[Array, Array, Array]:
    """Return what the hashes of this process are made with: a number for each byte, and powers of a base modulo 2^64.

    There are as many powers as a batch may need, from 0 on; the last array has those of the base's inverse.
    """
    random = np.random.default_rng()
    base = int(random.integers(1, 1 << 64, None, np.uint64)) | 1
    bases = np.array([[base], [pow(base, -1, 1 << 64)]], np.uint64)
    powers = np.repeat(bases, BATCH_BYTES + 3, axis=1)
    powers[:, 0] = 1
    return random.integers(1, 1 << 64, 256, np.uint64), *np.cumprod(powers, axis=1)


def _is_word(encoding: str) -> bytes:
    """Return the table that tells which bytes of an encoding are letters or digits."""
    characters = [bytes([value]).decode(encoding, "replace") for value in range(256)]
    return bytes(WORD.fullmatch(character) is not None for character in characters)


_IS_WORD = {encoding: _is_word(encoding) for encoding in _ENCODINGS}
