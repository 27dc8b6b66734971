"""Example searches for the start page, taken from what is in the collection, so that each of them finds something."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from index.contract import EngineStats, FacetName, Hit, SearchEngine, SearchRequest, Sort
from searchsvc.interface.search_url import page_search

LOOKED_AT = 20
WANTED = 5
LARGEST_SHARE = 0.1
_LONG_NOUN = re.compile(r"\b[A-ZÄÖÜ][a-zäöüß]{8,}\b")


@dataclass(frozen=True, slots=True)
class Example:
    """A search worth trying: what the link says, what it asks, how many documents it finds."""

    label: str
    request: SearchRequest
    total: int


class Examples:
    """The examples for the state of the index that was last looked at."""

    def __init__(self) -> None:
        self._known: tuple[tuple[str, int], tuple[Example, ...]] | None = None

    def of(self, engine: SearchEngine, stats: EngineStats) -> tuple[Example, ...]:
        """Return up to five searches that have hits; they are looked for anew when the index has changed."""
        state = (stats.generation, stats.applied_change)
        if self._known is None or self._known[0] != state:
            self._known = (state, find_examples(engine))
        return self._known[1]


def find_examples(engine: SearchEngine) -> tuple[Example, ...]:
    """Look for up to five searches that have hits."""
    everything = _total(engine, page_search())
    found: list[Example] = []
    for label, request in _candidates(engine, everything):
        total = _total(engine, request)
        if total and all(request != example.request for example in found):
            found.append(Example(label, request, total))
        if len(found) == WANTED:
            break
    return tuple(found)


def _total(engine: SearchEngine, request: SearchRequest) -> int:
    return engine.search(replace(request, per_page=1, facets=(), highlight=False)).total


def _candidates(engine: SearchEngine, everything: int) -> Iterator[tuple[str, SearchRequest]]:
    facets = (FacetName.PAPER_TYPE, FacetName.KOMMUNE)
    newest = engine.search(
        page_search(sort=Sort.DATE_DESC, per_page=LOOKED_AT, facets=facets, facet_size=3, highlight=False)
    )
    buckets = {facet.name: facet.buckets for facet in newest.facets}
    topics = _topics(engine, newest.hits, everything)
    yield from ((word, page_search(q=word)) for word in islice(topics, 2))
    for kommune in buckets.get(FacetName.KOMMUNE, ())[:1]:
        for word in islice(topics, 1):
            yield f"{word}, {kommune.label}", page_search(q=word, kommune=(kommune.value,))
    for kind in buckets.get(FacetName.PAPER_TYPE, ())[:1]:
        yield kind.label, page_search(paper_type=(kind.value,))
    for hit in newest.hits:
        if hit.paper and hit.paper.reference:
            yield hit.paper.reference, page_search(q=hit.paper.reference)
            break
    yield from ((word, page_search(q=word)) for word in topics)


def _topics(engine: SearchEngine, hits: Sequence[Hit], everything: int) -> Iterator[str]:
    """Yield long nouns from names of Vorgänge: neither places nor words that every other one has (Stellungnahme)."""
    places = {hit.kommune.name for hit in hits if hit.kommune}
    names = [hit.paper.name if hit.paper and hit.paper.name else hit.title for hit in hits]
    words = Counter(word for name in names for word in set(_LONG_NOUN.findall(name)) if word not in places)
    for word, _ in sorted(words.items(), key=lambda item: (-item[1], item[0])):
        if _total(engine, page_search(q=word)) <= max(5, everything * LARGEST_SHARE):
            yield word
