"""Completions: written as documents write them, most frequent first, and only what finds something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

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


def test_the_forms_of_a_word_are_one_completion(make_index: Callable[..., TestIndex]) -> None:
    """Of singular, plural, genitive and abbreviation one is offered, with the documents of all; no broken word."""
    texts = ["Die Kaiserstraße", "Der Kaiserstraße"] * 6 + ["Kaiserstraßen", "Kaiserstr. 5", "Kaiserstraß", "Kaiserbad"]
    texts += ["Das Kaiserfest", "des Kaiserfestes", "Kaiserfeste", "Kaiserfesten"]
    engine = make_index(*(document(f"d{at}", text, title="x") for at, text in enumerate(texts))).engine
    found = {completion.text: completion.count for completion in engine.suggest("kaiser", limit=20)}
    assert found == {"Kaiserstraße": 15, "Kaiserfest": 4, "Kaiserbad": 1}
    for text, count in found.items():
        assert engine.search(SearchRequest(q=text)).total == count
    assert [completion.text for completion in engine.suggest("kaiserstr")] == ["Kaiserstraße"]
    assert [completion.text for completion in engine.suggest("kaiserfest")] == []


def test_the_name_of_the_vorgang_is_offered_for_its_files(make_index: Callable[..., TestIndex]) -> None:
    """A file's own title ("Beschlussvorlage") is not offered for words that only its Vorgang's name has."""
    paper = Paper("p", "Umbau der Kaiserstraße", "5/2020", "Vorlage")
    words = "Der Rat stimmt dem Umbau zu. " * 9
    engine = make_index(
        document("stub", "12 Ja", title="Abstimmungsergebnis TOP 24", paper=paper, date=date(2024, 2, 1)),
        document("paper", words, title="Beschlussvorlage", paper=paper, date=date(2024, 1, 1)),
        document("own", words, title="Lageplan Kaiserstraße", paper=Paper("q", "Neue Bäume", "6/2020", "Vorlage")),
        document("first", words, title="Kaiserstraße 5: Anfrage", date=date(2010, 1, 1)),
    ).engine
    found = [one for one in engine.suggest("kaiserstr") if one.kind == "title"]
    assert [(one.text, one.document_id, one.paper_name, one.count) for one in found] == [
        ("Kaiserstraße 5: Anfrage", "first", None, 1),  # what begins with the words typed comes first
        ("Umbau der Kaiserstraße", "paper", "Umbau der Kaiserstraße", 2),  # not the sheet of two words
        ("Lageplan Kaiserstraße", "own", "Neue Bäume", 1),
    ]
    assert [(one.text, one.paper_name) for one in engine.suggest("5/20")] == [("5/2020", "Umbau der Kaiserstraße")]


def test_a_title_of_several_vorgaenge_means_none_of_their_documents(make_index: Callable[..., TestIndex]) -> None:
    """What many files are called is searched for, and counts all of them, also those that were not read."""
    papers = [Paper(f"p{at}", f"Vorgang {at}", f"{at}/2020", "Vorlage") for at in range(100)]
    files = [document(f"d{at}", title="Beschlussvorlage", paper=paper) for at, paper in enumerate(papers)]
    found = make_index(*files).engine.suggest("beschlussv")
    assert [(one.text, one.kind, one.document_id, one.count) for one in found] == [
        ("Beschlussvorlage", "title", None, 100)
    ]
