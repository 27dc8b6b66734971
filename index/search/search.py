"""One search on one view of the index, phase by phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from analyzers import joined
from index.contract import (
    MAX_QUERY_CHARS,
    Collapse,
    Facet,
    SearchRequest,
    SearchResult,
    SearchWarning,
    Sort,
    Suggestion,
    facet_query_of,
)
from index.query.language import parse
from index.query.plan import Plan
from index.query.planning import make_plan
from index.query.spelling import RARE_DOCS, did_you_mean
from index.query.time_budget import TimeBudget
from index.query.weights import Weights
from index.search.execution import MAX_EXPANSIONS, Execution, Matches
from index.search.facets import FacetCounter
from index.search.filters import Filters, combined
from index.search.hits import Hits
from index.search.ranking import decode_cursor, encode_cursor
from index.search.score_factors import with_kommunen, with_recency, with_siblings, with_whole_titles
from index.search.snippets import SnippetShape
from index.search.view import View
from index.search.widening import FEW_DOCUMENTS, Widened, can_widen, widened

OUTDATED = SearchWarning(
    "index_outdated", "the index is being built anew for a new text analysis; until then some hits may be missing"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found before filters, and by which plan: of the query, or of it ``corrected`` as well."""

    plan: Plan
    matches: list[Matches]
    widened: Widened | None = None
    corrected: str | None = None

    @property
    def complete(self) -> int:
        """The number of documents that have all words."""
        return _count(self.matches) if self.widened is None else sum(map(len, self.widened.complete))

    @property
    def relaxed(self) -> bool:
        """Whether there are documents that do not have all words as typed."""
        found = _count(self.matches)
        return found > self.complete or (found > 0 and self.corrected is not None)


class Search:
    """One search on one view, phase by phase."""

    def __init__(
        self,
        view: View,
        weights: Weights,
        request: SearchRequest,
        budget: TimeBudget | None = None,
    ) -> None:
        self._view = view
        self._weights = weights
        self._request = request
        self._segments = view.snapshot.segments
        self._execution = Execution(view.snapshot, weights, budget)
        self._q = request.q if request.exact else joined(request.q)
        self._filters = Filters.of(request, view.kommunen)
        self._masks = [self._filters.masks(segment) for segment in self._segments]
        self._timings: dict[str, float] = {}

    def run(self) -> SearchResult:
        request = self._request
        started = clock = perf_counter()
        after = decode_cursor(request, request.cursor) if request.cursor is not None else None
        found = self._find()
        plan = found.plan
        clock = self._took("match", clock)

        counter = self._counter(found.matches)
        filtered = self._filtered(self._scored(found))
        clock = self._took("filter", clock)

        hits = self._hits(found, filtered)
        total = len(hits.candidates)
        skip = (request.page - 1) * request.per_page
        places = hits.best(skip=skip, count=request.per_page + 1, after=after)
        has_more = len(places) > request.per_page
        places = places[: request.per_page]
        next_cursor = encode_cursor(request, hits.position(places[-1])) if has_more else None
        clock = self._took("rank", clock)

        facets: tuple[Facet, ...] = tuple(
            counter.count(name, request.facet_size, request.date_interval, facet_query_of(request, name))
            for name in request.facets
        )
        clock = self._took("facets", clock)

        explained = plan.alternatives if request.explain else ()
        shape = SnippetShape(request.snippets, request.snippet_length) if request.highlight else None
        shown = tuple(hits.hits(places, snippets=shape, explained=explained))
        clock = self._took("snippets", clock)

        suggestion = self._suggestion(found, total)
        self._took("spelling", clock)
        return SearchResult(
            total=total,
            total_all_words=hits.complete,
            total_documents=sum(len(part.docs) for part in filtered),
            hits=shown,
            facets=facets,
            page=request.page if request.cursor is None else None,
            per_page=request.per_page,
            next_cursor=next_cursor,
            relaxed=found.relaxed,
            warnings=self._warnings(plan),
            did_you_mean=suggestion,
            generation=self._view.generation,
            preferred=plan.preferred,
            took_ms=(perf_counter() - started) * 1000,
            timings_ms=self._timings,
        )

    def hits(self) -> Hits:
        """Return all hits, without the other phases of a search."""
        found = self._find()
        return self._hits(found, self._filtered(self._scored(found)))

    def total(self) -> int:
        """Return the number of hits, without the other phases of a search."""
        found = self._find()
        return len(self._hits(found, self._filtered(found.matches)).candidates)

    def _find(self) -> Found:
        """Return the matches before any filter, so that filters decide neither what is corrected nor what is added.

        A misspelt word is corrected rather than left out; what was typed is still found, and the answer says so.
        """
        plan = self._plan(self._q)
        found = self._found(plan)
        count = found.complete
        if self._request.exact or not (count == 0 or (self._may_widen(plan) and count <= RARE_DOCS)):
            return found
        corrected = did_you_mean(self._q, plan.typed_words, self._view.vocabulary, self._count_everywhere, count)
        if corrected is None:
            return found
        plan = plan.or_corrected(self._plan(joined(corrected)))
        return self._found(plan, corrected)

    def _found(self, plan: Plan, corrected: str | None = None) -> Found:
        """Return what a plan finds; of a sentence, or where few documents have all words, those with most too.

        What is ``corrected`` had hardly any.
        """
        may_widen = self._may_widen(plan)
        if may_widen and (plan.is_question or corrected is not None):
            return self._widened(plan, corrected)
        matches = self._execution.run(plan.root)
        if may_widen and _count(matches) < FEW_DOCUMENTS:
            return self._widened(plan, corrected)
        return Found(plan, matches, None, corrected)

    def _widened(self, plan: Plan, corrected: str | None) -> Found:
        wide = widened(self._execution, plan)
        return Found(plan, wide.matches, wide, corrected)

    def _may_widen(self, plan: Plan) -> bool:
        return can_widen(plan) and not self._request.exact and not self._request.all_words

    def _suggestion(self, found: Found, total: int) -> Suggestion | None:
        """Return the spelling that was searched as well, or a better one where there are few hits."""
        q = found.corrected
        if q is None and total <= RARE_DOCS:
            q = did_you_mean(self._q, found.plan.typed_words, self._view.vocabulary, self._total, total)
        hits = 0 if q is None else self._total(q)
        return None if q is None or not hits else Suggestion(q, hits, searched=found.corrected is not None)

    def _plan(self, q: str) -> Plan:
        view = self._view
        return make_plan(
            parse(q), view.analysis, view.kommunen, self._weights, view.vocabulary, exact=self._request.exact
        )

    def matching(self, document_ids: Sequence[str]) -> list[str]:
        """Return those of some documents that all of the query and the filters fit."""
        plan = self._plan(self._q)
        found = []
        for segment, masks in zip(self._segments, self._masks, strict=True):
            docs = [segment.data.docs("id", document_id) for document_id in document_ids]
            within = np.unique(np.concatenate([np.empty(0, dtype=np.intp), *docs]))
            if segment.live is not None:
                within = within[segment.live[within]]
            if masks:
                within = within[combined(masks)[within]]
            if len(within):
                matches = self._execution.evaluate(plan.root, segment, within)
                found += [segment.document_id(doc) for doc in np.intersect1d(matches.docs, within).tolist()]
        return found

    def _filtered(self, matches: Sequence[Matches]) -> list[Matches]:
        """Return the matches under all filters."""
        return [
            part.keep(combined(masks)[part.docs]) if masks else part
            for part, masks in zip(matches, self._masks, strict=True)
        ]

    def _sort(self, plan: Plan) -> Sort:
        """Return the order of the hits: by date where there is nothing to rank by."""
        ranked = self._request.sort is not Sort.RELEVANCE or plan.wanted or plan.required
        return self._request.sort if ranked else Sort.DATE_DESC

    def _scored(self, found: Found) -> list[Matches]:
        """Return the matches with the scores by which they are ranked; before any filter, so that none changes them."""
        plan, matches = found.plan, found.matches
        if self._sort(plan) is not Sort.RELEVANCE:
            return matches
        if plan.title is not None:
            matches = with_whole_titles(matches, self._execution, plan.title)
        if self._weights.siblings:
            matches = with_siblings(matches, self._segments, self._view.papers, self._weights.siblings)
        if plan.preferred:
            matches = with_kommunen(matches, self._execution, [named.kommune.id for named in plan.preferred])
        if self._request.boost_recent:
            matches = with_recency(matches, self._segments, self._weights.recency)
        return matches

    def _hits(self, found: Found, filtered: Sequence[Matches]) -> Hits:
        papers = self._view.papers if self._request.collapse is Collapse.PAPER else None
        sort = self._sort(found.plan)
        return Hits(self._execution, filtered, found.plan.marks, self._view.analysis, sort, papers, found.widened)

    def _counter(self, matches: Sequence[Matches]) -> FacetCounter:
        docs = [part.docs for part in matches]
        return FacetCounter(self._segments, docs, self._masks, self._filters, self._view.facet_values)

    def _total(self, q: str) -> int:
        """Count the hits of another query under the filters of this search, just as its own search would.

        That search may correct what is left; it has fewer words that nobody knows, so this comes to an end.
        """
        if len(q) > MAX_QUERY_CHARS:
            return 0  # nobody could search for it
        request = replace(self._request, q=q, cursor=None, page=1)
        return Search(self._view, self._weights, request, self._execution.budget).total()

    def _count_everywhere(self, q: str) -> int:
        """Count the documents that have all words of another query, under no filter."""
        return 0 if len(q) > MAX_QUERY_CHARS else _count(self._execution.run(self._plan(joined(q)).root))

    def _warnings(self, plan: Plan) -> tuple[SearchWarning, ...]:
        truncated = tuple(
            SearchWarning(
                "too_many_expansions",
                f"it stands for more than {MAX_EXPANSIONS:,} words; those in most documents were searched",
                text,
            )
            for text in sorted(self._execution.truncated)
        )
        outdated = (OUTDATED,) if self._view.is_outdated else ()
        return (*plan.warnings, *self._filters.warnings, *truncated, *outdated)

    def _took(self, phase: str, since: float) -> float:
        self._execution.budget.check()
        now = perf_counter()
        self._timings[phase] = (now - since) * 1000
        return now


def _count(matches: Sequence[Matches]) -> int:
    return sum(len(part.docs) for part in matches)
