"""Help when nothing was found: which filter or word is to blame, and how many hits there are without it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from index.contract import SearchEngine, SearchRequest, SearchResult
from searchsvc.interface.search_url import changed
from searchsvc.web.pages.filters import Chip, without_filters
from searchsvc.web.pages.formatting import isolated
from searchsvc.web.pages.languages import gettext

MAX_WORDS = 8
"""Parts of a query that are tried; each costs a search or two."""

_PART = re.compile(r"""[-–]?(?:[^\W\d_]+:)?(?:["„“”«»][^"„“”«»]*["„“”«»]|\([^()]*\)|[^\s"„“”«»()]+)""")
_OPERATORS = {"OR", "ODER", "AND", "UND", "NOT", "NICHT"}


@dataclass(frozen=True, slots=True)
class WayOut:
    """What to leave out of a search without hits, and how many hits there are then."""

    label: str
    target: SearchRequest
    total: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Why nothing was found. ``unknown_words`` are in no document at all; ``ways_out``: the most helpful first."""

    unknown_words: tuple[str, ...]
    ways_out: tuple[WayOut, ...]


def cause(engine: SearchEngine, request: SearchRequest, active: tuple[Chip, ...]) -> Cause:
    """Find out why ``request`` has no hits; ``active`` are its filters."""
    found = [*_without_each_filter(engine, request, active), *_without_each_word(engine, request)]
    return Cause(unknown_words(engine, request), tuple(sorted(found, key=lambda way: -way.total)))


def unknown_words(engine: SearchEngine, request: SearchRequest) -> tuple[str, ...]:
    """Return the parts of the query that no document of the whole collection has."""
    parts = _parts(request.q)
    if len(parts) > MAX_WORDS:
        return ()
    plain = [part for part in parts if not part.startswith(("-", "–"))]
    return tuple(part for part in plain if not _total(engine, SearchRequest(q=part, exact=request.exact)))


def _without_each_filter(engine: SearchEngine, request: SearchRequest, active: tuple[Chip, ...]) -> Iterator[WayOut]:
    text = gettext("ohne den Filter „%(filter)s“")
    targets = [(text % {"filter": isolated(chip.label)}, chip.without) for chip in active]
    if len(active) > 1:
        targets.append((gettext("ohne alle Filter"), without_filters(request)))
    for label, target in targets:
        if total := _search(engine, target).total:  # partial matches too: they are what the link will show
            yield WayOut(label, target, total)


def _without_each_word(engine: SearchEngine, request: SearchRequest) -> Iterator[WayOut]:
    parts = _parts(request.q)
    if not 1 < len(parts) <= MAX_WORDS:
        return
    for at, part in enumerate(parts):
        target = changed(request, q=" ".join(parts[:at] + parts[at + 1 :]))
        if total := _total(engine, target):
            yield WayOut(gettext("ohne „%(word)s“") % {"word": isolated(part)}, target, total)


def _parts(query: str) -> list[str]:
    """Split a query where words can be left out; one with operators is not split."""
    parts = _PART.findall(query)
    return [] if _OPERATORS.intersection(parts) else parts


def _total(engine: SearchEngine, request: SearchRequest) -> int:
    """Count full matches; partial ones would make any word look harmless."""
    found = _search(engine, replace(request, all_words=True))
    return 0 if found.relaxed else found.total


def _search(engine: SearchEngine, request: SearchRequest) -> SearchResult:
    return engine.search(replace(request, page=1, cursor=None, per_page=1, facets=(), highlight=False))
