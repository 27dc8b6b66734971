"""Which hits come first: the best of all matches, in an order without chance, and where to go on after them.

Orders: relevance by score, then newest date, then id; by date, then id. Documents without a date come last.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.engine import SearchRequest, Sort
from index.errors import InvalidRequest
from index.postings import FloatArray, IntArray
from index.snapshot import Segment

_NO_DATE_ASCENDING = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Candidates:
    """All matches of a search over all segments, as parallel arrays."""

    segment: IntArray
    doc: IntArray
    score: FloatArray
    day: IntArray

    @classmethod
    def of(cls, segments: Sequence[Segment], docs: Sequence[IntArray], scores: Sequence[FloatArray]) -> Candidates:
        """Put the matches of several segments together."""
        if not segments:
            none = np.empty(0, dtype=np.int32)
            return cls(none, none, np.empty(0), none)
        return cls(
            np.concatenate([np.full(len(part), at, dtype=np.int32) for at, part in enumerate(docs)]),
            np.concatenate(docs),
            np.concatenate(scores),
            np.concatenate([segment.data.days[part] for segment, part in zip(segments, docs, strict=True)]),
        )


@dataclass(frozen=True, slots=True)
class Position:
    """The place of a hit in an order: two sort keys, ascending, then the id."""

    key: tuple[float, float]
    document_id: str


def sort_keys(candidates: Candidates, sort: Sort) -> tuple[FloatArray, FloatArray]:
    """Return two arrays by which matches are sorted, ascending."""
    day = candidates.day.astype(np.float64)
    if sort is Sort.RELEVANCE:
        return -candidates.score, -day
    if sort is Sort.DATE_DESC:
        return -day, np.zeros(len(day))
    return np.where(day == 0, _NO_DATE_ASCENDING, day), np.zeros(len(day))


def best(
    candidates: Candidates, segments: Sequence[Segment], sort: Sort, *, skip: int, count: int, after: Position | None
) -> list[int]:
    """Return the places in ``candidates`` of hits ``skip`` to ``skip + count``, counted after a position if given.

    Only ties that reach into this window are settled by id, because ids are read from the column one by one.
    """
    first, second = sort_keys(candidates, sort)

    def id_of(at: int) -> str:
        return segments[int(candidates.segment[at])].document_id(int(candidates.doc[at]))

    places: npt.NDArray[np.int64] = np.arange(len(first))
    if after is not None:
        key = after.key
        later = (first > key[0]) | ((first == key[0]) & (second > key[1]))
        tied = np.flatnonzero((first == key[0]) & (second == key[1]))
        following = [at for at in tied.tolist() if id_of(at) > after.document_id]
        places = np.concatenate([np.flatnonzero(later), np.array(following, dtype=np.int64)])
    wanted = skip + count
    if wanted < len(places) // 4:
        # Narrow to what can be in the window before sorting: everything up to the last wanted first key.
        limit = np.partition(first[places], wanted)[wanted]
        places = places[first[places] <= limit]
    order = places[np.lexsort((second[places], first[places]))]
    window = order[skip:wanted]
    if not len(window):
        return []
    start, end = skip, skip + len(window)
    # The window's first and last hits may tie with hits outside it; these are consecutive in the order.
    ties = (first[order] == first[order[start]]) & (second[order] == second[order[start]])
    start = int(np.argmax(ties))
    ties = (first[order] == first[order[end - 1]]) & (second[order] == second[order[end - 1]])
    end = len(order) - int(np.argmax(ties[::-1]))
    settled = sorted(order[start:end].tolist(), key=lambda at: (first[at], second[at], id_of(at)))
    return settled[skip - start : skip - start + len(window)]


def encode_cursor(request: SearchRequest, position: Position) -> str:
    """Return an opaque URL-safe text from which the search can go on after ``position``."""
    payload = [_request_hash(request), *position.key, position.document_id]
    return base64.urlsafe_b64encode(json.dumps(payload, ensure_ascii=False).encode()).decode().rstrip("=")


def decode_cursor(request: SearchRequest, cursor: str) -> Position:
    """Read a cursor. Raises ``InvalidRequest`` when it is damaged or was made by another search."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        made_by, first, second, document_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        position = Position((float(first), float(second)), str(document_id))
    except (ValueError, TypeError) as error:
        raise InvalidRequest("cursor", "cursor is not one that a search returned as next_cursor") from error
    if made_by != _request_hash(request):
        raise InvalidRequest(
            "cursor", "cursor belongs to another search; repeat exactly the parameters that it came from"
        )
    return position


def _request_hash(request: SearchRequest) -> str:
    """Hash what decides the matches and their order; page size and facets may change on the way."""
    parts = [
        request.q,
        *(sorted(values) for values in (request.kommune, request.paper_type, request.organization)),
        *(sorted(values) for values in (request.mime_type, request.text_quality)),
        str(request.date_from),
        str(request.date_to),
        request.date_missing,
        request.sort,
        request.exact,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]
