"""Inversion: from the words of documents, one after the other, to the documents of words, sorted.

A token is (lexeme, document, position); tokens come in the order of documents and positions. Sorting them by lexeme,
stably, gives every posting list at once; the rest is finding where lexemes and documents change.

A **lexeme** is what analysis makes of a surface form as a whole: its word, its stem, and the stems of its parts.
Postings are kept once per lexeme; the terms of a field's sides (words, stems, parts) refer to lexemes
(``index.posting_lists``). Its key is all of them with zero bytes between, so that lexemes are in the order of their
words; a field with one side has the terms themselves as keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from index.array_file import Array

_KEY_SEPARATOR = b"\0"
PARTS_SIDE = 2
"""The only side of a field on which a lexeme has any number of terms, not one."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A field's tokens in document order: ``keys`` numbers its distinct lexemes; parallel integer arrays.

    ``positions`` None: the field has no positions. ``counted``: whether frequencies are kept.
    """

    keys: list[bytes]
    numbers: Array
    docs: Array
    positions: Array | None
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Postings:
    """A field's postings, sorted by lexeme: ``starts`` (int64) has one more entry than ``keys``.

    ``docs`` and ``frequencies`` (uint32) ascend by document within a lexeme; ``positions`` (uint32) have one entry per
    token. ``frequencies`` None: each is 1. ``lengths``: each document's number of tokens.
    """

    keys: list[bytes]
    starts: Array
    docs: Array
    frequencies: Array | None
    positions: Array | None
    lengths: Array


def invert(tokens: Tokens, doc_count: int) -> Postings:
    """Sort a field's tokens into postings."""
    order_of_keys = sorted(range(len(tokens.keys)), key=tokens.keys.__getitem__)
    rank = np.empty(len(tokens.keys), dtype=np.uint32)
    rank[order_of_keys] = np.arange(len(tokens.keys), dtype=np.uint32)
    numbers = rank[tokens.numbers]
    order = stable_order(numbers, len(tokens.keys))
    numbers, docs = numbers[order], tokens.docs[order]
    if len(numbers):
        is_first = np.empty(len(numbers), dtype=bool)
        is_first[0] = True
        np.not_equal(numbers[1:], numbers[:-1], out=is_first[1:])
        is_first[1:] |= docs[1:] != docs[:-1]
        firsts = np.flatnonzero(is_first)
    else:
        firsts = np.empty(0, dtype=np.int64)
    return Postings(
        keys=[tokens.keys[number] for number in order_of_keys],
        starts=starts_of(np.bincount(numbers[firsts], minlength=len(tokens.keys))),
        docs=docs[firsts].astype(np.uint32),
        frequencies=np.diff(firsts, append=len(numbers)).astype(np.uint32) if tokens.counted else None,
        positions=None if tokens.positions is None else tokens.positions[order].astype(np.uint32),
        lengths=np.bincount(tokens.docs, minlength=doc_count).astype(np.uint32),
    )


def stable_order(numbers: Array, count: int) -> Array:
    """Return the order that sorts ``numbers`` (below ``count``) and keeps equal ones as they are.

    Sorting by the lower and then by the upper 16 bits: numpy sorts 16-bit integers by radix, in linear time.
    """
    order = np.argsort((numbers & 0xFFFF).astype(np.uint16), kind="stable")
    if count > 0x10000:
        order = order[np.argsort((numbers >> 16).astype(np.uint16)[order], kind="stable")]
    return order


def starts_of(lengths: Array) -> Array:
    """Return where runs of ``lengths`` begin when one follows the other, and the end of the last (int64)."""
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def lexeme_key(word: str, stem: str, parts: Sequence[str]) -> bytes:
    """Return the key of a lexeme."""
    return f"{word}\0{stem}\0{' '.join(parts)}".encode()


def terms_of_keys(keys: Sequence[bytes], side: int) -> tuple[list[bytes], Array]:
    """Return the terms that lexemes have on a side of their field (0: words, 1: stems, 2: parts), and whose each is."""
    found = [key.split(_KEY_SEPARATOR)[side] for key in keys]
    if side < PARTS_SIDE:
        return found, np.arange(len(found))
    parts = [part.split() for part in found]
    owners = np.repeat(np.arange(len(parts)), np.fromiter(map(len, parts), dtype=np.int64, count=len(parts)))
    return list(chain.from_iterable(parts)), owners
