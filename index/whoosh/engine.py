"""The reading side of the embedded engine: answers requests on the newest commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path

from analyzers import GermanAnalysis, joined
from index.contract import (
    Bounds,
    Completion,
    EngineState,
    EngineStats,
    FacetName,
    Hit,
    SearchIndexError,
    SearchRequest,
    SearchResult,
    Sort,
    validate,
)
from index.query.completions import complete
from index.query.language import parse
from index.query.marking import Marker, Marks, mark_pages
from index.query.planning import make_plan
from index.query.time_budget import TimeBudget
from index.query.weights import DEFAULT_WEIGHTS, Weights
from index.search.execution import Execution
from index.search.hits import Hits
from index.search.search import Search
from index.search.similarity import similar_query
from index.search.turns import Turns
from index.search.view import View
from index.whoosh.damage import reported
from index.whoosh.following import Following, Opened

PATIENCE_S = 0.1
"""How long a search waits for others of the process to end before it runs beside them."""


class WhooshEngine:
    """Searches the index in a folder; implements ``index.contract.SearchEngine``. Thread-safe; opens on first use."""

    def __init__(
        self, folder: Path, analysis: GermanAnalysis, weights: Weights = DEFAULT_WEIGHTS, timeout_s: float = 0.0
    ) -> None:
        self._timeout_s = timeout_s
        self._analysis = analysis
        self._weights = weights
        self._turns = Turns(PATIENCE_S)
        self._following = Following(folder, analysis)
        self._bounds = Bounds()

    @classmethod
    def open(cls, folder: Path, analysis: GermanAnalysis, *, timeout_s: float = 0.0) -> WhooshEngine:
        """Return an engine for the index in ``folder``, which need not exist yet.

        A search that takes longer than ``timeout_s`` (0: any time) raises ``SearchTimeout``.
        """
        return cls(folder, analysis, timeout_s=timeout_s)

    def within(self, bounds: Bounds) -> WhooshEngine:
        """Return an engine for the documents within bounds only."""
        engine = copy(self)
        engine._bounds = bounds.within(self._bounds)
        return engine

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a search. Raises ``InvalidRequest``, ``IndexUnavailable`` or ``SearchTimeout``."""
        validate(request)
        opened = self._current()
        with reported(opened.folder), self._turns.turn():
            return self._search(opened.view, request).run()

    def scan(self, request: SearchRequest) -> Iterator[Hit]:
        """Return all hits, in order, of one snapshot. Raises like ``search``."""
        validate(request)
        opened = self._current()
        with reported(opened.folder):
            hits = self._search(opened.view, request).hits()
        return _scanned(opened, hits)

    def matching(self, request: SearchRequest, document_ids: Sequence[str]) -> Sequence[str]:
        """Return those of some documents that a search finds. Raises like ``search``."""
        validate(request)
        opened = self._current()
        with reported(opened.folder):
            return self._search(opened.view, request).matching(document_ids)

    def suggest(self, prefix: str, *, limit: int = 8) -> Sequence[Completion]:
        """Complete what a person has typed so far. Raises like ``search``."""
        validate(SearchRequest(q=prefix))
        opened = self._current()
        view = opened.view
        with reported(opened.folder):
            execution = Execution(view.snapshot, budget=self._budget())
            return complete(prefix, execution, view.vocabulary, self._analysis, view.kommunen, limit)

    def similar(self, document_id: str, *, limit: int = 5) -> Sequence[Hit]:
        """Return documents like this one, best first; none for an unknown id. Raises like ``search``."""
        opened = self._current()
        with reported(opened.folder):
            execution = Execution(opened.view.snapshot, self._weights, self._budget())
            query = similar_query(execution, document_id, self._analysis)
            if query is None:
                return ()
            hits = Hits(execution, execution.run(query), Marks(), self._analysis, Sort.RELEVANCE)
            found = hits.hits(hits.best(skip=0, count=limit + 1, after=None))
            return tuple(hit for hit in found if hit.id != document_id)[:limit]

    def highlight(self, pages: Sequence[str], q: str, *, exact: bool = False) -> Sequence[str]:
        """Return each page as escaped HTML with the words of ``q`` marked.

        Raises ``InvalidRequest``, ``IndexUnavailable`` or ``SearchTimeout``.
        """
        validate(SearchRequest(q=q))
        opened = self._current()  # or the value of kommune: would be taken for words
        plan = make_plan(
            parse(q if exact else joined(q)), self._analysis, opened.view.kommunen, self._weights, None, exact=exact
        )
        return mark_pages(pages, Marker(plan.marks, self._analysis), self._budget())

    def stats(self) -> EngineStats:
        """Count what is in the index. Raises like ``search``."""
        opened = self._current()
        view = opened.view
        request = SearchRequest(per_page=1, facets=(FacetName.KOMMUNE,), facet_size=1_000_000)
        with reported(opened.folder), self._turns.turn():
            result = self._search(view, request).run()
        facet = result.facets[0]
        counts = [(view.kommunen.by_id.get(bucket.value), bucket.count) for bucket in facet.buckets]
        if facet.missing:
            counts.append((None, facet.missing))
        return EngineStats(
            documents=view.snapshot.doc_count,
            documents_by_kommune=tuple(counts),
            newest_date=result.hits[0].date if result.hits else None,
            applied_change=view.snapshot.applied_change,
            generation=view.generation,
            analyzer_fingerprint=self._analysis.fingerprint,
            size_bytes=sum(segment.data.size_bytes for segment in view.snapshot.segments),
            segments=len(view.snapshot.segments),
        )

    def verify(self, read: Callable[[int], object] = lambda _: None) -> None:
        """Read all of the index and compare it with its checksums; ``read`` is called with numbers of bytes read.

        Raises ``IndexDamaged`` or ``IndexUnavailable``.
        """
        opened = self._current()
        with reported(opened.folder):
            self._following.verify_contents(opened)
            opened.view.snapshot.verify(read)

    def state(self) -> EngineState:
        """Tell whether searches can be answered, and on which commit. Never raises."""
        try:
            view = self._current().view
        except SearchIndexError as error:
            return EngineState(ready=False, reason=str(error))
        return EngineState(ready=True, generation=view.generation, applied_change=view.snapshot.applied_change)

    def close(self) -> None:
        """Forget the snapshot; its files are closed when the last search on it has ended."""
        self._following.forget()

    def _current(self) -> Opened:
        opened = self._following.current()
        return replace(opened, view=opened.view.within(self._bounds)) if self._bounds else opened

    def _search(self, view: View, request: SearchRequest) -> Search:
        return Search(view, self._weights, request, self._budget())

    def _budget(self) -> TimeBudget:
        return TimeBudget(self._timeout_s)


def _scanned(opened: Opened, hits: Hits) -> Iterator[Hit]:
    with reported(opened.folder):
        for at in hits.in_order():
            yield from hits.hits([at])
