"""Completions: written as documents write them, most frequent first, and only what finds something."""

from __future__ import annotations

from collections.abc import Callable

from index.documents import Paper
from index.engine import SearchRequest
from tests.fixtures_index import BRUEHL, TestIndex, document


def test_words_are_written_as_documents_write_them(make_index: Callable[..., TestIndex]) -> None:
    """Umlauts and capitals are those of the text, whatever is typed, and the most frequent word comes first."""
    engine = make_index(
        document("a", "Die Bürgermeisterin und der Bürgerentscheid", title="x"),
        document("b", "Der Bürgerentscheid", title="x"),
    ).engine
    for typed in ("Bürger", "buerger", "BUERGER"):
        assert [completion.text for completion in engine.suggest(typed)] == ["Bürgerentscheid", "Bürgermeisterin"]


def test_what_was_typed_before_is_part_of_it(make_index: Callable[..., TestIndex]) -> None:
    """A word is offered after others only when it occurs together with them, and counted so."""
    engine = make_index(
        document("a", "Sanierung der Sporthalle", title="x"),
        document("b", "Neubau der Sporthalle und des Sportplatzes", title="x"),
    ).engine
    found = {completion.text: completion.count for completion in engine.suggest("Sanierung Sport")}
    assert found == {"Sanierung Sporthalle": 1}
    assert engine.search(SearchRequest(q="Sanierung Sporthalle")).total == 1


def test_numbers_of_vorgaenge_titles_and_kommunen(make_index: Callable[..., TestIndex]) -> None:
    """Beginnings of numbers, titles and Kommunen are completed as a whole."""
    paper = Paper(id="p", name="Haushalt der Stadt", reference="2013/0456", type="Vorlage")
    engine = make_index(document("a", "Text", title="Brühler Haushalt", kommune=BRUEHL, paper=paper)).engine
    assert ("2013/0456", "reference", 1) in [(c.text, c.kind, c.count) for c in engine.suggest("2013/04")]
    found = [(completion.text, completion.kind) for completion in engine.suggest("brü")]
    assert found == [("Brühl", "kommune"), ("Brühler Haushalt", "title")]
