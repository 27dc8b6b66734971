"""Inversion: from the words of documents, one after the other, to the documents of words, sorted.

A token is (term, document, position); tokens come in the order of documents and positions. Sorting them by term,
stably, gives every posting list at once; the rest is finding where terms and documents change.

A term's postings are slices of the field's arrays:

==================  ===============================================================================================
``terms``           the terms' bytes, ascending; ``term_offsets`` where each begins
``starts``          where each term's postings begin, one more than there are terms
``docs``            document numbers, ascending within a term
``frequencies``     how often the term occurs in the document, at most 255
``frequent_at``     postings with more than 255, ascending, and in ``frequent`` their true frequencies
``positions``       positions, ascending within a posting: 16 bits for documents of less than 65,536 positions
``position_starts`` where each term's positions begin
``long_docs``       documents with more positions than that; theirs are in ``long_positions``, ``long_starts``
``lengths``         each document's number of terms in the field
==================  ===============================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.array_file import Array, ArrayFileWriter, pack_strings

MAX_FREQUENCY = 255
SHORT_POSITIONS = 65_536


@dataclass(frozen=True, slots=True)
class Tokens:
    """A field's tokens in document order: ``terms`` numbers its distinct terms; parallel int64/int32 arrays.

    ``positions`` None: the field has no positions. Not ``is_counted``: how often a term occurs does not matter.
    """

    terms: list[bytes]
    numbers: Array
    docs: Array
    positions: Array | None
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class Inverted:
    """A field's postings, sorted by term: ``starts`` has one more entry than ``terms``."""

    terms: list[bytes]
    starts: Array
    docs: Array
    frequencies: Array
    positions: Array | None
    lengths: Array
    is_counted: bool = True


def invert(tokens: Tokens, doc_count: int) -> Inverted:
    """Sort a field's tokens into postings."""
    order_of_terms = sorted(range(len(tokens.terms)), key=tokens.terms.__getitem__)
    rank = np.empty(len(tokens.terms), dtype=np.uint32)
    rank[order_of_terms] = np.arange(len(tokens.terms), dtype=np.uint32)
    numbers = rank[tokens.numbers]
    order = stable_order(numbers, len(tokens.terms))
    numbers, docs = numbers[order], tokens.docs[order]
    if len(numbers):
        is_first = np.empty(len(numbers), dtype=bool)
        is_first[0] = True
        np.not_equal(numbers[1:], numbers[:-1], out=is_first[1:])
        is_first[1:] |= docs[1:] != docs[:-1]
        firsts = np.flatnonzero(is_first)
    else:
        firsts = np.empty(0, dtype=np.int64)
    return Inverted(
        terms=[tokens.terms[number] for number in order_of_terms],
        starts=_starts(numbers[firsts], len(tokens.terms)),
        docs=docs[firsts].astype(np.uint32),
        frequencies=np.diff(firsts, append=len(numbers)).astype(np.uint32),
        positions=None if tokens.positions is None else tokens.positions[order].astype(np.uint32),
        lengths=np.bincount(tokens.docs, minlength=doc_count).astype(np.uint32),
        is_counted=tokens.is_counted,
    )


def stable_order(numbers: Array, count: int) -> Array:
    """Return the order that sorts ``numbers`` (below ``count``) and keeps equal ones as they are.

    Sorting by the lower and then by the upper 16 bits: numpy sorts 16-bit integers by radix, in linear time.
    """
    order = np.argsort((numbers & 0xFFFF).astype(np.uint16), kind="stable")
    if count > 0x10000:
        order = order[np.argsort((numbers >> 16).astype(np.uint16)[order], kind="stable")]
    return order


def write_field(file: ArrayFileWriter, name: str, field: Inverted) -> None:
    """Write a field's arrays under ``NAME.…``."""
    blob, offsets = pack_strings(field.terms)
    file.add(f"{name}.terms", blob)
    file.add(f"{name}.term_offsets", offsets)
    file.add(f"{name}.starts", field.starts)
    file.add(f"{name}.docs", field.docs)
    file.add(f"{name}.lengths", field.lengths)
    if not field.is_counted:
        return
    frequent_at = np.flatnonzero(field.frequencies > MAX_FREQUENCY).astype(np.uint64)
    file.add(f"{name}.frequencies", np.minimum(field.frequencies, MAX_FREQUENCY).astype(np.uint8))
    file.add(f"{name}.frequent_at", frequent_at)
    file.add(f"{name}.frequent", field.frequencies[frequent_at.astype(np.int64)])
    if field.positions is not None:
        _write_positions(file, name, field, field.positions)


def _write_positions(file: ArrayFileWriter, name: str, field: Inverted, positions: Array) -> None:
    is_long_token = positions >= SHORT_POSITIONS
    docs_of_tokens = np.repeat(field.docs, field.frequencies) if is_long_token.any() else field.docs[:0]
    long_docs = np.unique(docs_of_tokens[is_long_token[: len(docs_of_tokens)]])
    is_long = np.isin(field.docs, long_docs) if len(long_docs) else np.zeros(len(field.docs), dtype=bool)
    ends = np.concatenate([[0], np.cumsum(np.where(is_long, 0, field.frequencies), dtype=np.uint64)])
    starts = field.starts.astype(np.int64)
    file.add(f"{name}.position_starts", ends[starts])
    file.add(f"{name}.long_docs", long_docs)
    if not len(long_docs):
        file.add(f"{name}.positions", positions.astype(np.uint16))
        return
    in_long = np.repeat(is_long, field.frequencies)
    file.add(f"{name}.positions", positions[~in_long].astype(np.uint16))
    long_ends = np.concatenate([[0], np.cumsum(np.where(is_long, field.frequencies, 0), dtype=np.uint64)])
    file.add(f"{name}.long_starts", long_ends[starts])
    file.add(f"{name}.long_positions", positions[in_long])


def _starts(numbers: Sequence[int] | Array, count: int) -> Array:
    """Return where each of ``count`` numbers begins in sorted ``numbers``, and the end."""
    return np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=count))]).astype(np.uint64)
