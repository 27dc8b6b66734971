"""Our engine. Indexes raw text with the whole chain; searches stems in title and text like the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from analyzers import GermanAnalysis, slug
from benchmarks.engines.work import TOP, Answer, Source, Tokens
from index.contract import Change, DateInterval, Document, FacetName, Kommune, SearchRequest, Sort, TextQuality
from index.query.nodes import And, Or, Term
from index.search.execution import Execution
from index.search.facets import FacetCounter
from index.search.filters import Filters
from index.search.ranking import Candidates, best
from index.search.view import View
from index.whoosh import WhooshEngine, WhooshIndexWriter
from index.whoosh.toc import open_latest


class Searchsvc:
    """``WhooshEngine`` below its request layer: plan nodes in, top ten and two facets out."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._analysis = GermanAnalysis()
        self.tokens = Tokens()  # not used: our build is given the raw text

    def build(self, folder: Path, documents: Iterator[Source]) -> None:
        writer = WhooshIndexWriter.open(folder, self._analysis, processes=self._processes)
        writer.rebuild(map(as_document, documents), change_number=1)
        writer.close()

    def open(self, folder: Path) -> None:
        engine = WhooshEngine.open(folder, self._analysis)
        engine.search(SearchRequest(per_page=1))
        (generation,) = folder.glob("gen-*")
        self._view = View(open_latest(generation, 0, None), self._analysis)
        self._filters = Filters.of(SearchRequest(), self._view.kommunen)

    def search(self, terms: Sequence[str], *, every: bool) -> Answer:
        parts = [(Term("title", term, 3.0), Term("text", term)) for term in terms]
        query = And(tuple(map(Or, parts))) if every else Or(tuple(leaf for part in parts for leaf in part))
        segments = self._view.snapshot.segments
        matches = Execution(self._view.snapshot).run(query)
        docs, scores = [part.docs for part in matches], [part.scores for part in matches]
        candidates = Candidates(segments, docs, scores)
        places = best(candidates, Sort.RELEVANCE, skip=0, count=TOP, after=None)
        ids = [candidates.id_of(at) for at in places]
        counter = FacetCounter(segments, docs, [{} for _ in segments], self._filters, self._view.facet_values)
        kommunen = counter.count(FacetName.KOMMUNE, 1_000, DateInterval.YEAR)
        years = counter.count(FacetName.DATE, 1_000, DateInterval.YEAR)
        return Answer(
            len(candidates.doc),
            tuple(ids),
            {bucket.label: bucket.count for bucket in kommunen.buckets},
            {bucket.value: bucket.count for bucket in years.buckets},
        )

    def update(self, folder: Path, documents: Sequence[Source]) -> None:
        writer = WhooshIndexWriter.open(folder, self._analysis, processes=self._processes)
        try:
            start = writer.applied_change
            writer.apply([Change(start + n, one.id, as_document(one)) for n, one in enumerate(documents, start=1)])
        finally:
            writer.close()


def as_document(source: Source) -> Document:
    """Return a document of the corpus as ours."""
    return Document(
        id=source.id,
        title=source.title,
        kommune=Kommune(slug(source.kommune), source.kommune),
        date=date.fromisoformat(source.date),
        text_quality=TextQuality.DIGITAL,
        pages=(source.text,),
    )
