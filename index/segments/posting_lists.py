"""How a field's postings are laid out in a segment's file.

A field has up to three sides (words, stems, parts of words; ``index.segments.lexemes``), each with a term dictionary.
All refer to the same posting lists: a term of one lexeme to that lexeme's list, which has positions; a term of
several to a list that unites theirs, whose positions are put together from the lexemes' when someone asks. So a
text's words and stems cost little more than one of them.

Lists of documents come in two forms. Sparse ones are arrays of the documents' lower 16 bits, and how many documents are
in each block of 65,536 (most segments have one or two) tells the rest: reading them costs one addition. Dense ones,
of more than one document in ``DENSE_FACTOR``, are bit sets, which are smaller and quicker to look documents up in.

Arrays of field ``F`` (``F/…``) and of each side ``H`` (``H.…``):

=====================  ============================================================================================
``F/starts, counts``   where each list begins in ``frequencies``, and how many documents it has: one list per lexeme,
                       then those that unite the lists of several lexemes
``F/docs``             lower bits of the documents of the sparse lists, ascending within a block, at the same places
``F/splits``           how many of each list's documents are below each multiple of 65,536 (sparse lists only)
``F/dense_starts``     where each dense list begins in ``frequencies``: after all sparse ones
``F/dense_bits``       a bit per document for each dense list, in whole 64-bit words, lowest bit first
``F/united``           the lexemes of each united list, from ``F/united_starts`` on (one more than there are lists)
``F/frequencies``      how often the term occurs in the document, at most 255; absent: always once
``F/frequent_at``      entries of ``frequencies`` above 255, ascending, and in ``F/frequent`` what they are
``F/positions``        positions by lexeme, ascending within a document: 16 bits, for documents of less than 65,536
``F/position_starts``  where each lexeme's positions begin, one more than there are lexemes
``F/long_docs``        documents with more positions than that; theirs are in ``F/long_positions``, ``F/long_starts``
``F/lengths``          each document's number of tokens
``H.terms``            the terms' bytes, ascending; ``H.term_offsets`` where each begins
``H.lists``            each term's list; absent: the list of the same number
=====================  ============================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from index.segments.array_file import Array, ArrayFileWriter, narrowed, pack_strings
from index.segments.doc_sets import runs
from index.segments.lexemes import Side, starts_of
from index.segments.sorting import sorted_rows, stable_order

MAX_FREQUENCY = 255
SHORT_POSITIONS = 65_536

DENSE_FACTOR = 16
MIN_DENSE_DOCS = 1_024
"""Segments with fewer documents have no dense lists."""

BLOCK_DOCS = 0x10000
"""Documents whose numbers differ in the lower 16 bits only. Part of the format."""

UNITED_AT_ONCE = 1_000_000
"""Postings that are united at a time, about 40 bytes each."""


@dataclass(frozen=True, slots=True)
class _Lists:
    """Posting lists one after the other: ``counts`` documents each."""

    counts: Array
    docs: Array
    frequencies: Array | None


@dataclass(frozen=True, slots=True)
class Postings:
    """A field's postings, sorted by lexeme: ``starts`` (int64) has one more entry than there are lexemes.

    ``docs`` and ``frequencies`` (unsigned) ascend by document within a lexeme; ``positions`` (unsigned) have one entry
    per token. ``frequencies`` None: each is 1. ``lengths``: each document's number of tokens.
    """

    sides: Sequence[Side]
    starts: Array
    docs: Array
    frequencies: Array | None
    positions: Array | None
    lengths: Array


def write_field(file: ArrayFileWriter, name: str, sides: Sequence[str], field: Postings) -> None:
    """Write a field: its words are the first of ``sides``, its stems the second if there is one."""
    lists = [_Lists(np.diff(field.starts), field.docs, field.frequencies)]
    list_count = len(field.starts) - 1
    united = []
    for side_name, side in zip(sides, field.sides, strict=True):
        lexemes = stable_order(side.numbers)
        per_term = np.bincount(side.numbers, minlength=len(side.terms))
        starts = starts_of(per_term)
        lexemes = np.repeat(np.arange(len(side.starts) - 1), np.diff(side.starts))[lexemes]
        list_of_term = lexemes[starts[:-1]]
        several = np.flatnonzero(per_term > 1)
        list_of_term[several] = list_count + np.arange(len(several))
        list_count += len(several)
        lists.extend(_united(lexemes, starts, several, field))
        united.append((lexemes[runs(starts[several], per_term[several])], per_term[several]))
        _write_terms(file, side_name, side.terms, list_of_term)
    _write_lists(file, name, lists, len(field.lengths))
    file.add(f"{name}/united", np.concatenate([lexemes for lexemes, _ in united]).astype(np.uint64))
    file.add(f"{name}/united_starts", starts_of(np.concatenate([counts for _, counts in united])).astype(np.uint64))
    file.add(f"{name}/lengths", field.lengths)
    if field.positions is not None:
        _write_positions(file, name, field)


def _write_terms(file: ArrayFileWriter, side: str, terms: list[bytes], lists: Array) -> None:
    blob, offsets = pack_strings(terms)
    file.add(f"{side}.terms", blob)
    file.add(f"{side}.term_offsets", offsets)
    if not np.array_equal(lists, np.arange(len(terms))):
        file.add(f"{side}.lists", lists.astype(np.uint64))


def _united(lexemes: Array, lexeme_starts: Array, terms: Array, field: Postings) -> Iterator[_Lists]:
    """Yield the united lists of some terms, a part of the terms at a time."""
    if not len(terms):
        return
    counts = np.diff(field.starts)
    sizes = np.add.reduceat(counts[lexemes], lexeme_starts[:-1])[terms]
    parts = np.flatnonzero(np.diff(np.cumsum(sizes) // UNITED_AT_ONCE)) + 1
    for part in np.split(terms, parts):
        if len(part):
            per_term = lexeme_starts[part + 1] - lexeme_starts[part]
            own = lexemes[runs(lexeme_starts[part], per_term)]
            at = runs(field.starts[own], counts[own])
            numbers = np.repeat(np.repeat(np.arange(len(part)), per_term), counts[own])
            yield _summed(numbers, at, field, len(part))


def _summed(numbers: Array, at: Array, field: Postings, count: int) -> _Lists:
    """Sort postings ``at`` by list number and document, and add up the frequencies of equal ones."""
    columns = [numbers, field.docs[at]] + ([] if field.frequencies is None else [field.frequencies[at]])
    numbers, docs, *frequencies = sorted_rows(*columns, kind="stable")
    firsts = np.flatnonzero(np.concatenate([[True], (numbers[1:] != numbers[:-1]) | (docs[1:] != docs[:-1])]))
    return _Lists(
        np.bincount(numbers[firsts], minlength=count),
        docs[firsts],
        np.add.reduceat(frequencies[0], firsts, dtype=np.int64).astype(np.uint32) if frequencies else None,
    )


def _write_lists(file: ArrayFileWriter, name: str, lists: Sequence[_Lists], doc_count: int) -> None:
    counts = np.concatenate([part.counts for part in lists])
    docs = np.concatenate([part.docs for part in lists])
    is_dense = (counts * DENSE_FACTOR > doc_count) & (doc_count >= MIN_DENSE_DOCS)
    in_dense = np.repeat(is_dense, counts)
    sparse_docs = docs[~in_dense]
    starts = np.empty(len(counts), dtype=np.int64)
    starts[~is_dense] = starts_of(counts[~is_dense])[:-1]
    starts[is_dense] = len(sparse_docs) + starts_of(counts[is_dense])[:-1]
    splits = _splits(sparse_docs, counts, is_dense, (doc_count - 1) // BLOCK_DOCS if doc_count else 0)
    file.add(f"{name}/starts", starts.astype(np.uint64))
    file.add(f"{name}/counts", counts.astype(np.uint64))
    file.add(f"{name}/splits", splits.reshape(-1))
    file.add(f"{name}/docs", (sparse_docs & (BLOCK_DOCS - 1)).astype(np.uint16))
    file.add(f"{name}/dense_starts", starts[is_dense].astype(np.uint64))
    file.add(f"{name}/dense_bits", _bit_sets(docs[in_dense], counts[is_dense], doc_count))
    if lists[0].frequencies is not None:
        del docs, sparse_docs
        frequencies = np.concatenate([narrowed(part.frequencies) for part in lists if part.frequencies is not None])
        frequencies = np.concatenate([frequencies[~in_dense], frequencies[in_dense]])
        frequent_at = np.flatnonzero(frequencies > MAX_FREQUENCY)
        file.add(f"{name}/frequencies", np.minimum(frequencies, MAX_FREQUENCY).astype(np.uint8))
        file.add(f"{name}/frequent_at", frequent_at.astype(np.uint64))
        file.add(f"{name}/frequent", frequencies[frequent_at])


def _splits(sparse_docs: Array, counts: Array, is_dense: Array, split_count: int) -> Array:
    """Return a row per list: how many of its documents are below each multiple of ``BLOCK_DOCS``; 0 if it is dense."""
    rows = np.zeros((len(counts), split_count), dtype=np.uint64)
    if split_count and len(sparse_docs):
        bounds = starts_of(counts[~is_dense])
        for column in range(split_count):
            below = starts_of(sparse_docs < (column + 1) * BLOCK_DOCS)
            rows[~is_dense, column] = np.diff(below[bounds])
    return rows


def _bit_sets(docs: Array, counts: Array, doc_count: int) -> Array:
    words = -(-doc_count // 64)
    sets = np.zeros((len(counts), words * 8), dtype=np.uint8)
    start = 0
    for number, count in enumerate(counts.tolist()):
        flags = np.zeros(words * 64, dtype=bool)
        flags[docs[start : start + count]] = True
        sets[number] = np.packbits(flags, bitorder="little")
        start += count
    return sets.reshape(-1)


def _write_positions(file: ArrayFileWriter, name: str, field: Postings) -> None:
    assert field.positions is not None
    assert field.frequencies is not None
    positions = field.positions
    if not len(positions) or int(positions.max()) < SHORT_POSITIONS:
        file.add(f"{name}/position_starts", starts_of(field.frequencies)[field.starts].astype(np.uint64))
        file.add(f"{name}/long_docs", field.docs[:0])
        file.add(f"{name}/positions", positions.astype(np.uint16, copy=False))
        return
    long_docs = np.unique(np.repeat(field.docs, field.frequencies)[positions >= SHORT_POSITIONS])
    is_long = np.isin(field.docs, long_docs)
    ends = starts_of(np.where(is_long, 0, field.frequencies))
    file.add(f"{name}/position_starts", ends[field.starts].astype(np.uint64))
    file.add(f"{name}/long_docs", long_docs)
    in_long = np.repeat(is_long, field.frequencies)
    file.add(f"{name}/positions", positions[~in_long].astype(np.uint16))
    long_ends = starts_of(np.where(is_long, field.frequencies, 0))
    file.add(f"{name}/long_starts", long_ends[field.starts].astype(np.uint64))
    file.add(f"{name}/long_positions", positions[in_long])
