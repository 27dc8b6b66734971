"""Stock whoosh3: its own codec, searcher and ``groupedby``. Give it a sample of the queries, it takes seconds each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from whoosh import fields, index, query, sorting
from whoosh.analysis import SpaceSeparatedTokenizer

from benchmarks.engines.work import TOP, Answer, Source, Tokens


class StockWhoosh:
    """whoosh3 as its documentation uses it."""

    def __init__(self) -> None:
        self.tokens = Tokens()

    def _fields(self, source: Source) -> dict[str, str]:
        return {
            "id": source.id,
            "title": self.tokens.joined(source.title),
            "text": self.tokens.joined(source.text),
            "_stored_text": source.text,
            "kommune": source.kommune,
            "year": source.date[:4],
        }

    def build(self, folder: Path, documents: Iterator[Source]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        words = SpaceSeparatedTokenizer()
        schema = fields.Schema(
            id=fields.ID(stored=True, unique=True),
            title=fields.TEXT(analyzer=words, field_boost=3.0),
            text=fields.TEXT(analyzer=words, stored=True),
            kommune=fields.ID(sortable=True),
            year=fields.ID(sortable=True),
        )
        writer = index.create_in(str(folder), schema).writer(limitmb=512)
        for document in documents:
            writer.add_document(**self._fields(document))
        writer.commit()

    def open(self, folder: Path) -> None:
        self._searcher = index.open_dir(str(folder)).searcher()

    def search(self, terms: Sequence[str], *, every: bool) -> Answer:
        kind = query.And if every else query.Or
        tree = kind([query.Or([query.Term("title", term), query.Term("text", term)]) for term in terms])
        facets = sorting.Facets().add_field("kommune").add_field("year")
        results = self._searcher.search(tree, limit=TOP, groupedby=facets, maptype=sorting.Count)
        return Answer(
            len(results),
            tuple(hit["id"] for hit in results),
            dict(results.groups("kommune")),
            dict(results.groups("year")),
        )

    def update(self, folder: Path, documents: Sequence[Source]) -> None:
        writer = index.open_dir(str(folder)).writer()
        for document in documents:
            writer.update_document(**self._fields(document))
        writer.commit()
