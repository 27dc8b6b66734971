"""tantivy (Rust) through tantivy-py: default BM25, fast fields for the facets, segments merged.

Settings that make it fast: ``raw`` fast fields for Kommune and year, stored id only beside the text, one segment where
its merge policy makes one (for which it takes one writer thread), term queries built without the parser, one
aggregation request for both facets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import tantivy

from benchmarks.engines.work import TOP, Answer, Source, Tokens


class Tantivy:
    """tantivy over the same stems."""

    words = "whitespace"

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self.tokens = Tokens()

    def _schema(self) -> tantivy.Schema:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_text_field("title", tokenizer_name=self.words)
        builder.add_text_field("text", tokenizer_name=self.words)
        builder.add_bytes_field("source", stored=True, indexed=False)
        builder.add_text_field("kommune", fast=True, tokenizer_name="raw")
        builder.add_unsigned_field("year", fast=True, indexed=False)
        return builder.build()

    def _prepare(self, index: tantivy.Index) -> tantivy.Index:
        return index

    def _indexed(self, text: str) -> str:
        return self.tokens.joined(text)

    def build(self, folder: Path, documents: Iterator[Source]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        index = self._prepare(tantivy.Index(self._schema(), path=str(folder)))
        writer = index.writer(heap_size=512 * 2**20, num_threads=self._threads)
        for document in documents:
            writer.add_document(self._document(document))
        writer.commit()
        writer.wait_merging_threads()

    def _document(self, source: Source) -> tantivy.Document:
        document = tantivy.Document()
        document.add_text("id", source.id)
        document.add_text("title", self._indexed(source.title))
        document.add_text("text", self._indexed(source.text))
        document.add_bytes("source", source.text.encode())
        document.add_text("kommune", source.kommune)
        document.add_unsigned("year", int(source.date[:4]))
        return document

    def open(self, folder: Path) -> None:
        self._index = self._prepare(tantivy.Index.open(str(folder)))
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, terms: Sequence[str], *, every: bool) -> Answer:
        schema = self._index.schema
        should, must = tantivy.Occur.Should, tantivy.Occur.Must
        parts = []
        for term in terms:
            title = tantivy.Query.boost_query(tantivy.Query.term_query(schema, "title", term), 3.0)
            text = tantivy.Query.term_query(schema, "text", term)
            parts.append((must if every else should, tantivy.Query.boolean_query([(should, title), (should, text)])))
        query = tantivy.Query.boolean_query(parts)
        found = self._searcher.search(query, TOP, count=True)
        ids = tuple(self._searcher.doc(address)["id"][0] for _, address in found.hits)
        facets = self._searcher.aggregate(
            query,
            {
                "kommune": {"terms": {"field": "kommune", "size": 1000}},
                "year": {"terms": {"field": "year", "size": 1000}},
            },
        )
        kommunen = {bucket["key"]: bucket["doc_count"] for bucket in facets["kommune"]["buckets"]}
        years = {str(int(bucket["key"])): bucket["doc_count"] for bucket in facets["year"]["buckets"]}
        return Answer(found.count, ids, kommunen, years)

    def update(self, folder: Path, documents: Sequence[Source]) -> None:
        index = self._prepare(tantivy.Index.open(str(folder)))
        writer = index.writer(heap_size=64 * 2**20, num_threads=1)
        for document in documents:
            writer.delete_documents("id", document.id)
            writer.add_document(self._document(document))
        writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()


class TantivyGerman(Tantivy):
    """tantivy given raw text, with its own tokenizer and German stemmer: what building costs without our analysis."""

    words = "german"

    def _prepare(self, index: tantivy.Index) -> tantivy.Index:
        words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
        index.register_tokenizer("german", words.filter(tantivy.Filter.stemmer("german")).build())
        return index

    def _indexed(self, text: str) -> str:
        return text
