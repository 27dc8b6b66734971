"""Pairs of a query and a snippet that it must, or must not, find: through real indexes, with the query as typed.

Only documents with all words count as found: neither partial matches nor suggestions do. Ours is asked twice:
of an index with nothing but the snippet and of one with all of them, because what happens when nothing else matches
may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from analyzers import GermanAnalysis
from index.contract import Document, SearchRequest
from index.whoosh import WhooshEngine, WhooshIndexWriter


@dataclass(frozen=True, slots=True)
class Pair:
    """A query, a text, whether the query must find it, and why."""

    query: str
    snippet: str
    must_match: bool
    why: str


Finder = Callable[[str, str], bool]
"""Tells whether a query finds the document with a text."""


def read_pairs(path: Path) -> list[Pair]:
    r"""Read a table with a head line; ``\n`` in a snippet is a line break."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [Pair(query, snippet.replace("\\n", "\n"), match == "yes", why) for query, snippet, match, why in rows]


def failures(pairs: Sequence[Pair], finds: Finder) -> list[Pair]:
    """Return the pairs that an engine gets wrong."""
    return [pair for pair in pairs if finds(pair.query, pair.snippet) != pair.must_match]


def our_finders(analysis: GermanAnalysis, snippets: Sequence[str], folder: Path) -> dict[str, Finder]:
    """Return ours, on an index of all snippets and on one of each alone; the indexes are in ``folder``."""
    numbers = {snippet: number for number, snippet in enumerate(dict.fromkeys(snippets))}
    together = _engine(analysis, list(numbers), folder / "all")
    alone = {snippet: _engine(analysis, [snippet], folder / str(number)) for snippet, number in numbers.items()}
    return {
        "searchsvc, all snippets": lambda query, snippet: str(numbers[snippet]) in _found(together, query),
        "searchsvc, one snippet": lambda query, snippet: bool(_found(alone[snippet], query)),
    }


def stock_whoosh_finder(snippets: Sequence[str]) -> Finder:
    """Return stock Whoosh with its analyzer for German and its default parser."""
    from whoosh import fields
    from whoosh.analysis import LanguageAnalyzer
    from whoosh.filedb.filestore import RamStorage
    from whoosh.qparser import QueryParser

    schema = fields.Schema(id=fields.STORED(), text=fields.TEXT(analyzer=LanguageAnalyzer("de")))
    whoosh_index = RamStorage().create_index(schema)
    writer = whoosh_index.writer()
    for snippet in dict.fromkeys(snippets):
        writer.add_document(id=snippet, text=snippet)
    writer.commit()
    searcher, parser = whoosh_index.searcher(), QueryParser("text", schema)
    return lambda query, snippet: any(hit["id"] == snippet for hit in searcher.search(parser.parse(query), limit=None))


def tantivy_finder(snippets: Sequence[str]) -> Finder:
    """Return tantivy with its German stemmer and its own parser, all words wanted."""
    import tantivy

    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    builder.add_text_field("text", tokenizer_name="german")
    tantivy_index = tantivy.Index(builder.build())
    tantivy_index.register_tokenizer("german", words.filter(tantivy.Filter.stemmer("german")).build())
    writer = tantivy_index.writer(heap_size=50_000_000, num_threads=1)
    for snippet in dict.fromkeys(snippets):
        writer.add_document(tantivy.Document(id=snippet, text=snippet))
    writer.commit()
    tantivy_index.reload()
    searcher = tantivy_index.searcher()

    def finds(query: str, snippet: str) -> bool:
        parsed, _errors = tantivy_index.parse_query_lenient(query, ["text"], conjunction_by_default=True)
        found = searcher.search(parsed, 1000)
        return any(searcher.doc(address)["id"][0] == snippet for _, address in found.hits)

    return finds


def measure(pairs: Sequence[Pair], analysis: GermanAnalysis) -> dict[str, list[Pair]]:
    """Return each engine's failures."""
    snippets = [pair.snippet for pair in pairs]
    with TemporaryDirectory() as folder:
        finders = our_finders(analysis, snippets, Path(folder))
        finders["stock-whoosh"] = stock_whoosh_finder(snippets)
        finders["tantivy-german"] = tantivy_finder(snippets)
        return {name: failures(pairs, finds) for name, finds in finders.items()}


def _engine(analysis: GermanAnalysis, snippets: Sequence[str], folder: Path) -> WhooshEngine:
    writer = WhooshIndexWriter.open(folder, analysis)
    documents = (Document(id=str(number), title="", pages=(snippet,)) for number, snippet in enumerate(snippets))
    try:
        writer.rebuild(documents, change_number=1)
    finally:
        writer.close()
    return WhooshEngine(folder, analysis)


def _found(engine: WhooshEngine, query: str) -> set[str]:
    result = engine.search(SearchRequest(q=query, per_page=100, facets=(), highlight=False))
    return set() if result.relaxed else {hit.id for hit in result.hits}
