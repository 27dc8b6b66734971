"""Our engine. Indexes raw text with the whole chain; searches stems in title and text like the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from whoosh import query as whoosh_query

from analyzers import GermanAnalysis, slug
from benchmarks.engines.work import TOP, Answer, Source, Tokens
from index import (
    Change,
    Document,
    FacetName,
    Kommune,
    SearchRequest,
    Sort,
    TextQuality,
    WhooshEngine,
    WhooshIndexWriter,
)
from index.engine import DateInterval
from index.execution import Execution
from index.facets import FacetCounter
from index.filters import Filters
from index.ranking import Candidates, best
from index.search import View
from index.snapshot import Snapshot


class Searchsvc:
    """``WhooshEngine`` below its request layer: a query tree in, top ten and two facets out."""

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
        self._view = View(Snapshot.open(generation, 0, None), generation, ())
        self._filters = Filters.of(SearchRequest(), self._view.kommunen)

    def search(self, terms: Sequence[str], *, every: bool) -> Answer:
        parts = [
            whoosh_query.Or([whoosh_query.Term("title", term, boost=3.0), whoosh_query.Term("text", term)])
            for term in terms
        ]
        query = (
            whoosh_query.And(parts) if every else whoosh_query.Or([leaf for part in parts for leaf in part.subqueries])
        )
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
