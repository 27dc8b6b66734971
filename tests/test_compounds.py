"""Compounds: what is split where, what stays whole, and that splitting never loses a letter."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analyzers import GermanAnalysis, fold_word
from analyzers.compounds import parts_and_spans, split
from analyzers.lexicon import load_lexicon
from analyzers.nouns import base_word

COMPOUNDS = {
    "Klimaschutzkonzepte": "klima schutz konzept",
    "Integrationszentrums": "integrations zentrum",
    "Haushaltsplan": "haushalts plan",
    "Straßenreinigungsgebühren": "strassen reinigungs gebuehr",
    "Bürgermeisterwahl": "buergermeister wahl",
    "Ordnungsamt": "ordnungs amt",
    "Schulhof": "schul hof",
    "Wohngebiet": "wohn gebiet",
    "Hauptausschuss": "haupt ausschuss",
    "Spielplätze": "spiel platz",
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
    assert len(split(word)) == 1
    assert parts_and_spans(word) == ()


def test_words_that_parts_form_are_found_too() -> None:
    """Neighbouring parts that are a word together are given as well, the whole word is not."""
    assert set(parts_and_spans("Klimaschutzkonzept")) == {"klima", "schutz", "konzept", "klimaschutz", "schutzkonzept"}
    assert parts_and_spans("Hundesteuer") == ("hunde", "steuer")


@given(st.text(alphabet=st.characters(categories=["L"]), max_size=70).map(str.capitalize))
@example("Donaudampfschifffahrtsgesellschaft")
def test_splitting_loses_nothing(word: str) -> None:
    """The parts of any word put together are the word, or its base form."""
    assert "".join(split(word)) in (fold_word(word), base_word(fold_word(word)))


FORMS = [
    "Ordnungsamt Ordnungsamtes Ordnungsamts Ordnungsämter Ordnungsämtern",
    "Bebauungsplan Bebauungsplans Bebauungsplanes Bebauungspläne Bebauungsplänen",
    "Ortschaftsrat Ortschaftsrats Ortschaftsrates Ortschaftsräte Ortschaftsräten",
    "Klimafunktionskarte Klimafunktionskarten",
    "Förderung Förderungen",
    "Interesse Interessen",
    "Erlaubnis Erlaubnisse Erlaubnissen",
    "Institution Institutionen",
]


@pytest.mark.parametrize("forms", FORMS)
def test_all_forms_have_the_parts_of_the_base_form(forms: str) -> None:
    """Whatever is found by a part of a word is found in all its forms; what is whole is whole in all of them."""
    analysis = GermanAnalysis()
    assert len({analysis.form(form).parts for form in forms.split()}) == 1


def test_all_forms_of_the_lexicon_have_the_parts_of_their_base_form() -> None:
    """The same of every noun that the lexicon knows."""
    lexicon = load_lexicon()
    for form in lexicon.parts:
        base = lexicon.base_form(form)
        if base is not None and base != form:
            assert parts_and_spans(form.capitalize()) == parts_and_spans(base.capitalize())


@pytest.mark.parametrize(
    "word", ["Unterstützung", "Hintergrund", "Transport", "Institutionen", "Ablagerungen", "Badische", "Oberfläche"]
)
def test_parts_are_words(word: str) -> None:
    """Neither prepositions nor endings nor what looks like a word are parts that anything is found by."""
    assert set(GermanAnalysis().form(word).parts) <= {"flaeche"}
