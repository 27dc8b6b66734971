"""How people's queries find documents, what ranks before what, and what the explanation says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analyzers import GermanAnalysis
from index.contract import SearchRequest, SearchResult
from searchsvc.interface.found_by import found_by_text
from tests.fixtures_index import TestIndex, document

TEXTS = {
    "zentrum": "Die Arbeit des Kommunalen Integrationszentrums in Brühl",
    "plan": "Der Bebauungsplan Nr. 60459/02 liegt aus, siehe § 34 BauGB",
    "rathaus": "Öffnungszeiten im Rathaus, Anmeldung ab dem 5. November 2013",
    "rat": "Der Rat hat beschlossen, der Rat hat getagt",
    "muecken": "Die Bekämpfung der Stechmücken am Rhein kostet mehr",
    "kosten": "Die Kosten der Sanierung der Sporthalle sind gestiegen",
    "halle": "Die Sporthalle wird im Sommer geschlossen",
    "steuern": "Vergnügungssteuer und Einkommensteuer, Anspruch auf Schadenersatz",
    "strasse": "Lärm an der A 5 kostet 350.000 Euro",
}

FOUND = {
    "Zentrum": ("zentrum", "gefunden über Wortteil „Zentrum“"),
    "integrationszentren": ("zentrum", None),
    "Kommunales Integrations-Zentrum": ("zentrum", None),
    "Intergrationszentrum": ("zentrum", None),
    "Bruehl": ("zentrum", None),
    "B-Plan 60459/2": ("plan", "gefunden über „Bebauungsplan“ statt „B-Plan“"),
    "§ 34 BauGB": ("plan", "gefunden in anderer Schreibweise von „§34“"),
    "05.11.2013": ("rathaus", "gefunden in anderer Schreibweise von „05.11.2013“"),
    "Stechmückenbekämpfung": ("muecken", "gefunden über die Wortteile von „Stechmückenbekämpfung“ nahe beieinander"),
    "Vergnügungsteuer": ("steuern", "gefunden in anderer Schreibweise von „Vergnügungsteuer“"),
    "Einkommenssteuer": ("steuern", "gefunden in anderer Schreibweise von „Einkommenssteuer“"),
    "Schadensersatz": ("steuern", "gefunden in anderer Schreibweise von „Schadensersatz“"),
    "Autobahn A5": ("strasse", "ohne „Autobahn“"),
    '"an der A 5"': ("strasse", None),
    '"ab dem 5. November 2013"': ("rathaus", None),
    "A5": ("strasse", "gefunden in anderer Schreibweise von „A5“"),
    "350000 Euro": ("strasse", "gefunden in anderer Schreibweise von „350000“"),
    "Was kostet die Sanierung der Sporthalle": ("kosten", "gefunden über ein mit „kostet“ verwandtes Wort"),
}

SWITCHED_OFF: dict[str, dict[str, Any]] = {
    "Zentrum": {"compounds": False},
    "integrationszentren": {"base_forms": False},
    "§ 34 BauGB": {"spanning": False},
    "B-Plan 60459/2": {"synonyms": ()},
    "Stechmückenbekämpfung": {"compounds": False},
    "Schadensersatz": {"compounds": False},
}


@pytest.fixture
def found(make_index: Callable[..., TestIndex]) -> Callable[[str], SearchResult]:
    """Return a function that searches the texts."""
    engine = make_index(*(document(name, text, title="Vorlage") for name, text in TEXTS.items())).engine
    return lambda q: engine.search(SearchRequest(q=q, explain=True))


@pytest.mark.parametrize(("q", "expected"), FOUND.items())
def test_queries_find_what_people_mean(
    found: Callable[[str], SearchResult], q: str, expected: tuple[str, str | None]
) -> None:
    """The document comes first, and where it is not obvious why, a sentence says so."""
    hit = found(q).hits[0]
    sentences = [found_by_text(way) for way in hit.found_by]
    assert hit.id == expected[0]
    assert expected[1] in sentences if expected[1] else not sentences


@pytest.mark.parametrize(("q", "switched_off"), SWITCHED_OFF.items())
def test_each_finding_needs_its_filter(tmp_path: Path, q: str, switched_off: dict[str, Any]) -> None:
    """Without the filter that the query is an example of, its document is not found, or not by all its words."""
    index = TestIndex(tmp_path, GermanAnalysis(**switched_off))
    try:
        index.put(*(document(name, text, title="Vorlage") for name, text in TEXTS.items()))
        result = index.engine.search(SearchRequest(q=q))
        assert result.relaxed or FOUND[q][0] not in [hit.id for hit in result.hits]
    finally:
        index.close()


def test_whole_words_before_parts_and_no_false_friends(found: Callable[[str], SearchResult]) -> None:
    """The council is found and no Rathaus; a word that is missing from a partial match is named."""
    assert [hit.id for hit in found("Rat").hits] == ["rat"]
    result = found("Sporthalle Sommer Rhein")
    assert result.relaxed
    assert result.hits[0].id == "halle"
    assert [found_by_text(way) for way in result.hits[0].found_by] == ["ohne „Rhein“"]


def test_nothing_is_explained_unasked(make_index: Callable[..., TestIndex]) -> None:
    """Explanations cost time, so only who asks for them gets them."""
    engine = make_index(document("zentrum", TEXTS["zentrum"])).engine
    assert engine.search(SearchRequest(q="Zentrum")).hits[0].found_by == ()


def test_new_documents_count_for_more_when_asked(make_index: Callable[..., TestIndex]) -> None:
    """With the wish, a new document comes before an old one that has the word twice."""
    engine = make_index(
        document("old", "Radweg und Radweg im Ort", title="a", date=date(2001, 1, 1)),
        document("new", "Ein Radweg mitten im Ort", title="a", date=date(2020, 1, 1)),
        document("undated", "Ein Radweg mitten im Ort", title="a", date=None),
    ).engine
    plain = [hit.id for hit in engine.search(SearchRequest(q="Radweg")).hits]
    recent = [hit.id for hit in engine.search(SearchRequest(q="Radweg", boost_recent=True)).hits]
    assert plain[0] == "old"
    assert recent[0] == "new"
    assert set(recent) == {"old", "new", "undated"}


def test_phrases_with_slop(make_index: Callable[..., TestIndex]) -> None:
    """The words of a phrase may be as far apart as is said, in their order."""
    engine = make_index(document("a", "Sanierung der alten Turnhalle der Schule")).engine

    def total(q: str) -> int:
        return engine.search(SearchRequest(q=q)).total

    assert [total(f'"Sanierung Turnhalle"~{slop}') for slop in (1, 2, 3, 4)] == [0, 0, 1, 1]
    assert total('"Turnhalle Sanierung"~9') == 0
    assert total('"Sanierung Turnhalle Schule"~3') == 1
