"""Verbs of questions whose particle stands at the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyzers import is_particle, joined_verbs
from index.contract import SearchRequest
from tests.fixtures_index import TestIndex, document


@pytest.mark.parametrize(
    ("verb", "particle", "infinitive"),
    [
        ("fällt", "aus", "ausfallen"),
        ("läuft", "ab", "ablaufen"),
        ("gibt", "aus", "ausgeben"),
        ("stellten", "ein", "einstellen"),
        ("lehnte", "ab", "ablehnen"),
        ("arbeitet", "zusammen", "zusammenarbeiten"),
        ("zahlt", "zurück", "zurueckzahlen"),
        ("FINDET", "statt", "stattfinden"),
    ],
)
def test_forms_of_a_verb_are_joined_with_its_particle(verb: str, particle: str, infinitive: str) -> None:
    """The infinitive is among what the two may be."""
    assert is_particle(particle)
    assert infinitive in joined_verbs(verb, particle)


@pytest.mark.parametrize("word", ["Haus", "und", "ausbau", ""])
def test_other_words_are_no_particles(word: str) -> None:
    assert not is_particle(word)


@pytest.fixture
def index(make_index: Callable[..., TestIndex]) -> TestIndex:
    return make_index(
        document("ausfall", "Im Winter sind Züge der Linie 4 ausgefallen, die Ausfälle werden untersucht."),
        document("faellung", "Bäume fallen dem Zug der Zeit zum Opfer."),
        document("ausbau", "Der Ausbau der Linie 4."),
    )


def test_a_question_finds_what_its_verb_means(index: TestIndex) -> None:
    """Not what the verb without its particle means."""
    result = index.engine.search(SearchRequest(q="Warum fallen die Züge im Winter aus?"))
    assert result.hits[0].id == "ausfall"
    assert result.hits[0].missing == ()


@pytest.mark.parametrize("q", ["Züge fallen aus", '"Züge fallen so aus"', "fallen -aus Züge"])
def test_short_queries_phrases_and_exclusions_stay(index: TestIndex, q: str) -> None:
    """Nothing is warned of, and nobody is told of a word that was not typed."""
    result = index.engine.search(SearchRequest(q=q))
    assert result.warnings == ()


def test_exact_searching_joins_nothing(index: TestIndex) -> None:
    """Exact searching takes words as they are."""
    result = index.engine.search(SearchRequest(q="warum fallen Züge aus", exact=True))
    assert "ausfall" not in {hit.id for hit in result.hits}


def test_words_that_make_no_verb_stay(index: TestIndex) -> None:
    """Where no joined verb occurs, the words are searched as they are."""
    result = index.engine.search(SearchRequest(q="Welche Linie baut man aus"))
    assert result.hits[0].id == "ausbau"
    assert index.engine.search(SearchRequest(q="was liegt an Linie 4 an")).hits
