"""One hit for each Vorgang: against collapsing the whole list of hits by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.contract import (
    Collapse,
    Document,
    FacetName,
    Hit,
    InvalidRequest,
    Kommune,
    Paper,
    SearchRequest,
    SearchResult,
    Sort,
)
from index.search.stubs import STUB_WORDS
from tests.fixtures_index import BRUEHL, KOELN, TestIndex, document
from tests.test_execution import index_of, relaxed

PAPERS = [
    None,
    Paper(type="Antrag"),
    Paper("p1", "Radweg", "1/2020", "Vorlage"),
    Paper("p2", "Haus", "1/2020", "Vorlage"),
    Paper(reference="1/2020"),
    Paper(reference="2/2020", name="Rad"),
]
documents = st.builds(
    lambda text, kommune, day, paper: document("?", text, title="rad", kommune=kommune, date=day, paper=paper),
    st.sampled_from(["rad", "rad haus", "rad rad haus", "hund", "rad" + " wort" * 30, "haus hund" + " wort" * 18]),
    st.sampled_from([None, Kommune("a", "Adorf"), Kommune("b", "Bdorf")]),
    st.sampled_from([None, date(2020, 1, 1), date(2020, 1, 2)]),
    st.sampled_from(PAPERS),
)
commits = st.lists(st.lists(st.tuples(st.integers(0, 19), st.none() | documents), max_size=12), max_size=6)


def group_of(hit: Hit) -> tuple[object, ...]:
    """Return what the documents of one Vorgang have in common, or else the document's own id."""
    if hit.paper is not None and hit.paper.id:
        return ("id", hit.paper.id)
    if hit.paper is not None and hit.paper.reference:
        return ("reference", hit.kommune.id if hit.kommune else None, hit.paper.reference)
    return ("document", hit.id)


def collapsed_by_hand(hits: tuple[Hit, ...], stubs: set[str]) -> list[tuple[str, list[str]]]:
    """Return the first document of each Vorgang, if possible no stub, with all the others, in order."""
    groups: dict[tuple[object, ...], list[tuple[bool, bool, int, str]]] = {}
    for at, hit in enumerate(hits):
        groups.setdefault(group_of(hit), []).append((bool(hit.missing), hit.id in stubs, at, hit.id))
    first = {min(members)[2]: members for members in groups.values()}
    return [(hits[at].id, [one for *_, one in members if one != hits[at].id]) for at, members in sorted(first.items())]


def paged(index: TestIndex, per_page: int, **values: Any) -> tuple[list[Hit], list[SearchResult]]:
    """Follow the cursor to the end."""
    hits: list[Hit] = []
    results: list[SearchResult] = []
    cursor = None
    while not results or cursor:
        results.append(index.engine.search(SearchRequest(per_page=per_page, cursor=cursor, **values)))
        hits += results[-1].hits
        cursor = results[-1].next_cursor
    return hits, results


@relaxed(60)
@given(
    commits,
    st.sampled_from(["", "rad", "haus OR hund", "-haus", "rad haus hund"]),
    st.sampled_from(Sort),
    st.sampled_from([(), ("a",), ("a", "b")]),
    st.integers(1, 4),
)
def test_collapsing_equals_collapsing_the_list_of_hits_by_hand(
    batches: list[Any], q: str, sort: Sort, kommune: tuple[str, ...], per_page: int
) -> None:
    """Over any commits, in every order, pages, cursors and scans have the first of each Vorgang and name the rest."""
    with index_of(batches) as (index, expected):
        values: dict[str, Any] = {"q": q, "sort": sort, "kommune": kommune}
        plain = index.engine.search(SearchRequest(per_page=100, **values))
        stubs = {name for name, one in expected.items() if len(one.pages[0].split()) < STUB_WORDS}
        wanted = collapsed_by_hand(plain.hits, stubs)
        values["collapse"] = Collapse.PAPER
        hits, results = paged(index, per_page, **values)
        assert [hit.id for hit in hits] == [first for first, _ in wanted]
        for hit, (_, rest) in zip(hits, wanted, strict=True):
            assert hit.collapsed is not None
            assert hit.collapsed.count == len(rest)
            assert [other.id for other in hit.collapsed.documents] == rest[:3]
        for result in results:
            assert (result.total, result.total_documents) == (len(wanted), plain.total)
            assert result.facets == plain.facets
        assert [hit.id for hit in index.engine.scan(SearchRequest(**values))] == [first for first, _ in wanted]
        numbered = [
            hit.id
            for page in range(1, len(wanted) // per_page + 2)
            for hit in index.engine.search(SearchRequest(page=page, per_page=per_page, **values)).hits
        ]
        assert numbered == [first for first, _ in wanted]


@pytest.fixture
def papers(make_index: Callable[..., TestIndex]) -> TestIndex:
    """Two Vorgänge with several documents, one of them in two segments, and a document of none."""
    radweg = Paper("p1", "Radweg", "1/2024", "Vorlage")
    index = make_index(
        document("vorlage", "Der Radweg, der Radweg und der Radweg", kommune=BRUEHL, paper=radweg, file_name="v.pdf"),
        document("anlage-1", "Ein Plan zum Radweg", kommune=BRUEHL, paper=radweg, date=date(2024, 5, 2)),
        document("notiz", "Auch ein Radweg"),
    )
    index.put(
        document("anlage-2", "Kosten des Radwegs", kommune=BRUEHL, paper=radweg, date=date(2024, 5, 3)),
        document("antrag", "Radweg in Köln", kommune=KOELN, paper=Paper(reference="1/2024")),
    )
    return index


def test_the_best_document_stands_for_its_vorgang(papers: TestIndex) -> None:
    """Ordered by date the newest document stands for the others, which are counted and named in order."""
    result = papers.engine.search(SearchRequest(q="radweg", sort=Sort.DATE_DESC, collapse=Collapse.PAPER))
    assert [hit.id for hit in result.hits] == ["anlage-2", "antrag", "notiz"]
    first = result.hits[0].collapsed
    assert first is not None
    assert (first.count, [(other.id, other.title, other.file_name) for other in first.documents]) == (
        2,
        [("anlage-1", "Dokument anlage-1", None), ("vorlage", "Dokument vorlage", "v.pdf")],
    )
    assert result.hits[2].collapsed is not None
    assert result.hits[2].collapsed.count == 0


def test_a_sheet_of_few_words_stands_for_no_vorgang(make_index: Callable[..., TestIndex]) -> None:
    """The result of a vote is ranked first for its few words; what the vote was about stands for the Vorgang."""
    radweg = Paper("p1", "Radweg Nordring", "1/2024", "Vorlage")
    text = "Die Verwaltung schlägt vor, den Radweg am Nordring zu bauen. " * 5
    index = make_index(
        document("stimmen", "Radweg 12 Ja", title="Abstimmung Radweg TOP 24", paper=radweg, date=date(2024, 5, 9)),
        document("scan", title="Radweg Radweg", paper=radweg, date=date(2024, 5, 8)),
        document("vorlage", text, title="Beschlussvorlage", paper=radweg, date=date(2024, 5, 1)),
        document("allein", "Radweg", title="Abstimmung TOP 3", paper=Paper("p2", "Neubau", "2/2024", "Vorlage")),
        split=True,
    )
    for sort in Sort:
        plain = index.engine.search(SearchRequest(q="radweg", sort=sort))
        hits = index.engine.search(SearchRequest(q="radweg", sort=sort, collapse=Collapse.PAPER)).hits
        assert {hit.id for hit in hits} == {"vorlage", "allein"}
        (vorlage,) = (hit for hit in hits if hit.id == "vorlage")
        assert vorlage.collapsed is not None
        others = [hit.id for hit in plain.hits if hit.id in ("stimmen", "scan")]
        assert (vorlage.collapsed.count, [one.id for one in vorlage.collapsed.documents]) == (2, others)
    assert index.engine.search(SearchRequest(q="radweg")).hits[0].id in ("stimmen", "scan")


def test_a_sheet_that_alone_has_all_words_stands_for_its_vorgang(make_index: Callable[..., TestIndex]) -> None:
    """No Vorgang is said to lack a word that one of its documents has together with all others."""
    radweg = Paper("p1", "Radweg Nordring", "1/2024", "Vorlage")
    text = "Die Verwaltung schlägt vor, den Radweg am Nordring zu bauen. " * 5
    index = make_index(
        document("stimmen", "12 Ja", title="Abstimmungsergebnis TOP 24", paper=radweg),
        document("vorlage", text, title="Beschlussvorlage", paper=radweg),
    )
    result = index.engine.search(SearchRequest(q="Abstimmungsergebnis Nordring", collapse=Collapse.PAPER))
    assert [(hit.id, hit.missing) for hit in result.hits] == [("stimmen", ())]
    assert (result.total, result.total_all_words) == (1, 1)


def test_names_of_vorgaenge_are_marked(papers: TestIndex) -> None:
    """Where words are highlighted they are marked in the name of the Vorgang, too, which is escaped."""
    papers.put(document("x", "Text", paper=Paper("y", "Radweg <b>", "9/2024", "Vorlage")))
    hits = {hit.id: hit.paper_name_html for hit in papers.engine.search(SearchRequest(q="radweg")).hits}
    assert hits["x"] == "<mark>Radweg</mark> &lt;b&gt;"
    assert hits["antrag"] is None
    plain = papers.engine.search(SearchRequest(q="radweg", highlight=False)).hits
    assert {hit.paper_name_html for hit in plain} == {None}


def test_total_counts_hits_and_facets_count_documents(papers: TestIndex) -> None:
    """Three hits stand for five documents, and the facet of Kommunen counts these."""
    result = papers.engine.search(SearchRequest(q="radweg", collapse=Collapse.PAPER, facets=(FacetName.KOMMUNE,)))
    assert (result.total, result.total_documents) == (3, 5)
    assert {bucket.value: bucket.count for bucket in result.facets[0].buckets} == {"bruehl": 3, "koeln": 1}


def test_numbers_of_papers_are_those_of_their_kommune(make_index: Callable[..., TestIndex]) -> None:
    """Two Kommunen may use the same number for different Vorgänge; with ids, numbers do not matter."""

    def of(document_id: str, kommune: Kommune | None, **paper: str) -> Document:
        return document(document_id, kommune=kommune, paper=Paper(**paper))

    index = make_index(
        of("a", BRUEHL, reference="7"), of("b", KOELN, reference="7"), of("c", BRUEHL, reference="7"),
        of("d", BRUEHL, id="x", reference="7"), of("e", KOELN, id="x", reference="8"), of("f", None, name="x"),
        split=True,
    )  # fmt: skip
    result = index.engine.search(SearchRequest(collapse=Collapse.PAPER))
    assert {(hit.id, hit.collapsed.count if hit.collapsed else None) for hit in result.hits} == {
        ("a", 1), ("b", 0), ("d", 1), ("f", 0)
    }  # fmt: skip


def test_a_cursor_belongs_to_a_collapsed_search_or_not(papers: TestIndex) -> None:
    """A cursor of a collapsed search cannot be followed in the plain one."""
    cursor = papers.engine.search(SearchRequest(q="radweg", per_page=1, collapse=Collapse.PAPER)).next_cursor
    with pytest.raises(InvalidRequest):
        papers.engine.search(SearchRequest(q="radweg", per_page=1, cursor=cursor))


def test_without_collapsing_hits_stand_for_themselves(papers: TestIndex) -> None:
    """A plain search names no other documents, and both totals agree."""
    result = papers.engine.search(SearchRequest(q="radweg"))
    assert {hit.collapsed for hit in result.hits} == {None}
    assert result.total == result.total_documents == 5


def test_a_correction_counts_hits_as_the_search_does(papers: TestIndex) -> None:
    """The number of hits promised for a better spelling is the number it then has."""
    suggestion = papers.engine.search(SearchRequest(q="radwge", collapse=Collapse.PAPER)).did_you_mean
    assert suggestion is not None
    found = papers.engine.search(SearchRequest(q=suggestion.q, collapse=Collapse.PAPER))
    assert suggestion.total == found.total == 3


def test_the_other_files_of_a_vorgang_count(make_index: Callable[..., TestIndex]) -> None:
    """Of two equal files the one comes first whose Vorgang has another that was found, whatever filter holds."""
    text, vorgang = "Der Spielplatz wird saniert.", Paper("p1", "Vorhaben", "1/2020")
    index = make_index(
        document("with", text, paper=vorgang, kommune=KOELN),
        document("other", text, paper=vorgang, kommune=BRUEHL),
        document("without", text, title="Vorhaben", kommune=KOELN),
    )
    everywhere = index.engine.search(SearchRequest(q="Spielplatz"))
    assert [hit.id for hit in everywhere.hits] == ["other", "with", "without"]
    in_koeln = index.engine.search(SearchRequest(q="Spielplatz", kommune=("koeln",)))
    assert [(hit.id, hit.score) for hit in in_koeln.hits] == [
        (hit.id, hit.score) for hit in everywhere.hits if hit.id != "other"
    ]
