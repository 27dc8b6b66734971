"""Completions: written as documents write them, most frequent first, and only what finds something."""

from __future__ import annotations

from collections.abc import Callable

from index.contract import Paper, SearchRequest
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


def test_words_of_deleted_documents_are_not_offered(make_index: Callable[..., TestIndex]) -> None:
    """What was deleted or taken down is neither completed nor counted, nor does it decide how a word is written."""
    index = make_index(
        document("a", "Radwegenetz", title="x"),
        document("b", "radverkehr Radschnellwegverdacht", title="Radgeheimnis", paper=Paper("p", None, "rad/77", None)),
        document("c", "Radverkehr", title="x", kommune=BRUEHL),
    )
    before = {(completion.text, completion.count) for completion in index.engine.suggest("rad")}
    assert {("Radgeheimnis", 1), ("radverkehr", 2), ("Radschnellwegverdacht", 1)} <= before
    index.delete("b")
    found = {(completion.text, completion.count) for completion in index.engine.suggest("rad", limit=20)}
    assert found == {("Radverkehr", 1), ("Radwegenetz", 1)}
    index.delete("c")
    assert not index.engine.suggest("brü")


def test_deleted_words_do_not_crowd_out_others(make_index: Callable[..., TestIndex]) -> None:
    """However many frequent words were deleted, the ones that are left are completed."""
    gone = [document(f"d{at}", " ".join(f"radwort{chr(97 + word)}" for word in range(9)), title="x") for at in range(3)]
    others = [document(f"o{at}", "Haushalt", title="x") for at in range(20)]  # or the segment would be merged at once
    index = make_index(*gone, *others, document("a", "Radverkehr", title="x"))
    index.delete(*(one.id for one in gone))
    assert [(one.text, one.count) for one in index.engine.suggest("rad", limit=2)] == [("Radverkehr", 1)]


def test_words_of_deleted_documents_are_no_corrections(make_index: Callable[..., TestIndex]) -> None:
    """A spelling that only a deleted document has is offered for no query, not even beside other words that find."""
    index = make_index(document("a", "Haushalt der Stadt"), document("b", "Geheimplan Haushaltsloch"))
    assert index.engine.search(SearchRequest(q="Geheimplna")).did_you_mean is not None
    index.delete("b")
    for q in ("Geheimplna", "Haushalt Geheimplna", "Haushalt Stadt Geheimplna Wort Wort2"):
        assert index.engine.search(SearchRequest(q=q)).did_you_mean is None
