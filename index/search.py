"""One search on one view of the index, phase by phase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter

import numpy as np

from analyzers import GermanAnalysis, joined
from index.collapsing import Collapsing, Papers
from index.documents import Document
from index.engine import (
    COLLAPSED_DOCUMENTS,
    Collapse,
    Collapsed,
    CollapsedDocument,
    Facet,
    FacetName,
    Hit,
    SearchRequest,
    SearchResult,
    SearchWarning,
    Snippet,
    Sort,
    Suggestion,
)
from index.execution import MAX_EXPANSIONS, Execution, Matches
from index.explanation import explanation
from index.facet_values import FacetValues
from index.facets import FacetCounter
from index.filters import Filters, combined
from index.generations import Stamp
from index.highlighting import Highlighter
from index.kommunen import KommuneDirectory
from index.plan import Alternative, Marks, Plan
from index.planning import make_plan
from index.query_language import parse
from index.ranking import Candidates, Position, best, decode_cursor, encode_cursor, in_order, sort_keys
from index.relaxation import can_relax, has_all, partial_matches
from index.score_factors import with_recency, with_whole_titles
from index.snapshot import Segment, Snapshot, StoredDocument
from index.spelling import RARE_DOCS, did_you_mean
from index.time_budget import TimeBudget
from index.weights import Weights

OUTDATED = SearchWarning(
    "index_outdated", "the index is being built anew for a new text analysis; until then some hits may be missing"
)


class View:
    """A snapshot and what is derived from it once."""

    def __init__(self, snapshot: Snapshot, folder: Path, stamp: Stamp, *, is_outdated: bool = False) -> None:
        self.snapshot = snapshot
        self.folder = folder
        self.stamp = stamp
        self.is_outdated = is_outdated
        self.kommunen = KommuneDirectory.of(snapshot)
        self._facet_values: dict[str, FacetValues] = {}

    def generation(self, analysis: GermanAnalysis) -> str:
        """Return what identifies the answers of this view: the commit, and how queries are understood."""
        return f"{self.snapshot.name}-{analysis.query_version}"

    @cached_property
    def papers(self) -> Papers:
        """The Vorgänge of all documents."""
        return Papers(self.snapshot.segments)

    def facet_values(self, column: str) -> FacetValues:
        """Return the distinct values of a column over all segments."""
        if column not in self._facet_values:
            label = self.kommunen.label if column == FacetName.KOMMUNE else str
            self._facet_values[column] = FacetValues(self.snapshot.segments, column, label)
        return self._facet_values[column]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found before filters, and by which plan: of the query, or of ``suggestion`` in its place."""

    plan: Plan
    matches: list[Matches]
    relaxed: bool = False
    suggestion: Suggestion | None = None


class Hits:
    """All matches of a query under all filters, and the hits made of the best of them.

    With ``papers``, ``candidates`` has one match for each Vorgang, which stands for the others.
    """

    def __init__(
        self,
        execution: Execution,
        matches: Sequence[Matches],
        marks: Marks,
        analysis: GermanAnalysis,
        sort: Sort,
        papers: Papers | None = None,
    ) -> None:
        self._execution = execution
        self._segments: Sequence[Segment] = execution.snapshot.segments
        self._highlighter = Highlighter(marks, analysis)
        self._sort = sort
        self._matches = Candidates(self._segments, [part.docs for part in matches], [part.scores for part in matches])
        self._collapsing = None if papers is None else Collapsing(self._segments, self._matches, sort, papers)
        self.candidates = self._matches if self._collapsing is None else self._collapsing.leaders

    def best(self, *, skip: int, count: int, after: Position | None) -> list[int]:
        return best(self.candidates, self._sort, skip=skip, count=count, after=after)

    def in_order(self) -> Iterator[int]:
        return in_order(self.candidates, self._segments, self._sort)

    def position(self, at: int) -> Position:
        first, second = sort_keys(self.candidates, self._sort, np.array([at]))
        return Position((float(first[0]), float(second[0])), self.candidates.id_of(at))

    def hits(
        self, places: Sequence[int], *, highlight: bool = False, explained: Sequence[Alternative] = ()
    ) -> list[Hit]:
        """Return hits, with snippets if wanted, and with how they were found among the ways to be ``explained``."""
        stored = [self._stored(at) for at in places]
        snippets = self._snippets(places, stored) if highlight else {}
        return [
            self._hit(at, packed.document(), snippets.get(at, ()), explained)
            for at, packed in zip(places, stored, strict=True)
        ]

    def _snippets(self, places: Sequence[int], stored: Sequence[StoredDocument]) -> dict[int, tuple[Snippet, ...]]:
        found = {}
        for number, segment in enumerate(self._segments):
            here = {
                int(self.candidates.doc[at]): (at, packed.text())
                for at, packed in zip(places, stored, strict=True)
                if self.candidates.segment[at] == number
            }
            texts = {doc: text for doc, (_, text) in here.items()}
            for doc, snippets in self._highlighter.snippets(self._execution, segment, texts).items():
                found[here[doc][0]] = snippets
        return found

    def _stored(self, at: int) -> StoredDocument:
        return self._segments[int(self.candidates.segment[at])].stored(int(self.candidates.doc[at]))

    def _hit(self, at: int, document: Document, snippets: tuple[Snippet, ...], explained: Sequence[Alternative]) -> Hit:
        segment, doc = self._segments[int(self.candidates.segment[at])], int(self.candidates.doc[at])
        return Hit(
            id=document.id,
            score=float(self.candidates.score[at]) if self._sort is Sort.RELEVANCE else 0.0,
            title=document.title,
            title_html=self._highlighter.mark(document.title),
            kommune=document.kommune,
            date=document.date,
            paper=document.paper,
            organizations=document.organizations,
            file_name=document.file_name,
            mime_type=document.mime_type,
            page_count=document.page_count,
            size=document.size,
            text_quality=document.text_quality,
            indexed_at=document.indexed_at,
            snippets=snippets,
            sha256=document.sha256,
            created=document.created,
            modified=document.modified,
            keywords=document.keywords,
            access_url=document.access_url,
            download_url=document.download_url,
            web_url=document.web_url,
            collapsed=self._collapsed(at),
            found_by=explanation(self._execution, explained, segment, doc) if explained else (),
        )

    def _collapsed(self, at: int) -> Collapsed | None:
        if self._collapsing is None:
            return None
        others = []
        for place in self._collapsing.others(at, COLLAPSED_DOCUMENTS):
            segment = self._segments[int(self._matches.segment[place])]
            document = segment.stored(int(self._matches.doc[place])).document()
            others.append(CollapsedDocument(document.id, document.title, document.file_name, document.page_count))
        return Collapsed(self._collapsing.count(at), tuple(others))


class Search:
    """One search on one view, phase by phase."""

    def __init__(
        self,
        view: View,
        analysis: GermanAnalysis,
        weights: Weights,
        request: SearchRequest,
        budget: TimeBudget | None = None,
    ) -> None:
        self._view = view
        self._weights = weights
        self._analysis = analysis
        self._request = request
        self._segments = view.snapshot.segments
        self._execution = Execution(view.snapshot, weights, budget)
        self._q = request.q if request.exact else joined(request.q)
        self._filters = Filters.of(request, view.kommunen)
        self._masks = [self._filters.masks(segment) for segment in self._segments]
        self._timings: dict[str, float] = {}
        self._suggestions: dict[int, Suggestion | None] = {}

    def run(self) -> SearchResult:
        request = self._request
        started = clock = perf_counter()
        after = decode_cursor(request, request.cursor) if request.cursor is not None else None
        found = self._find()
        plan = found.plan
        clock = self._took("match", clock)

        counter = self._counter(found.matches)
        filtered = self._filtered(found.matches)
        clock = self._took("filter", clock)

        hits = self._hits(plan, filtered)
        total = len(hits.candidates)
        skip = (request.page - 1) * request.per_page
        places = hits.best(skip=skip, count=request.per_page + 1, after=after)
        has_more = len(places) > request.per_page
        places = places[: request.per_page]
        next_cursor = encode_cursor(request, hits.position(places[-1])) if has_more else None
        clock = self._took("rank", clock)

        facets: tuple[Facet, ...] = tuple(
            counter.count(name, request.facet_size, request.date_interval) for name in request.facets
        )
        clock = self._took("facets", clock)

        explained = plan.alternatives if request.explain else ()
        shown = tuple(hits.hits(places, highlight=request.highlight, explained=explained))
        clock = self._took("snippets", clock)

        suggestion = found.suggestion
        if suggestion is None and total <= RARE_DOCS:
            suggestion = self._did_you_mean(plan, total)
        self._took("spelling", clock)
        return SearchResult(
            total=total,
            total_documents=sum(len(part.docs) for part in filtered),
            hits=shown,
            facets=facets,
            page=request.page if request.cursor is None else None,
            per_page=request.per_page,
            next_cursor=next_cursor,
            relaxed=found.relaxed,
            warnings=self._warnings(plan),
            did_you_mean=suggestion,
            generation=self._view.generation(self._analysis),
            took_ms=(perf_counter() - started) * 1000,
            timings_ms=self._timings,
        )

    def hits(self) -> Hits:
        """Return all hits, without the other phases of a search."""
        found = self._find()
        return self._hits(found.plan, self._filtered(found.matches))

    def _find(self) -> Found:
        """Return the matches before any filter: of the query, else of its correction, else of most of it."""
        plan = self._plan(self._q)
        matches = self._execution.run(plan.query)
        has_matches = any(len(part.docs) for part in matches)
        if has_matches and not plan.is_question:
            return Found(plan, matches)
        # A misspelt word is corrected rather than left out; what was typed has nothing to lose, and the answer says so.
        suggestion = None if has_matches or self._request.exact else self._did_you_mean(plan)
        if suggestion is not None:
            plan = self._plan(suggestion.q)
            matches = self._execution.run(plan.query)
            has_matches = any(len(part.docs) for part in matches)
        if can_relax(plan, self._view.snapshot) and (plan.is_question or not has_matches):
            partial = partial_matches(self._execution, plan)
            is_relaxed = suggestion is not None or not has_all(partial, matches)
            return Found(plan, partial, is_relaxed and any(len(part.docs) for part in partial), suggestion)
        return Found(plan, matches, suggestion is not None, suggestion)

    def _did_you_mean(self, plan: Plan, found: int = 0) -> Suggestion | None:
        """Return a better spelling of what was typed, looked for once: without matches it is asked for twice."""
        if found not in self._suggestions:
            self._suggestions[found] = did_you_mean(
                self._q, plan.typed_words, self._view.snapshot, self._analysis, self._count, found
            )
        return self._suggestions[found]

    def _plan(self, q: str) -> Plan:
        view = self._view
        return make_plan(
            parse(q), self._analysis, view.kommunen, self._weights, view.snapshot, exact=self._request.exact
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
                matches = self._execution.evaluate(plan.query, segment, within)
                found += [segment.document_id(doc) for doc in np.intersect1d(matches.docs, within).tolist()]
        return found

    def _filtered(self, matches: Sequence[Matches]) -> list[Matches]:
        """Return the matches under all filters."""
        return [
            part.keep(combined(masks)[part.docs]) if masks else part
            for part, masks in zip(matches, self._masks, strict=True)
        ]

    def _hits(self, plan: Plan, filtered: Sequence[Matches]) -> Hits:
        sort = self._request.sort
        if sort is Sort.RELEVANCE and not plan.wanted:
            sort = Sort.DATE_DESC  # nothing to rank by
        if sort is Sort.RELEVANCE and plan.title is not None:
            filtered = with_whole_titles(filtered, self._execution, plan.title)
        if sort is Sort.RELEVANCE and self._request.boost_recent:
            filtered = with_recency(filtered, self._segments, self._weights.recency)
        papers = self._view.papers if self._request.collapse is Collapse.PAPER else None
        return Hits(self._execution, filtered, plan.marks, self._analysis, sort, papers)

    def _counter(self, matches: Sequence[Matches]) -> FacetCounter:
        docs = [part.docs for part in matches]
        return FacetCounter(self._segments, docs, self._masks, self._filters, self._view.facet_values)

    def _count(self, q: str) -> int:
        """Count the hits of another query under the filters of this search."""
        plan = self._plan(q)
        matches = self._execution.run(plan.query)
        if can_relax(plan, self._view.snapshot) and not any(len(part.docs) for part in matches):
            matches = partial_matches(self._execution, plan)
        return len(self._hits(plan, self._filtered(matches)).candidates)

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
