"""The reading side of the Whoosh engine: opens commits as they come and answers requests on the newest one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock

from analyzers import GermanAnalysis, joined
from index.completions import complete
from index.damage import OPEN_ERRORS, reported
from index.engine import (
    MAX_PAGED_HITS,
    MAX_PER_PAGE,
    MAX_QUERY_CHARS,
    Completion,
    EngineHealth,
    EngineStats,
    FacetName,
    Hit,
    SearchRequest,
    SearchResult,
    Sort,
)
from index.errors import IndexUnavailable, InvalidRequest, SearchIndexError
from index.execution import Execution
from index.generations import Generations
from index.highlighting import Highlighter, highlight_pages
from index.kommunen import KommuneDirectory
from index.plan import Marks
from index.planning import make_plan
from index.query_language import parse
from index.search import Hits, Search, View
from index.similarity import similar_query
from index.snapshot import Snapshot
from index.time_budget import TimeBudget
from index.turns import Turns
from index.weights import DEFAULT_WEIGHTS, Weights

PATIENCE_S = 0.1
"""How long a search waits for others of the process to end before it runs beside them."""
OPEN_ATTEMPTS = 5
"""Times a snapshot is opened again when a commit or a switch of generations came in between."""


class WhooshEngine:
    """Searches the index in a folder; implements ``index.engine.SearchEngine``. Thread-safe; opens on first use."""

    def __init__(
        self, folder: Path, analysis: GermanAnalysis, weights: Weights = DEFAULT_WEIGHTS, timeout_s: float = 0.0
    ) -> None:
        self._timeout_s = timeout_s
        self._generations = Generations(folder)
        self._analysis = analysis
        self._weights = weights
        self._lock = Lock()
        self._turns = Turns(PATIENCE_S)
        self._view: View | None = None

    @classmethod
    def open(cls, folder: Path, analysis: GermanAnalysis, *, timeout_s: float = 0.0) -> WhooshEngine:
        """Return an engine for the index in ``folder``, which need not exist yet.

        A search that takes longer than ``timeout_s`` (0: any time) raises ``SearchTimeout``.
        """
        return cls(folder, analysis, timeout_s=timeout_s)

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a search. Raises ``InvalidRequest`` or ``IndexUnavailable``."""
        validate(request)
        view = self._current_view()
        with reported(view.folder), self._turns.turn():
            return Search(view, self._analysis, self._weights, request, TimeBudget(self._timeout_s)).run()

    def scan(self, request: SearchRequest) -> Iterator[Hit]:
        """Return all hits, in order, of one snapshot. Raises ``InvalidRequest`` or ``IndexUnavailable``."""
        validate(request)
        view = self._current_view()
        with reported(view.folder):
            hits = Search(view, self._analysis, self._weights, request, TimeBudget(self._timeout_s)).hits()
        return self._scanned(view, hits)

    def matching(self, request: SearchRequest, document_ids: Sequence[str]) -> Sequence[str]:
        """Return those of some documents that a search finds. Raises ``InvalidRequest`` or ``IndexUnavailable``."""
        validate(request)
        view = self._current_view()
        with reported(view.folder):
            return Search(view, self._analysis, self._weights, request, TimeBudget(self._timeout_s)).matching(
                document_ids
            )

    def suggest(self, prefix: str, *, limit: int = 8) -> Sequence[Completion]:
        """Complete what a person has typed so far. Raises ``InvalidRequest`` or ``IndexUnavailable``."""
        validate(SearchRequest(q=prefix))
        view = self._current_view()
        with reported(view.folder):
            return complete(prefix, view.snapshot, self._analysis, view.kommunen, limit)

    def similar(self, document_id: str, *, limit: int = 5) -> Sequence[Hit]:
        """Return documents like this one, best first; none for an unknown id. Raises ``IndexUnavailable``."""
        view = self._current_view()
        with reported(view.folder):
            execution = Execution(view.snapshot, self._weights, TimeBudget(self._timeout_s))
            query = similar_query(execution, document_id, self._analysis)
            if query is None:
                return ()
            matches = execution.run(query)
            hits = Hits(execution, matches, Marks(), self._analysis, Sort.RELEVANCE)
            places = hits.best(skip=0, count=limit + 1, after=None)
            found = hits.hits(places)
            return tuple(hit for hit in found if hit.id != document_id)[:limit]

    def highlight(self, pages: Sequence[str], q: str, *, exact: bool = False) -> Sequence[str]:
        """Return each page as escaped HTML with the words of ``q`` marked. Raises ``InvalidRequest``."""
        validate(SearchRequest(q=q))
        plan = make_plan(
            parse(q if exact else joined(q)), self._analysis, KommuneDirectory([]), self._weights, None, exact=exact
        )
        return highlight_pages(pages, Highlighter(plan.marks, self._analysis))

    def stats(self) -> EngineStats:
        """Count what is in the index. Raises ``IndexUnavailable``."""
        view = self._current_view()
        snapshot = view.snapshot
        result = self.search(SearchRequest(per_page=1, facets=(FacetName.KOMMUNE,), facet_size=1_000_000))
        facet = result.facets[0]
        counts = [(view.kommunen.by_id.get(bucket.value), bucket.count) for bucket in facet.buckets]
        if facet.missing:
            counts.append((None, facet.missing))
        size = sum(path.stat().st_size for path in view.folder.iterdir() if path.is_file())
        return EngineStats(
            documents=snapshot.doc_count,
            documents_by_kommune=tuple(counts),
            newest_date=result.hits[0].date if result.hits else None,
            applied_change=snapshot.applied_change,
            generation=view.generation(self._analysis),
            analyzer_fingerprint=self._analysis.fingerprint,
            size_bytes=size,
            segments=len(snapshot.segments),
        )

    def health(self) -> EngineHealth:
        """Tell whether searches can be answered. Never raises."""
        try:
            view = self._current_view()
        except SearchIndexError as error:
            return EngineHealth(ready=False, reason=str(error))
        return EngineHealth(ready=True, generation=view.generation(self._analysis))

    def applied_change(self) -> int:
        """Return the number of the last change that searches of this process can see. Raises ``IndexUnavailable``."""
        return self._current_view().snapshot.applied_change

    def close(self) -> None:
        """Forget the snapshot; its files are closed when the last search on it has ended."""
        self._view = None

    def _scanned(self, view: View, hits: Hits) -> Iterator[Hit]:
        with reported(view.folder):
            for at in hits.in_order():
                yield from hits.hits([at])

    def _current_view(self) -> View:
        """Return the newest commit, opened anew when there is one."""
        self._analysis.refresh()
        view = self._view
        if view is not None and self._is_current(view):
            return view
        with self._lock:
            view = self._view
            if view is None or not self._is_current(view):
                view = self._view = self._open(view)
            return view

    def _is_current(self, view: View) -> bool:
        try:
            return self._generations.stamp(view.folder) == view.stamp
        except OSError:
            return False

    def _open(self, previous: View | None) -> View:
        last_error: SearchIndexError | None = None
        for _ in range(OPEN_ATTEMPTS):
            try:
                folder = self._generations.current()
                manifest = self._generations.manifest(folder)
                with reported(folder, OPEN_ERRORS):
                    stamp = self._generations.stamp(folder)
                if reason := manifest.unreadable():
                    raise IndexUnavailable(f"{reason}; the worker builds it anew")
                # Read before the commit is opened, so that the number never promises too much.
                applied = self._generations.applied_change(folder)
                known = previous.snapshot if previous is not None and previous.folder == folder else None
                with reported(folder, OPEN_ERRORS):
                    is_outdated = manifest.outdated(self._analysis.fingerprint) is not None
                    return View(Snapshot.open(folder, applied, known), folder, stamp, is_outdated=is_outdated)
            except SearchIndexError as error:
                last_error = error
        assert last_error is not None
        raise last_error


def validate(request: SearchRequest) -> None:
    """Raise ``InvalidRequest`` when a request's values are out of range or do not go together."""
    if len(request.q) > MAX_QUERY_CHARS:
        raise InvalidRequest(
            "q", f"the query has {len(request.q):,} characters; at most {MAX_QUERY_CHARS:,} are searched, shorten it"
        )
    if not 1 <= request.per_page <= MAX_PER_PAGE:
        raise InvalidRequest("per_page", f"per_page must be from 1 to {MAX_PER_PAGE}")
    if request.page < 1:
        raise InvalidRequest("page", "page counts from 1")
    if request.cursor is not None and request.page != 1:
        raise InvalidRequest("cursor", "cursor and page exclude each other")
    if request.page * request.per_page > MAX_PAGED_HITS:
        raise InvalidRequest("page", f"pages end at hit {MAX_PAGED_HITS:,}; go on with cursor, or narrow the search")
    if request.facet_size < 0:
        raise InvalidRequest("facet_size", "facet_size must not be negative")
    if request.date_from and request.date_to and request.date_from > request.date_to:
        raise InvalidRequest("date_from", "date_from is after date_to")
