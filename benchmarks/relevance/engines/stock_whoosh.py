"""Stock whoosh3 with ``LanguageAnalyzer("de")`` in title and text: BM25F, any of the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

from whoosh import fields, index
from whoosh.analysis import LanguageAnalyzer
from whoosh.query import Or, Term

from benchmarks.relevance.judged import text_of, title_of
from index.contract import Document


class StockWhoosh:
    """whoosh3 as its documentation uses it."""

    name = "stock-whoosh"
    index_name = "stock-whoosh"
    index_settings: ClassVar[Mapping[str, Any]] = {"whoosh3": version("whoosh3"), "analyzer": "LanguageAnalyzer('de')"}
    settings: ClassVar[Mapping[str, Any]] = {"title": 1.0, "text": 1.0, "operator": "OR", "model": "BM25F"}

    def build(self, folder: Path, documents: Iterable[Document]) -> None:
        words = LanguageAnalyzer("de")
        schema = fields.Schema(
            id=fields.ID(stored=True), title=fields.TEXT(analyzer=words), text=fields.TEXT(analyzer=words)
        )
        writer = index.create_in(str(folder), schema).writer(limitmb=512)
        for document in documents:
            writer.add_document(id=document.id, title=title_of(document), text=text_of(document))
        writer.commit()

    def open(self, folder: Path) -> None:
        opened = index.open_dir(str(folder))
        self._analyzer = opened.schema["text"].analyzer
        self._searcher = opened.searcher()

    def rank(self, query: str, count: int) -> list[str]:
        terms = dict.fromkeys(token.text for token in self._analyzer(query, mode="query"))
        tree = Or([Term(field, term, boost=self.settings[field]) for term in terms for field in ("title", "text")])
        return [hit["id"] for hit in self._searcher.search(tree, limit=count)]
