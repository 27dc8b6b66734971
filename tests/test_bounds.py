"""An engine within bounds: as if there were no other documents. Run on each engine behind the protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.contract import BoundField, Bounds, Condition, Document, FacetName, Kommune, Paper, SearchRequest
from tests.fixtures_index import BRUEHL, ENGINES, KOELN, Engine, TestIndex, document

EVERY_FACET = tuple(FacetName)
FIELDS: dict[str, tuple[str, ...]] = {
    "kommune": ("bruehl", "koeln", "_missing", "nirgends"),
    "source": ("https://rat.example", "https://rat.example/a/", "b"),
    "paper_type": ("Antrag", "Vorlage"),
    "organization": ("Rat", "Bauausschuss"),
}
QUERIES = ("", "radweg", "radwge", "geheimwort", "radweg geheimwort", "kommune:koeln", "Köln", "radw", "rat", "weg*")


@pytest.fixture(params=ENGINES.values(), ids=ENGINES.keys(), autouse=True)
def engine_under_test(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    engine: Engine = request.param
    return engine


def collection() -> list[Document]:
    """Return documents that differ in everything bounds may look at, in all combinations of Kommune and type."""
    found = []
    for number in range(24):
        kommune = (BRUEHL, KOELN, None)[number % 3]
        kind = ("Antrag", "Vorlage")[number % 2]
        name = ("https://rat.example", "https://rat.example.org", "https://rat.example/a", "b")[number % 4]
        words = ["Radweg am Rhein", "Radwege", "Spielplatz"][number % 3 if number % 5 else 1]
        found.append(
            document(
                f"{name}/{number}",
                f"{words} {'Geheimwort' if kommune is KOELN else 'Rathaus'} Nummer{number}",
                title=f"Titel {kommune.name if kommune else 'ohne'} {number}",
                kommune=kommune,
                date=date(2010 + number % 4, 1, 1) if number % 7 else None,
                paper=Paper(f"p{number // 2}", f"Vorgang {number // 2}", f"{number}/2013", kind),
                organizations=(("Rat",), ("Bauausschuss",), ("Rat", "Bauausschuss"), ())[number // 2 % 4],
            )
        )
    return found


def conditions() -> st.SearchStrategy[Bounds]:
    one = st.sampled_from(sorted(FIELDS)).flatmap(
        lambda name: st.lists(st.sampled_from(FIELDS[name]), min_size=1, max_size=2, unique=True).map(
            lambda values: Condition(BoundField(name), tuple(values))
        )
    )
    return st.lists(one, min_size=1, max_size=3).map(lambda found: Bounds(tuple(found)))


def told(engine: object, q: str) -> dict[str, object]:
    """Return everything an engine tells about a query."""
    result = engine.search(SearchRequest(q=q, per_page=100, facets=EVERY_FACET, all_words=True))  # type: ignore[attr-defined]
    every = engine.search(SearchRequest(q=q, per_page=100))  # type: ignore[attr-defined]
    return {
        "hits": sorted((hit.id, hit.title, hit.snippets) for hit in result.hits),
        "widened": {hit.id: pytest.approx(hit.score, rel=1e-4) for hit in every.hits},
        "totals": (result.total, result.total_documents, result.total_all_words),
        "facets": result.facets,
        "did_you_mean": result.did_you_mean,
        "preferred": result.preferred,
        "warnings": result.warnings,
        "suggestions": sorted((one.text, one.count) for one in engine.suggest(q, limit=20)),  # type: ignore[attr-defined]
        "exported": sorted(hit.id for hit in engine.scan(SearchRequest(q=q, all_words=True))),  # type: ignore[attr-defined]
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bounds=conditions(), q=st.sampled_from(QUERIES))
def test_within_bounds_is_what_an_index_of_those_documents_tells(
    make_index: Callable[..., TestIndex], bounds: Bounds, q: str
) -> None:
    """Hits, scores, counts, completions, spellings: all is as if there were no other documents."""
    documents = collection()
    whole = make_index(*documents[:12])
    whole.put(*documents[12:])
    inside = [one for one in documents if bounds.admits(one)]
    left = make_index(*inside[: len(inside) // 2])
    left.put(*inside[len(inside) // 2 :])
    bounded = whole.engine.within(bounds)
    assert told(bounded, q) == told(left.engine, q)
    assert replace(bounded.stats(), generation="", size_bytes=0, segments=0, applied_change=0) == replace(
        left.engine.stats(), generation="", size_bytes=0, segments=0, applied_change=0
    )
    assert list(bounded.matching(SearchRequest(), [one.id for one in documents])) == list(
        left.engine.matching(SearchRequest(), [one.id for one in documents])
    )
    for one in documents[:3]:
        similar = [{hit.id for hit in engine.similar(one.id, limit=20)} for engine in (bounded, left.engine)]
        assert similar[0] == similar[1]


def test_bounds_narrow_each_other(council: TestIndex) -> None:
    """Bounds of an engine that has some only take away; the generation tells them apart."""
    everything = council.engine
    bruehl = everything.within(Bounds.of({"kommune": ["bruehl"]}))
    both = bruehl.within(Bounds.of({"kommune": ["koeln", "bruehl"], "paper_type": ["Satzung"]}))
    nothing = bruehl.within(Bounds.of({"kommune": ["koeln"]}))
    found = [engine.search(SearchRequest()).total for engine in (everything, bruehl, both, nothing)]
    assert found == [5, 2, 1, 0]
    generations = {engine.state().generation for engine in (everything, bruehl, both, nothing)}
    assert len(generations) == 4
    assert bruehl.similar("zentrum") == ()


def test_bounds_follow_the_index(council: TestIndex) -> None:
    """What is stored later is seen, by the same engine."""
    bounded = council.engine.within(Bounds.of({"kommune": ["koeln"]}))
    assert bounded.search(SearchRequest()).total == 2
    council.put(document("neu", "Radweg", kommune=KOELN), document("anders", "Radweg", kommune=BRUEHL))
    assert bounded.search(SearchRequest()).total == 3
    council.delete("zentrum")
    assert bounded.search(SearchRequest()).total == 2


def test_names_of_others_stay_unknown(council: TestIndex) -> None:
    """A filter for a Kommune outside does not even tell how it is written."""
    bounded = council.engine.within(Bounds.of({"kommune": ["bruehl"]}))
    result = bounded.search(SearchRequest(kommune=("koeln",)))
    assert result.total == 0
    (bucket,) = [one for one in result.facets[0].buckets if one.selected]
    assert (bucket.label, bucket.count) == ("koeln", 0)
    assert [warning.code for warning in result.warnings] == ["unknown_kommune"]


@pytest.mark.parametrize(
    ("document_id", "address", "admitted"),
    [
        ("https://rat.example/files/1", "https://rat.example", True),
        ("https://rat.example/files/1", "https://rat.example/", True),
        ("https://rat.example", "https://rat.example/", True),
        ("https://rat.example.org/files/1", "https://rat.example", False),
        ("https://rat.exampl", "https://rat.example", False),
        ("https://rat.example0", "https://rat.example", False),
    ],
)
def test_a_source_is_an_address_and_what_is_below(document_id: str, address: str, admitted: bool) -> None:
    """Another host that merely begins alike is another source."""
    bounds = Bounds.of({"source": [address]})
    assert bounds.admits(Document(id=document_id, title="x")) is admitted


@pytest.mark.parametrize(
    "filters", [{"gremium": ["Rat"]}, {"kommune": []}, {"kommune": "koeln"}, {"kommune": [""]}, {"kommune": [1]}]
)
def test_filters_that_mean_nothing_are_refused(filters: dict[str, list[str]]) -> None:
    """A misspelt filter must not open everything, and none without values is kept."""
    with pytest.raises(ValueError, match=r"filter|must be"):
        Bounds.of(filters)


def test_bounds_know_kommunen_by_id_only() -> None:
    """A name may come to mean another Kommune; an id does not."""
    kommune = Kommune("bruehl", "Brühl", "05362012")
    one = Document(id="a", title="a", kommune=kommune)
    assert Bounds.of({"kommune": ["bruehl"]}).admits(one)
    assert not Bounds.of({"kommune": ["Brühl"]}).admits(one)
