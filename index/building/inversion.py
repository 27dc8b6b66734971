"""Inversion: from the words of documents, one after the other, to the documents of words, sorted.

A token is (lexeme, document, position). Sorting all gives every posting list at once; the rest is finding where lexemes
and documents change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.segments.array_file import Array
from index.segments.lexemes import Side, starts_of
from index.segments.posting_lists import Postings
from index.segments.sorting import stable_order


@dataclass(frozen=True, slots=True)
class Tokens:
    """A field's tokens in document order: parallel integer arrays. ``sides``: those of the lexemes by number.

    ``positions`` None: the field has no positions. ``counted``: whether frequencies are kept.
    """

    sides: Sequence[Side]
    lexemes: Array
    docs: Array
    positions: Array | None
    counted: bool = True


def invert(tokens: Tokens, doc_count: int) -> Postings:
    """Sort a field's tokens into postings."""
    lexeme_count = len(tokens.sides[0].starts) - 1
    order = stable_order(tokens.lexemes)
    lexemes = np.repeat(np.arange(lexeme_count), np.bincount(tokens.lexemes, minlength=lexeme_count))
    docs = tokens.docs[order]
    is_first = np.ones(len(lexemes), dtype=bool)
    np.not_equal(lexemes[1:], lexemes[:-1], out=is_first[1:])
    is_first[1:] |= docs[1:] != docs[:-1]
    firsts = np.flatnonzero(is_first)
    return Postings(
        sides=tokens.sides,
        starts=starts_of(np.bincount(lexemes[firsts], minlength=lexeme_count)),
        docs=docs[firsts].astype(np.uint32),
        frequencies=np.diff(firsts, append=len(lexemes)).astype(np.uint32) if tokens.counted else None,
        positions=None if tokens.positions is None else tokens.positions[order].astype(np.uint32),
        lengths=np.bincount(tokens.docs, minlength=doc_count).astype(np.uint32),
    )
