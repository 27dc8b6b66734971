"""What spans several tokens: references, paragraphs, dates, names with hyphens, completed stubs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers import clean_text, joined
from analyzers.spanning import spanning_terms

TERMS = {
    "siehe Drs. 17/1234 des Landtags": "17/1234",
    "Vorlage 2013/0456": "2013/456",
    "V/2013/045": "v/2013/45",
    "B-Plan Nr. 60459/02": "bplan 60459/2",
    "am 05.11.13": "2013-11-05",
    "vom 3.4.51": "1951-04-03",
    "am 5. November 2013": "2013-11-05",
    "am 13.März 2020": "2020-03-13",
    "am 2013-11-05": "2013-11-05",
    "nach § 34 Abs. 2 BauGB": "§34",
    "nach §34a": "§34a",
    "gemäß §§ 34, 35 und 36 BauGB": "§34 §35 §36",
    "BASS 12 – 21": "12-21",
    "Seiten 12-21": "12-21",
    "im Rhein-Erft-Kreis": "rheinerftkreis",
    "im Rhein-ErftKreis": "rheinerftkreis",
    "Kolleg*innen, Kolleg:innen und Kolleg_innen": "kolleginnen kolleginnen kolleginnen",
    "Integrations- und Bildungsarbeit": "integrationsarbeit",
    "Sport-, Kultur- und Schulausschuss": "sportausschuss kulturausschuss",
    "Straßenbau und -unterhaltung": "strassenunterhaltung",
    "der Verein e.V.": "ev",
    "Haushalt 2013, Seite 0456": "",
    "Vor- und Nachteile": "",
    "3.500 Euro, 1.000.000,50 Euro": "3500 1000000",
    "Änderungs-/Ergänzungsantrag": "aenderungsantrag",
    "Sport-/Kultur-/Schulausschuss": "sportausschuss kulturausschuss",
    "": "",
}

JOINED = {
    "§ 34 BauGB": "§34 BauGB",
    "§§ 34, 35": "§34 §35",
    "Sitzung am 5. November 2013": "Sitzung am 05.11.2013",
    "BASS 12 – 21": "BASS 12-21",
    "Lärm an der A 5": "Lärm an der A5",
    "Anlage A 5.2": "Anlage A 5.2",
    "nr:A 5": "nr:A 5",
    'A 5 "an der A 5" und „am 5. November 2013“': 'A5 "an der A 5" und „am 5. November 2013“',
    "Radweg -Brühl": "Radweg -Brühl",
    "Straßenbau und -unterhaltung": "Straßenbau und unterhaltung",
    "Straßenbau und -Brühl": "Straßenbau und -Brühl",
    "Haushalt 2013 -2014": "Haushalt 2013 -2014",
}


@pytest.mark.parametrize(("text", "terms"), TERMS.items())
def test_terms(text: str, terms: str) -> None:
    """Each way of writing gives the one term it is looked for by."""
    assert " ".join(spanning_terms(text)) == terms


@pytest.mark.parametrize(("query", "expected"), JOINED.items())
def test_blanks_are_taken_out_of_queries(query: str, expected: str) -> None:
    """What is looked for as one has no blanks left; everything else stays, exclusions above all."""
    assert joined(query) == expected


@given(st.text())
def test_total(text: str) -> None:
    """Any text has terms, and joining twice changes nothing more."""
    spanning_terms(clean_text(text))
    assert joined(joined(text)) == joined(text)


@given(st.integers(1, 28), st.integers(1, 12), st.integers(1990, 2049))
def test_all_ways_to_write_a_day_agree(day: int, month: int, year: int) -> None:
    """A day in figures, padded or not, and by the name of its month is one term."""
    names = "Januar,Februar,März,April,Mai,Juni,Juli,August,September,Oktober,November,Dezember"
    months = names.split(",")
    ways = (f"{day}.{month}.{year}", f"{day:02}.{month:02}.{year % 100:02}", f"{day}. {months[month - 1]} {year}")
    assert {tuple(spanning_terms(way)) for way in ways} == {(f"{year}-{month:02}-{day:02}",)}
