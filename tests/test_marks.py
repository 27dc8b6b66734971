"""What is marked: the words that were looked for, where they are what was looked for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.contract import Paper, SearchRequest
from tests.fixtures_index import BRUEHL, KOELN, TestIndex, document

TEXT = "Der Radweg an der Römerstraße in Köln. Der Antrag der Stadt Köln vom 5. November 2013 an der Römerstraße."


@pytest.fixture
def index(make_index: Callable[..., TestIndex]) -> TestIndex:
    """An index with one document to find and one of another Kommune."""
    paper = Paper("p", "Vorgang", "2013/0456", "Antrag")
    return make_index(
        document("a", TEXT, title="Radweg an der Römerstraße und der Radweg", kommune=KOELN, paper=paper),
        document("b", "Brühl", title="Anderes", kommune=BRUEHL),
    )


def marked(html: str) -> list[str]:
    """Return the marked words."""
    return re.findall("<mark>(.*?)</mark>", html)


MARKS = [
    ("kommune:Köln Radweg", ["Radweg"]),
    ("Radweg kommune:(Köln -Brühl)", ["Radweg"]),
    ("typ:Antrag Radweg", ["Radweg"]),
    ("typ:(Antrag OR Bericht) Radweg", ["Radweg"]),
    ("nr:2013/0456 Radweg", ["Radweg"]),
    ("Radweg datum:(-2013)", ["Radweg"]),
    ("Radweg -kommune:Brühl", ["Radweg"]),
    ("Köln Radweg", ["Radweg", "Köln", "Köln"]),
    ('"Radweg an der Römerstraße"', ["Radweg", "an", "der", "Römerstraße"]),
    ('"an der Römerstraße"', ["an", "der", "Römerstraße", "an", "der", "Römerstraße"]),
    ('"der Stadt" Radweg', ["Radweg", "der", "Stadt"]),
    ('"Radweg Römerstraße"~3', ["Radweg", "Römerstraße"]),
    ('"Antrag Köln"~3', ["Antrag", "Köln"]),
    ("05.11.2013", ["5", "November", "2013"]),
    ("5. November 2013", ["5", "November", "2013"]),
]


@pytest.mark.parametrize(("q", "words"), MARKS)
def test_marks_in_snippets_and_on_pages(index: TestIndex, q: str, words: list[str]) -> None:
    """Values of fields are not marked, phrases only as such, in excerpts and in the whole text alike."""
    (hit,) = index.engine.search(SearchRequest(q=q)).hits
    assert marked(" ".join(snippet.html for snippet in hit.snippets)) == words
    (page,) = index.engine.highlight([TEXT], q)
    assert marked(page) == words


def test_marks_in_titles(index: TestIndex) -> None:
    """A phrase is marked in a title where it stands, not its words one by one."""
    (hit,) = index.engine.search(SearchRequest(q='"Radweg an der Römerstraße"')).hits
    assert marked(hit.title_html) == ["Radweg", "an", "der", "Römerstraße"]
    (hit,) = index.engine.search(SearchRequest(q='"der Stadt"')).hits
    assert hit.title_html == hit.title


def test_unknown_values_are_marked_because_they_are_searched_as_words(index: TestIndex) -> None:
    """What is no Kommune and no date is looked for, and so marked."""
    index.put(document("c", "Entenhausen gestern", title="x"))
    for q in ("kommune:Entenhausen", "datum:gestern"):
        (page,) = index.engine.highlight(["Entenhausen gestern Köln"], q)
        assert marked(page) == [q.partition(":")[2]]


@pytest.mark.parametrize(
    ("typed", "written"), [("2013/456", "2013/0456"), ("V/0045/12", "V/45/12"), ("12-21", "12 – 21")]
)
def test_numbers_are_marked_however_they_are_written(
    make_index: Callable[..., TestIndex], typed: str, written: str
) -> None:
    """A number that is found in spite of other zeros is marked as a whole, and parts of it elsewhere are not."""
    index = make_index(document("a", f"Vorlage {written} aus 2013 und 12 Seiten 21 V", title="x"))
    (hit,) = index.engine.search(SearchRequest(q=typed)).hits
    assert marked(hit.snippets[0].html) == re.findall(r"\w+", written)


WORDS = ["rad", "weg", "der", "ob"]


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=30),
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=4),
    st.integers(1, 3),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_phrase_is_marked_just_where_it_stands(
    index: TestIndex, text: list[str], phrase: list[str], slop: int
) -> None:
    """Page and snippets have marks exactly when the document is found, and each of them is a word of the phrase."""

    def ends(at: int, rest: list[str]) -> bool:
        return not rest or any(
            text[to] == rest[0] and ends(to, rest[1:]) for to in range(at + 1, at + slop + 1) if to < len(text)
        )

    stands = any(word == phrase[0] and ends(at, phrase[1:]) for at, word in enumerate(text))
    index.delete("a")
    index.put(document("p", " ".join(text), title="Titel"))
    q = f'"{" ".join(phrase)}"~{slop}'
    result = index.engine.search(SearchRequest(q=q))
    assert result.total == int(stands)
    (page,) = index.engine.highlight([" ".join(text)], q)
    assert bool(marked(page)) is stands
    assert set(marked(page)) == (set(phrase) if stands else set())
    if stands:
        assert marked(" ".join(snippet.html for snippet in result.hits[0].snippets))
