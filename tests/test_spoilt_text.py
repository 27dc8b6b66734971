"""What PDFs have done to words is no obstacle: they are found as they were written, and shown so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from index.contract import Document, SearchRequest
from tests.fixtures_index import TestIndex

PAGES = (
    "Erg änzung der Gesch äftsordnung f ür den Rat der Stadt Br¨uhl, Gescha ̈ftsstelle",
    "N I E D E R S C H R I F T  über die 3. Sitzung\nB e s c h l u s s :\nDie Sta\ue000elmiete nach Zi\ue000er 3",
    "Die Grünfl ächen fi nden sich im Plan. Sto\ue000, AkƟonen der NachbarschaŌ, ZukunŌsbild, ZielperspekƟven",
)


@pytest.mark.parametrize(
    ("q", "shown"),
    [
        ("Geschäftsordnung", "Ergänzung der <mark>Geschäftsordnung</mark> für den Rat der Stadt Brühl"),
        ("Brühl", "der Stadt <mark>Brühl</mark>, Geschäftsstelle"),
        ("Niederschrift", "<mark>NIEDERSCHRIFT</mark> über die 3. Sitzung"),
        ("Beschluss", "<mark>Beschluss</mark>: Die Staffelmiete"),
        ("Ziffer", "nach <mark>Ziffer</mark> 3"),
        ('"die Grünflächen finden"', "<mark>Grünflächen</mark> <mark>finden</mark> sich"),
        ("Nachbarschaft", "Stoff, Aktionen der <mark>Nachbarschaft</mark>, Zukunftsbild"),
        ("exakt Zielperspektiven", "<mark>Zielperspektiven</mark>"),
    ],
)
def test_words_are_found_and_shown_as_they_were_written(
    make_index: Callable[..., TestIndex], q: str, shown: str
) -> None:
    """By inflected words, phrases and exact search alike."""
    index = make_index(Document(id="a", title="x", pages=PAGES))
    exact = q.startswith("exakt ")
    result = index.engine.search(SearchRequest(q=q.removeprefix("exakt "), exact=exact))
    assert result.total == 1
    assert any(shown in snippet.html for snippet in result.hits[0].snippets)


def test_whole_pages_are_shown_in_the_same_way(make_index: Callable[..., TestIndex]) -> None:
    """What a character stands for is told by all pages that are shown."""
    index = make_index(Document(id="a", title="x", pages=PAGES))
    pages = index.engine.highlight(list(PAGES), "Ziffer Nachbarschaft")
    assert "nach <mark>Ziffer</mark> 3" in pages[1]
    assert "Stoff, Aktionen der <mark>Nachbarschaft</mark>" in pages[2]
