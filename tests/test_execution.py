"""Array execution against stock Whoosh as the oracle, and facets against counting by hand."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.scoring import BM25F

from analyzers import GermanAnalysis, surfaces
from index.building import merge_policy, merging
from index.contract import MISSING, Document, FacetName, Kommune, Paper, SearchRequest
from index.query.fields import SAME_SIDE
from index.query.nodes import (
    And,
    DateRange,
    Every,
    Fuzzy,
    Near,
    Node,
    Not,
    Nothing,
    Or,
    Phrase,
    Prefix,
    Term,
    Wildcard,
    simplified,
)
from index.query.weights import DEFAULT_WEIGHTS
from index.search.execution import Execution
from index.segments import columnar_field, positions, posting_lists
from index.segments.record import INDEX_NAME
from index.segments.snapshot import Snapshot
from index.whoosh.toc import open_latest
from index.whoosh.translation import whoosh_query
from tests.fixtures_index import TestIndex, document

WORDS = ["rad", "weg", "haus", "hund", "steuer", "brücke", "rat", "häuser", "wege", "Räte"]
KOMMUNEN = [None, Kommune("a", "Adorf"), Kommune("b", "Bdorf"), Kommune("c", "Cdorf")]
ANALYSIS = GermanAnalysis()

texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
days = st.none() | st.integers(0, 900).map(lambda offset: date(2019, 6, 1) + timedelta(days=offset))
documents = st.builds(
    lambda title, text, kommune, day, type_, organizations: document(
        "?",
        text,
        title=title,
        kommune=kommune,
        date=day,
        paper=Paper(type=type_),
        organizations=tuple(dict.fromkeys(organizations)),
    ),
    texts,
    texts,
    st.sampled_from(KOMMUNEN),
    days,
    st.sampled_from([None, "Antrag", "Vorlage"]),
    st.lists(st.sampled_from(["Rat", "Ausschuss", "Beirat"]), max_size=3),
)
commits = st.lists(st.lists(st.tuples(st.integers(0, 9), st.none() | documents), max_size=6), max_size=7)


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make rare cases common: merges, long documents, words that are frequent in a document or in most documents."""
    monkeypatch.setattr(merge_policy, "TIER_FACTOR", 2)
    monkeypatch.setattr(merging, "MERGED_AT_ONCE", 5)
    monkeypatch.setattr(merging, "MIN_TRAINED_BYTES", 1)
    monkeypatch.setattr(posting_lists, "SHORT_POSITIONS", 7)
    monkeypatch.setattr(posting_lists, "MAX_FREQUENCY", 2)
    monkeypatch.setattr(columnar_field, "MAX_FREQUENCY", 2)
    monkeypatch.setattr(posting_lists, "BLOCK_DOCS", 2)
    monkeypatch.setattr(columnar_field, "BLOCK_DOCS", 2)
    monkeypatch.setattr(posting_lists, "MIN_DENSE_DOCS", 2)
    monkeypatch.setattr(posting_lists, "DENSE_FACTOR", 3)
    monkeypatch.setattr(posting_lists, "UNITED_AT_ONCE", 4)


fields = st.sampled_from(["text", "title", "text_word"])
words = st.sampled_from(WORDS)
weights = st.sampled_from([1.0, 2.5])


def term_of(field: str, word: str) -> str:
    """Return the term of a word in a field: as folded, or its stem."""
    form = ANALYSIS.form(word)
    return form.word if field == "text_word" else form.stem


leaves = st.one_of(
    st.builds(
        lambda f, w, weight: Term(f, term_of(f, w), weight),
        fields,
        words,
        weights,
    ),
    st.builds(
        lambda f, ws, slop: Phrase(f, tuple(term_of(f, w) for w in ws), slop),
        fields,
        st.lists(words, min_size=2, max_size=3),
        st.integers(1, 3),
    ),
    st.builds(
        lambda f, ws, slop: Near(f, (term_of(f, ws[0]), term_of(f, ws[1])), slop),
        fields,
        st.lists(words, min_size=2, max_size=2),
        st.integers(1, 3),
    ),
    st.builds(lambda w: Prefix("text_word", w[:2]), words),
    st.builds(lambda w: Wildcard("text_word", f"{w[0]}*{w[-1]}"), words),
    st.builds(lambda w: Fuzzy("text_word", w, 1), words),
    st.sampled_from(
        [
            DateRange(date(2019, 9, 1), date(2020, 3, 31)),
            DateRange(None, date(2020, 1, 1)),
            Term("kommune", "a"),
            Every(),
        ]
    ),
    st.sampled_from([Every(), Nothing()]),
)
queries = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.builds(lambda some, weight: Or(tuple(some), weight), st.lists(parts, min_size=2, max_size=3), weights),
        st.builds(
            lambda some, without: And((*some, *without)),
            st.lists(parts, min_size=1, max_size=3),
            st.lists(st.builds(Not, parts), max_size=1),
        ),
    ),
    max_leaves=6,
)


def relaxed(max_examples: int) -> settings:
    """Return settings for examples that each build an index."""
    slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=max_examples, deadline=None, suppress_health_check=slow)


@contextmanager
def index_of(batches: list[list[tuple[int, Document | None]]]) -> Iterator[tuple[TestIndex, dict[str, Document]]]:
    """Yield an index after some commits, and the documents that must be in it."""
    folder = Path(tempfile.mkdtemp())
    index = TestIndex(folder, ANALYSIS)
    expected: dict[str, Document] = {}
    try:
        for batch in batches:
            states: list[tuple[str, Document | None]] = []
            for number, template in batch:
                document_id = f"d{number}"
                state = (
                    None
                    if template is None
                    else Document.from_metadata({**template.metadata(), "id": document_id}, template.pages)
                )
                states.append((document_id, state))
                expected.pop(document_id, None)
                if state is not None:
                    expected[document_id] = state
            index.apply(states)
        yield index, expected
    finally:
        index.close()
        shutil.rmtree(folder)


class SharedIdf(BM25F):
    """Stock Whoosh's scores with our inverse document frequencies, by brute force."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(B=DEFAULT_WEIGHTS.b, K1=DEFAULT_WEIGHTS.k1)
        self._snapshot = snapshot

    def idf(self, searcher: Any, fieldname: str, text: bytes) -> float:
        """Return that of the field where the term is in most documents."""
        names = [name for name in searcher.schema.names() if name in SAME_SIDE.get(fieldname, (fieldname,))]
        frequency = max(searcher.reader().doc_frequency(name, text) for name in names)
        count = searcher.reader().doc_count_all()
        return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))


def open_snapshot(index: TestIndex) -> Snapshot:
    """Return the latest commit of an index."""
    (generation,) = index.folder.glob("gen-*")
    return open_latest(generation, 0, None)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(commits, st.lists(queries, min_size=1, max_size=4))
def test_execution_equals_stock_whoosh(batches: list[Any], trees: list[Node]) -> None:
    """Over random documents, segments, deletions and queries: the documents and scores of stock Whoosh."""
    with index_of(batches) as (index, _):
        snapshot = open_snapshot(index)
        (generation,) = index.folder.glob("gen-*")
        stock = FileIndex(FileStorage(str(generation)), indexname=INDEX_NAME)
        with stock.searcher(weighting=SharedIdf(snapshot)) as searcher:
            for tree in trees:
                theirs = {
                    json.loads(searcher.ixreader.stored_fields(hit.docnum)["metadata"])["id"]: hit.score
                    for hit in searcher.search(whoosh_query(tree), limit=None, optimize=False)
                }
                found = Execution(snapshot).run(simplified(tree))
                ours = {
                    segment.data.stored(int(doc)).metadata["id"]: score
                    for segment, matches in zip(snapshot.segments, found, strict=True)
                    for doc, score in zip(matches.docs, matches.scores, strict=True)
                }
                assert ours.keys() == theirs.keys(), tree
                if not _has_constant(tree):
                    assert ours == pytest.approx(theirs, rel=1e-5), tree


def _has_constant(tree: Node) -> bool:
    """Tell whether a tree has parts that stock Whoosh scores by circumstance: values, ranges, expansions, negations."""
    match tree:
        case Term(field):
            return field == "kommune"
        case Phrase() | Near():
            return False
        case And(parts) | Or(parts):
            return any(map(_has_constant, parts))
        case _:
            return True


@pytest.mark.parametrize("short_list", [positions.SHORT_LIST, 0])
@relaxed(60)
@given(batches=commits)
def test_positions_in_a_few_documents_are_where_the_words_stand(
    monkeypatch: pytest.MonkeyPatch, batches: list[Any], short_list: int
) -> None:
    """Read together or list by list: of every second document, the places of its words, each once."""
    monkeypatch.setattr(positions, "SHORT_LIST", short_list)
    terms = [("text_word", "rad"), ("text", ANALYSIS.form("wege").stem), ("text_word", "wege"), ("text", "gibtsnicht")]
    with index_of(batches) as (index, _):
        for segment in open_snapshot(index).segments:
            docs = range(0, segment.doc_count, 2)
            found = segment.data.text_positions(terms, docs)
            for doc in docs:
                forms = list(map(ANALYSIS.form, surfaces(" ".join(segment.stored(doc).text().pages()))))
                expected = {
                    at: bits
                    for at, form in enumerate(forms)
                    if (
                        bits := sum(
                            1 << number
                            for number, (side, term) in enumerate(terms)
                            if term == (form.word if side == "text_word" else form.stem)
                        )
                    )
                }
                assert found[doc] == (list(expected), list(expected.values()))


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    commits,
    st.sampled_from(["", "rad", "haus OR hund", "-rat"]),
    st.lists(st.sampled_from(["a", "b", MISSING]), max_size=2, unique=True),
    st.lists(st.sampled_from(["Antrag", MISSING]), max_size=1),
    st.lists(st.sampled_from(["Rat", "Beirat", MISSING]), max_size=2, unique=True),
    st.none() | st.just((date(2019, 9, 1), date(2020, 3, 31))),
)
def test_facets_equal_counting_by_hand(
    batches: list[Any], q: str, kommune: list[str], paper_type: list[str], organization: list[str], period: Any
) -> None:
    """Every facet is the count over all matching documents under every filter but its own."""
    with index_of(batches) as (index, expected):
        first, last = period or (None, None)
        request = SearchRequest(
            q=q,
            kommune=tuple(kommune),
            paper_type=tuple(paper_type),
            organization=tuple(organization),
            date_from=first,
            date_to=last,
            facets=(FacetName.KOMMUNE, FacetName.PAPER_TYPE, FacetName.ORGANIZATION, FacetName.DATE),
            per_page=100,
        )
        result = index.engine.search(request)
        again = index.engine.search(request)  # with the filters remembered
        assert (again.hits, again.facets) == (result.hits, result.facets)
        values = {
            FacetName.KOMMUNE: lambda d: [d.kommune.id] if d.kommune else [],
            FacetName.PAPER_TYPE: lambda d: [d.paper.type] if d.paper and d.paper.type else [],
            FacetName.ORGANIZATION: lambda d: list(d.organizations),
            FacetName.DATE: lambda d: [str(d.date.year)] if d.date else [],
        }
        wanted = {FacetName.KOMMUNE: kommune, FacetName.PAPER_TYPE: paper_type, FacetName.ORGANIZATION: organization}

        def passes(name: FacetName, found: Document) -> bool:
            if name is FacetName.DATE:
                return period is None or (found.date is not None and first <= found.date <= last)
            asked = wanted[name]
            return not asked or bool(set(values[name](found) or [MISSING]) & set(asked))

        matching = [found for found in expected.values() if _matches(q, found)]
        assert {hit.id for hit in result.hits} == {d.id for d in matching if all(passes(name, d) for name in values)}
        for facet in result.facets:
            counted = [d for d in matching if all(passes(name, d) for name in values if name is not facet.name)]
            by_hand = Counter(value for d in counted for value in values[facet.name](d))
            assert {b.value: b.count for b in facet.buckets if b.count} == dict(by_hand)
            assert facet.missing == sum(not values[facet.name](d) for d in counted)


def _matches(q: str, found: Document) -> bool:
    words = [*found.title.split(), *(word for page in found.pages for word in page.split()), *found.organizations]
    present = {ANALYSIS.form(word)[1] for word in words}
    return {
        "": True,
        "rad": "rad" in present,
        "haus OR hund": bool({"haus", "hund"} & present),
        "-rat": "rat" not in present,
    }[q]


@relaxed(60)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=30))
def test_every_indexed_word_finds_its_document(text: list[str]) -> None:
    """Each word of a document finds it, as a word, exactly, and as part of the phrase it stands in."""
    with index_of([[(1, document("?", " ".join(text)))]]) as (index, _):
        for q in (*text, f'"{" ".join(text)}"'):
            assert index.engine.search(SearchRequest(q=q)).total == 1
            assert index.engine.search(SearchRequest(q=q, exact=True)).total == 1
