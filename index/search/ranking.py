"""Which hits come first: the best of all matches, in an order without chance, and where to go on after them.

Orders: relevance by score, then newest date, then id; by date, or by when they were stored, then id. Documents without
a date, or with one that is years ahead, come last. In a widened search the documents with all words lead
(``Widened.leading``), in each of these orders.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from heapq import merge
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from index.contract import InvalidRequest, SearchRequest, Sort
from index.segments.doc_sets import holds
from index.segments.postings import FloatArray, IntArray
from index.segments.snapshot import Segment

MAX_CURSOR_CHARS = 10_000
"""A cursor holds an id of at most 1,000 characters, of up to four bytes each."""

_MAY_CHANGE = frozenset(
    (
        "page",
        "per_page",
        "cursor",
        "facets",
        "facet_size",
        "facet_query",
        "date_interval",
        "highlight",
        "snippets",
        "snippet_length",
        "explain",
    )
)
"""What of a request may change from page to page: it decides neither which hits there are nor their order."""

NARROWING = 64
"""More matches than so many times the hits wanted are narrowed down before they are sorted."""

_NO_DATE_ASCENDING = 2**31 - 1
_NO_MOMENT_ASCENDING = 2.0**32
"""In seconds since 1970: the year 2106."""

_FOLLOWING = 2.0**33
"""What is added to the first sort key of documents that come after others: more than any score, day or moment."""


class Candidates:
    """All matches of a search over all segments, as parallel arrays: segment number, document, score; day on demand.

    ``leading``: of each segment the documents that come before all others, ascending; None: no document does.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        docs: Sequence[IntArray],
        scores: Sequence[FloatArray],
        leading: Sequence[IntArray] | None = None,
    ) -> None:
        self._segments = segments
        self._parts = docs
        self._leading = leading
        if len(segments) == 1:
            self.segment = np.zeros(len(docs[0]), dtype=np.int32)
            self.doc, self.score = docs[0], scores[0]
        else:
            numbers = [np.full(len(part), at, dtype=np.int32) for at, part in enumerate(docs)]
            self.segment = np.concatenate([np.empty(0, dtype=np.int32), *numbers])
            self.doc = np.concatenate([np.empty(0, dtype=np.intp), *docs])
            self.score = np.concatenate([np.empty(0, dtype=np.float32), *scores])

    def __len__(self) -> int:
        return len(self.doc)

    @cached_property
    def day(self) -> IntArray:
        """The day of each match (int32); 0 for none and for doubtful ones."""
        days = [segment.data.days_for_order[part] for segment, part in zip(self._segments, self._parts, strict=True)]
        return np.concatenate([np.empty(0, dtype=np.int32), *days])

    @cached_property
    def moment(self) -> FloatArray:
        """When each match was stored, in seconds since 1970; 0 if that is not known."""
        moments = [segment.data.moments[part] for segment, part in zip(self._segments, self._parts, strict=True)]
        return np.concatenate([np.empty(0), *moments])

    @cached_property
    def follows(self) -> npt.NDArray[np.bool_] | None:
        """Whether each match comes after those that lead; None when none does."""
        if self._leading is None:
            return None
        leads = [holds(leading, part) for part, leading in zip(self._parts, self._leading, strict=True)]
        return ~np.concatenate([np.empty(0, dtype=bool), *leads])

    def days_of(self, places: IntArray) -> IntArray:
        """Return the days of some matches, without looking the others up."""
        if len(self._segments) == 1:
            return self._segments[0].data.days_for_order[self.doc[places]]
        return self.day[places]

    def take(self, places: IntArray) -> Candidates:
        """Return only the matches at ``places``, which ascend."""
        bounds = np.searchsorted(self.segment[places], np.arange(len(self._segments) + 1)).tolist()
        parts = [places[start:end] for start, end in pairwise(bounds)]
        docs, scores = [self.doc[part] for part in parts], [self.score[part] for part in parts]
        return Candidates(self._segments, docs, scores, self._leading)

    def id_of(self, at: int) -> str:
        """Return the id of a match."""
        return self._segments[int(self.segment[at])].document_id(int(self.doc[at]))


@dataclass(frozen=True, slots=True)
class Position:
    """The place of a hit in an order: two sort keys, ascending, then the id."""

    key: tuple[float, float]
    document_id: str


def sort_keys(candidates: Candidates, sort: Sort, places: IntArray | None = None) -> tuple[FloatArray, FloatArray]:
    """Return two arrays by which matches (or some of them) are sorted, ascending."""
    days = candidates.day if places is None else candidates.days_of(places)
    second = -days.astype(np.float64) if sort is Sort.RELEVANCE else np.zeros(len(days))
    return _first_keys(candidates, sort, places, days), second


def best(candidates: Candidates, sort: Sort, *, skip: int, count: int, after: Position | None) -> list[int]:
    """Return the places in ``candidates`` of hits ``skip`` to ``skip + count``, counted after a position if given.

    Only ties that reach into this window are settled by id, because ids are read from the column one by one.
    """
    places = np.arange(len(candidates)) if after is None else _places_after(candidates, sort, after)
    wanted = skip + count
    if wanted * NARROWING < len(places):
        of = None if after is None else places
        days = None if sort is Sort.RELEVANCE else candidates.day if of is None else candidates.days_of(of)
        places = places[_may_be_best(_first_keys(candidates, sort, of, days), wanted)]
    first, second = sort_keys(candidates, sort, places)
    order = np.lexsort((second, first))
    end = min(wanted, len(order))
    if skip >= end:
        return []
    # The window's first and last hits may tie with hits outside it; these are consecutive in the order.
    first, second, places = first[order], second[order], places[order]
    begin = int(np.argmax((first == first[skip]) & (second == second[skip])))
    ties = (first == first[end - 1]) & (second == second[end - 1])
    last = len(order) - int(np.argmax(ties[::-1]))
    settled = (
        sorted(range(begin, last), key=lambda at: (first[at], second[at], candidates.id_of(int(places[at]))))
        if last - begin > 1
        else [begin]
    )
    return [int(places[at]) for at in settled[skip - begin : end - begin]]


def _may_be_best(keys: FloatArray, wanted: int) -> npt.NDArray[np.bool_]:
    """Return which of ``keys`` can be among the ``wanted`` + 1 least: all up to the one at that place in a sample.

    The least of a sample are no less than the least of all, so nothing is lost; and a sample is quickly sorted.
    """
    step = max(1, len(keys) // (NARROWING * (wanted + 1)))
    bound = np.partition(keys[::step], wanted)[wanted]
    may_be: npt.NDArray[np.bool_] = keys <= bound
    return may_be


def _first_keys(candidates: Candidates, sort: Sort, places: IntArray | None, days: IntArray | None) -> FloatArray:
    """Return the first sort key of matches (or some of them), of which the ``days`` are given if it is by date."""
    if sort is Sort.RELEVANCE:
        keys: FloatArray = -(candidates.score if places is None else candidates.score[places])
    elif sort in (Sort.INDEXED, Sort.INDEXED_DESC):
        moments = candidates.moment if places is None else candidates.moment[places]
        keys = -moments if sort is Sort.INDEXED_DESC else np.where(moments == 0, _NO_MOMENT_ASCENDING, moments)
    else:
        assert days is not None
        newest_first = -days.astype(np.float64)
        keys = newest_first if sort is Sort.DATE_DESC else np.where(days == 0, _NO_DATE_ASCENDING, -newest_first)
    if candidates.follows is not None:
        keys = keys + _FOLLOWING * (candidates.follows if places is None else candidates.follows[places])
    return keys


def _places_after(candidates: Candidates, sort: Sort, after: Position) -> IntArray:
    first, second = sort_keys(candidates, sort)
    key = after.key
    later = (first > key[0]) | ((first == key[0]) & (second > key[1]))
    tied = np.flatnonzero((first == key[0]) & (second == key[1]))
    following = [at for at in tied.tolist() if candidates.id_of(at) > after.document_id]
    return np.concatenate([np.flatnonzero(later), np.array(following, dtype=np.int64)])


def in_order(candidates: Candidates, segments: Sequence[Segment], sort: Sort) -> Iterator[int]:
    """Yield the places in ``candidates`` of all hits, in order, after sorting them once.

    Ids are read only where hits tie across segments: within one segment their ordinals are in the order of the ids.
    """
    first, second = sort_keys(candidates, sort)
    ordinal = np.empty(len(first), dtype=np.uint32)
    for number, segment in enumerate(segments):
        here = candidates.segment == number
        ordinal[here] = segment.data.ids.ordinals[candidates.doc[here]]
    order = np.lexsort((ordinal, candidates.segment, second, first))

    steps = np.flatnonzero((np.diff(first[order]) != 0) | (np.diff(second[order]) != 0)) + 1
    bounds = [0, *steps.tolist(), len(order)]
    for start, end in pairwise(bounds):
        tied = order[start:end]
        parts = np.split(tied, np.flatnonzero(np.diff(candidates.segment[tied])) + 1)
        if len(parts) == 1:
            yield from (int(at) for at in tied)
        else:
            yield from merge(*(map(int, part) for part in parts), key=candidates.id_of)


def encode_cursor(request: SearchRequest, position: Position) -> str:
    """Return an opaque URL-safe text from which the search can go on after ``position``."""
    payload = [_request_hash(request), *position.key, position.document_id]
    return base64.urlsafe_b64encode(json.dumps(payload, ensure_ascii=False).encode()).decode().rstrip("=")


def decode_cursor(request: SearchRequest, cursor: str) -> Position:
    """Read a cursor. Raises ``InvalidRequest`` when it is damaged or was made by another search."""
    try:
        made_by, first, second, document_id = _payload(cursor)
        # No number that a search returns is too large or none; a forged one may be.
        position = Position((float(first), float(second)), str(document_id))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidRequest("cursor", "cursor is not one that a search returned as next_cursor") from error
    if not all(map(math.isfinite, position.key)):
        raise InvalidRequest("cursor", "cursor is not one that a search returned as next_cursor")
    if made_by != _request_hash(request):
        raise InvalidRequest(
            "cursor", "cursor belongs to another search; repeat exactly the parameters that it came from"
        )
    return position


def _payload(cursor: str) -> list[Any]:
    if len(cursor) > MAX_CURSOR_CHARS:
        raise ValueError(f"{len(cursor):,} characters")
    padded = cursor + "=" * (-len(cursor) % 4)
    payload: list[Any] = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    return payload


def _request_hash(request: SearchRequest) -> str:
    """Hash what decides the matches and their order."""
    values = [_comparable(getattr(request, each.name)) for each in fields(request) if each.name not in _MAY_CHANGE]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:12]


def _comparable(value: Any) -> Any:
    """Return a value that is the same for requests that ask for the same."""
    if isinstance(value, tuple):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else value
