"""From matches to hits: the best of them, or all in order, with snippets and how they were found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from analyzers import GermanAnalysis
from index.contract import COLLAPSED_DOCUMENTS, Collapsed, CollapsedDocument, Document, Hit, Snippet, Sort
from index.query.marking import Marker, Marks
from index.query.plan import Alternative
from index.search.collapsing import Collapsing
from index.search.execution import Execution, Matches
from index.search.explanation import explanation
from index.search.papers import Papers
from index.search.ranking import Candidates, Position, best, in_order, sort_keys
from index.search.snippets import Snippets, SnippetShape
from index.search.widening import Widened
from index.segments.doc_sets import holds
from index.segments.snapshot import Segment, StoredDocument


class Hits:
    """All matches of a query under all filters, and the hits made of the best of them.

    Of a ``widened`` search, those that have all words come first. With ``papers``, ``candidates`` has one match for
    each Vorgang, which stands for the others.
    """

    def __init__(
        self,
        execution: Execution,
        matches: Sequence[Matches],
        marks: Marks,
        analysis: GermanAnalysis,
        sort: Sort,
        papers: Papers | None = None,
        widened: Widened | None = None,
    ) -> None:
        self._execution = execution
        self._segments: Sequence[Segment] = execution.snapshot.segments
        self._marker = Marker(marks, analysis)
        self._sort = sort
        self._widened = widened
        docs, scores = [part.docs for part in matches], [part.scores for part in matches]
        self._matches = Candidates(self._segments, docs, scores, None if widened is None else widened.leading)
        self._collapsing = None if papers is None else Collapsing(self._segments, self._matches, sort, papers)
        self.candidates = self._matches if self._collapsing is None else self._collapsing.leaders

    @property
    def complete(self) -> int:
        """Count the hits that have all words."""
        if self._widened is None:
            return len(self.candidates)
        return sum(
            int(np.count_nonzero(holds(complete, self.candidates.doc[self.candidates.segment == number])))
            for number, complete in enumerate(self._widened.complete)
        )

    def best(self, *, skip: int, count: int, after: Position | None) -> list[int]:
        return best(self.candidates, self._sort, skip=skip, count=count, after=after)

    def in_order(self) -> Iterator[int]:
        return in_order(self.candidates, self._segments, self._sort)

    def position(self, at: int) -> Position:
        first, second = sort_keys(self.candidates, self._sort, np.array([at]))
        return Position((float(first[0]), float(second[0])), self.candidates.id_of(at))

    def hits(
        self, places: Sequence[int], *, snippets: SnippetShape | None = None, explained: Sequence[Alternative] = ()
    ) -> list[Hit]:
        """Return hits, with snippets and marks if there is a shape for them.

        ``explained``: ways among which it is told how they were found.
        """
        stored = [self._stored(at) for at in places]
        cut = {} if snippets is None else self._snippets(places, stored, snippets)
        return [
            self._hit(at, packed.document(), cut.get(at, ()), explained, highlight=snippets is not None)
            for at, packed in zip(places, stored, strict=True)
        ]

    def _snippets(
        self, places: Sequence[int], stored: Sequence[StoredDocument], shape: SnippetShape
    ) -> dict[int, tuple[Snippet, ...]]:
        found = {}
        for number, segment in enumerate(self._segments):
            here = {
                int(self.candidates.doc[at]): (at, packed.text())
                for at, packed in zip(places, stored, strict=True)
                if self.candidates.segment[at] == number
            }
            texts = {doc: text for doc, (_, text) in here.items()}
            for doc, snippets in Snippets(self._marker, shape).of(self._execution, segment, texts).items():
                found[here[doc][0]] = snippets
        return found

    def _stored(self, at: int) -> StoredDocument:
        return self._segments[int(self.candidates.segment[at])].stored(int(self.candidates.doc[at]))

    def _hit(
        self,
        at: int,
        document: Document,
        snippets: tuple[Snippet, ...],
        explained: Sequence[Alternative],
        *,
        highlight: bool,
    ) -> Hit:
        paper_name = document.paper.name if document.paper and highlight else None
        segment, doc = self._segments[int(self.candidates.segment[at])], int(self.candidates.doc[at])
        return Hit(
            id=document.id,
            score=float(self.candidates.score[at]) if self._sort is Sort.RELEVANCE else 0.0,
            title=document.title,
            title_html=self._marker.mark(document.title),
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
            missing=() if self._widened is None else self._widened.missing(int(self.candidates.segment[at]), doc),
            paper_name_html=self._marker.mark(paper_name) if paper_name else None,
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
