"""Compounds: what is split where, what stays whole, and that splitting never loses a letter."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analyzers import fold_word
from analyzers.compounds import parts_and_spans, split

COMPOUNDS = {
    "Klimaschutzkonzepte": "klima schutz konzepte",
    "Integrationszentrums": "integrations zentrums",
    "Haushaltsplan": "haushalts plan",
    "Straßenreinigungsgebühren": "strassen reinigungs gebuehren",
    "Bürgermeisterwahl": "buergermeister wahl",
    "Ordnungsamt": "ordnungs amt",
    "Schulhof": "schul hof",
    "Wohngebiet": "wohn gebiet",
    "Hauptausschuss": "haupt ausschuss",
    "Spielplätze": "spiel plaetze",
    "Müllabfuhr": "muell abfuhr",
    "Städtepartnerschaft": "staedte partnerschaft",
    "HUNDESTEUER": "hunde steuer",
}

SIMPLE = (
    *(
        "Rathaus",
        "Bürgermeisterin",
        "Haushalt",
        "Gründung",
        "Kombination",
        "Zentrum",
        "Landschaft",
        "Gemeinde",
        "Sitzung",
    ),
    *(
        "vereinbart",
        "grundlegende",
        "zugewanderte",
        "gemeinsamen",
        "Verwaltung",
        "Niederschrift",
        "Leverkusen",
        "Förderung",
    ),
    *("Rat", "", "x", "2013", "B52", "Wir"),
)


@pytest.mark.parametrize(("word", "parts"), COMPOUNDS.items())
def test_compounds_are_split_where_a_reader_would(word: str, parts: str) -> None:
    """Each compound gives its smallest parts, with linking letters and inflection as they stand."""
    assert " ".join(split(word)) == parts


@pytest.mark.parametrize("word", SIMPLE)
def test_simple_words_stay_whole(word: str) -> None:
    """What is no compound, means something of its own, or is written with a small letter has one part."""
    assert split(word) == (fold_word(word),)
    assert parts_and_spans(word) == ()


def test_words_that_parts_form_are_found_too() -> None:
    """Neighbouring parts that are a word together are given as well, the whole word is not."""
    assert set(parts_and_spans("Klimaschutzkonzept")) == {"klima", "schutz", "konzept", "klimaschutz", "schutzkonzept"}
    assert parts_and_spans("Hundesteuer") == ("hunde", "steuer")


@given(st.text(alphabet=st.characters(categories=["L"]), max_size=70).map(str.capitalize))
@example("Donaudampfschifffahrtsgesellschaft")
def test_splitting_loses_nothing(word: str) -> None:
    """The parts of any word put together are the word."""
    assert "".join(split(word)) == fold_word(word)
