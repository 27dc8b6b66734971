"""tantivy with its own German analysis (simple tokenizer, lower case, German stemmer), BM25.

Of the title weights 1, 2, 3, 5 and 8, these were the best for it on the sets. A stop word filter costs it "OB-Wahl".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import tantivy

from benchmarks.relevance.judged import text_of, title_of
from index.contract import Document


class TantivyOr:
    """tantivy, any of the words."""

    name = "tantivy-or"
    index_name = "tantivy"
    index_settings: ClassVar[Mapping[str, Any]] = {
        "tantivy": version("tantivy"),
        "filters": "lowercase, stemmer german",
    }
    settings: ClassVar[Mapping[str, Any]] = {"title": 1.0, "text": 1.0, "operator": "OR"}
    occur = tantivy.Occur.Should

    def build(self, folder: Path, documents: Iterable[Document]) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_text_field("title", tokenizer_name="german")
        builder.add_text_field("text", tokenizer_name="german")
        index = tantivy.Index(builder.build(), path=str(folder))
        index.register_tokenizer("german", _german())
        writer = index.writer(heap_size=512 * 2**20, num_threads=1)
        for document in documents:
            entry = tantivy.Document()
            entry.add_text("id", document.id)
            entry.add_text("title", title_of(document))
            entry.add_text("text", text_of(document))
            writer.add_document(entry)
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> None:
        self._analyzer = _german()
        self._index = tantivy.Index.open(str(folder))
        self._index.register_tokenizer("german", self._analyzer)
        self._searcher = self._index.searcher()

    def rank(self, query: str, count: int) -> list[str]:
        schema, should = self._index.schema, tantivy.Occur.Should
        parts = []
        for term in dict.fromkeys(self._analyzer.analyze(query)):
            fields = [
                (should, tantivy.Query.boost_query(tantivy.Query.term_query(schema, field, term), self.settings[field]))
                for field in ("title", "text")
            ]
            parts.append((self.occur, tantivy.Query.boolean_query(fields)))
        if not parts:
            return []
        found = self._searcher.search(tantivy.Query.boolean_query(parts), count, count=False)
        return [self._searcher.doc(address)["id"][0] for _, address in found.hits]


class TantivyAnd(TantivyOr):
    """tantivy, all of the words."""

    name = "tantivy-and"
    settings: ClassVar[Mapping[str, Any]] = {"title": 2.0, "text": 1.0, "operator": "AND"}
    occur = tantivy.Occur.Must


def _german() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
    return builder.filter(tantivy.Filter.stemmer("german")).build()
