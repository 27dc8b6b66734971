"""Titles made of names of files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.documents.input import parse_document
from searchsvc.documents.titles import is_file_name, readable_title
from searchsvc.ingest.extraction import usable_title
from searchsvc.oparl.mapping import Owner, document_fields
from searchsvc.oparl.objects import File, Meeting, Paper


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Microsoft Word – 20220908_TOP3_Anlage.docx", "TOP 3 Anlage, 08.09.2022"),
        ("(Microsoft Word - Einladung 3. Sitzung.docx)", "Einladung 3. Sitzung"),
        ("Microsoft PowerPoint - Haushalt 2023", "Haushalt 2023"),
        ("anlage_1_zur_anfrage.pdf", "Anlage 1 zur anfrage"),
        ("anlage-1-zur-anfrage.pdf", "Anlage 1 zur anfrage"),
        ("SBR__2020-10-20_Einladung_Einladung.pdf", "SBR Einladung, 20.10.2020"),
        ("Niederschrift%20Rat%2012.03.2020.pdf", "Niederschrift Rat, 12.03.2020"),
        ("12-03-2020-Niederschrift.PDF", "Niederschrift, 12.03.2020"),
        ("Top_3.1_Bericht.pdf", "TOP 3.1 Bericht"),
        ("Anlage02.pdf", "Anlage 02"),
        ("C:\\Users\\Amt 61\\Niederschrift_2022.docx", "Niederschrift 2022"),
        ("/srv/rat/2022/Niederschrift 3.pdf", "Niederschrift 3"),
        ("rat/2022/niederschrift.pdf", "Niederschrift"),
        ("Vorlage 12/2020.pdf", "Vorlage 12/2020"),
        ("Antrag_12/2020.pdf", "Antrag 12/2020"),
        ("Antrag A/B-Straße.pdf", "Antrag A/B-Straße"),
        ("20229999_Bericht.pdf", "20229999 Bericht"),
        ("BV_2022-045_Anlage-2.pdf", "BV 2022-045 Anlage-2"),
        ("Satzung_Entwurf Stand Juli", "Satzung Entwurf Stand Juli"),
        ("00611658.pdf", None),
        ("0180A82E", None),
        ("f.pdf", None),
    ],
)
def test_names_of_files_read_like_titles(name: str, title: str | None):
    """Endings, programs and signs for spaces go, words stay, a date comes last."""
    assert readable_title(name) == title


@pytest.mark.parametrize(
    "title",
    [
        "Rhein-Erft-Kreis",
        "Protokoll HFA 14.10.2025, TOP 1",
        "2022-08-17 - Stenografisches Protokoll",
        "Anlage 1",
        "FwDV 3 Stand Februar 2008",
        "Bebauungsplan Nr. 60459/02 (Entwurf)",
        "A/B-Straße",
    ],
)
def test_titles_stay(title: str):
    """What people have written for people is left alone."""
    assert not is_file_name(title)
    assert readable_title(title) == title


@given(st.text(alphabet="aT1_-. /(0OP2)abcdef%", max_size=40) | st.text(max_size=30))
def test_a_title_made_of_a_name_stays(name: str):
    """Reading a title again changes nothing, and nothing breaks it."""
    title = readable_title(name)
    assert title is None or readable_title(title) == title or is_file_name(title)


def test_documents_without_title_take_that_of_their_file():
    """The Vorgang's name comes first; where there is no word, the name itself is better than nothing."""
    file = {"id": "a", "file_name": "20220908_TOP3_Anlage.pdf"}
    assert parse_document(file).title == "TOP 3 Anlage, 08.09.2022"
    assert parse_document({**file, "paper": {"name": "Umbau der Halle"}}).title == "Umbau der Halle"
    assert parse_document({**file, "title": "x_y.pdf"}).title == "x_y.pdf"
    assert parse_document({"id": "a", "file_name": "00611658.pdf"}).title == "00611658.pdf"


def test_files_of_papers_that_have_the_name_of_a_file_begin_with_the_paper():
    """Of a file with a name of its own that is the title."""
    owner = Owner("auxiliaryFile", Paper("p", name="Umbau der Halle"))

    def title(name: str | None, owner: Owner | None = owner) -> str | None:
        found: str | None = document_fields(File("f", name=name), [owner] if owner else [], None).get("title")
        return found

    assert title("20220908_TOP3_Anlage.docx") == "Umbau der Halle – TOP 3 Anlage, 08.09.2022"
    assert title("Anlage 1") == "Anlage 1"
    assert title("Satzung_Entwurf Stand Juli") == "Satzung Entwurf Stand Juli"
    assert title("00611658.pdf") is None
    assert title("einladung_rat.pdf", None) == "Einladung rat"
    assert title("einladung.pdf", Owner("invitation", Meeting("m", name="4. Sitzung"))) == "Einladung – 4. Sitzung"


def test_titles_in_files_are_read_in_the_same_way():
    """Programs write names of files there."""
    assert usable_title("(Microsoft Word - Niederschrift_2.doc)") == "Niederschrift 2"
    assert usable_title("0180A82E") is None
    assert usable_title("Microsoft Word - Dokument1") is None
