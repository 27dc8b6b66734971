"""Lexemes: what analysis makes of surface forms, as numbers.

A **lexeme** is what a surface form is found by as a whole: its word, its stem, and the stems of its parts. Postings are
kept once per lexeme (``posting_lists``); a field has a *side* for each of the three, with a dictionary of terms.
Lexemes are in the order of their words. Of a field with one side the lexemes are the terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from index.segments.array_file import Array
from index.segments.doc_sets import runs
from index.segments.sorting import sorted_rows


@dataclass(frozen=True, slots=True)
class Side:
    """The terms of a field's lexemes on one side.

    ``terms``: distinct, ascending. ``numbers``: which of them the first lexeme has, ascending, then those of the
    second, and so on; ``starts``: where each lexeme's begin, one more than there are lexemes.
    """

    terms: list[bytes]
    numbers: Array
    starts: Array

    @classmethod
    def of(cls, strings: Sequence[str], numbers: Array, starts: Array | None = None) -> Side:
        """Make a side of lexemes whose terms are ``numbers`` into distinct ``strings``; ``starts`` None: one each."""
        terms, numbers = _sorted_terms(strings, numbers)
        if starts is None:
            return cls(terms, numbers, np.arange(len(numbers) + 1))
        return cls(terms, _sorted_within(numbers, starts), starts)

    @classmethod
    def of_terms(cls, strings: Sequence[str], numbers: Array) -> tuple[Side, Array]:
        """Make the only side of a field, whose lexemes are its terms; return also the lexeme of each of ``numbers``."""
        terms, numbers = _sorted_terms(strings, numbers)
        return cls(terms, np.arange(len(terms)), np.arange(len(terms) + 1)), numbers

    def chosen(self, lexemes: Array) -> Side:
        """Return the side of some lexemes, in their order, with only the terms that these have."""
        counts = np.diff(self.starts)[lexemes]
        used, numbers = compacted(self.numbers[runs(self.starts[lexemes], counts)], len(self.terms))
        terms = self.terms if len(used) == len(self.terms) else [self.terms[number] for number in used.tolist()]
        return Side(terms, numbers, starts_of(counts))


def starts_of(lengths: Array) -> Array:
    """Return where runs of ``lengths`` begin when one follows the other, and the end of the last (int64)."""
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def compacted(numbers: Array, count: int) -> tuple[Array, Array]:
    """Return which of ``count`` numbers occur, ascending, and the place of each of ``numbers`` (int32) among these."""
    present = np.zeros(count, dtype=bool)
    present[numbers] = True
    return np.flatnonzero(present), (np.cumsum(present, dtype=np.int32) - np.int32(1))[numbers]


def merged(sides_of_parts: Sequence[Sequence[Side]]) -> tuple[list[Side], list[Array]]:
    """Unite the lexemes of several segments' field: the sides of all, and for each part the numbers of its own."""
    sides, identities = [], []
    for of_parts in zip(*sides_of_parts, strict=True):
        terms = list(dict.fromkeys(sorted(chain.from_iterable(side.terms for side in of_parts))))
        number_of = {term: number for number, term in enumerate(terms)}
        numbers = np.concatenate(
            [
                np.fromiter(map(number_of.__getitem__, side.terms), np.int64, len(side.terms))[side.numbers]
                for side in of_parts
            ]
        )
        starts = starts_of(np.concatenate([np.diff(side.starts) for side in of_parts]))
        sides.append(Side(terms, numbers, starts))
        identities.append(_identities(numbers, starts))
    order = np.lexsort(identities[::-1])
    is_new = np.zeros(len(order), dtype=bool)
    is_new[:1] = True
    for identity in identities:
        is_new[1:] |= np.diff(identity[order]) != 0
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(is_new) - 1
    bounds = np.cumsum([len(of_part[0].starts) - 1 for of_part in sides_of_parts])
    return [side.chosen(order[is_new]) for side in sides], np.split(number, bounds[:-1])


def _identities(numbers: Array, starts: Array) -> Array:
    """Return a number for each lexeme that is the same for those with the same terms; that of the term if it is one."""
    counts = np.diff(starts)
    if bool((counts == 1).all()):
        return numbers
    # One below all others for no term, and beyond them one for each combination of several.
    identities = np.full(len(counts), -1)
    identities[counts == 1] = numbers[starts[:-1][counts == 1]]
    several = np.flatnonzero(counts > 1)
    packed = numbers.tobytes()
    size = numbers.itemsize
    bounds = zip((size * starts[several]).tolist(), (size * starts[several + 1]).tolist(), strict=True)
    known: dict[bytes, int] = {}
    combinations = (known.setdefault(packed[begin:end], len(known)) for begin, end in bounds)
    identities[several] = 1 + numbers.max(initial=0) + np.fromiter(combinations, np.int64, len(several))
    return identities


def _sorted_terms(strings: Sequence[str], numbers: Array) -> tuple[list[bytes], Array]:
    """Return the strings that occur, ascending, and the place of each of ``numbers`` among them."""
    used, numbers = compacted(numbers, len(strings))
    chosen = [strings[number] for number in used.tolist()]
    order = sorted(range(len(chosen)), key=chosen.__getitem__)  # by code points is by UTF-8 bytes
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return [chosen[at].encode() for at in order], rank[numbers]


def _sorted_within(numbers: Array, starts: Array) -> Array:
    owners = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    return sorted_rows(owners, numbers)[1]
