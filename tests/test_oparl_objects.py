"""Reading OParl objects as they come, and what documents are made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.oparl import values
from searchsvc.oparl.mapping import Owner, document_fields, kommune_of, sorted_owners
from searchsvc.oparl.objects import Body, File, Kind, Meeting, Paper, kind_of, read_entry
from tests.fixtures_service import SHARED_DATA

OPARL = SHARED_DATA / "oparl"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
# fmt: off
FIELDS = [
    "type", "deleted", "modified", "body", "name", "shortName", "ags", "rgs", "paper", "meeting", "organization",
    "file", "consultation", "reference", "date", "paperType", "mainFile", "auxiliaryFile", "underDirectionOf",
    "keyword", "web", "start", "invitation", "agendaItem", "accessUrl", "downloadUrl", "fileName", "mimeType",
    "size", "sha1Checksum", "sha512Checksum", "text", "created", "resultsProtocol",
]
# fmt: on


@given(st.sampled_from(Kind), st.dictionaries(st.sampled_from(FIELDS), JSON), st.text(min_size=1, max_size=20))
def test_reading_never_raises(kind: Kind, data: dict[str, Any], name: str):
    """Whatever stands in the fields, an object is read or left out, and can be kept."""
    entry = read_entry({"id": f"https://rat.example/{name}", **data}, kind)
    if entry is not None and entry.value is not None:
        kept = json.loads(json.dumps(entry.value.to_json()))
        again = type(entry.value).from_json(kept)
        assert again.to_json() == entry.value.to_json()


@given(JSON)
def test_anything_may_stand_in_a_list(data: Any):
    """What is no object is left out."""
    entry = read_entry(data, Kind.PAPER)
    assert entry is None or entry.id
    kind_of(data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"type": "https://schema.oparl.org/1.0/Paper"}, Kind.PAPER),
        ({"type": "https://schema.oparl.org/1.1/File"}, Kind.FILE),
        ({"type": "http://oparl.org/schema/1.0/Body/"}, Kind.BODY),
        ({"type": "https://schema.oparl.org/1.1/Person"}, None),
        ({"paper": "https://rat.example/papers", "name": "Rat"}, Kind.BODY),
        ({"body": "https://rat.example/bodies", "oparlVersion": "1.0"}, Kind.SYSTEM),
        ({"name": "?"}, None),
        ([], None),
        (None, None),
    ],
)
def test_objects_are_recognised_by_type_or_content(data: Any, kind: Kind | None):
    """Both versions' types are known; without type the content tells."""
    assert kind_of(data) is kind


@pytest.mark.parametrize(
    ("value", "expected"),
    [("N/A", None), ("", None), (None, None), ("null", None), (" a \n b ", "a b"), (7, "7"), (True, None), ({}, None)],
)
def test_placeholders_are_no_values(value: Any, expected: str | None):
    """N/A, empty texts and null are the same: nothing."""
    assert values.line(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-05-13", "2024-05-13"),
        ("2024-05-13T10:00:00+02:00", "2024-05-13"),
        ("2024-05-13T22:00:00Z", "2024-05-14"),
        ("2024-05-13T22:00:00.000Z", "2024-05-14"),
        ("2024-05-13T22:00Z", "2024-05-14"),
        ("2024-05-13 22:00:00+0000", "2024-05-14"),
        ("20240513T220000Z", "2024-05-14"),
        ("2024-12-31T23:30:00Z", "2025-01-01"),
        ("2024-12-31T23:00:00+00:00", "2025-01-01"),
        ("2024-05-13T21:59:59Z", "2024-05-13"),
        ("2024-12-31T22:30:00Z", "2024-12-31"),
        ("2024-05-14T00:30:00+02:00", "2024-05-14"),
        ("2024-05-13T20:00:00-02:00", "2024-05-14"),
        ("2024-05-14T00:00:00+02:00", "2024-05-14"),
        ("2024-01-01T00:00:00+02:00", "2024-01-01"),
        ("2024-05-14T00:00:00Z", "2024-05-14"),
        ("2024-05-13T23:30:00", "2024-05-13"),
        ("2024-05-13 23:30", "2024-05-13"),
        ("2024-05-13+02:00", "2024-05-13"),
        ("2024-05-13Z", "2024-05-13"),
        ("2024-05-13T25:00:00Z", "2024-05-13"),
        ("9999-12-31T23:30:00Z", None),
        ("0001-01-01T00:30:00+02:00", None),
        ("0001-01-01", None),
        ("2024-02-30", None),
        ("13.05.2024", None),
    ],
)
def test_days_are_real_days(value: str, expected: str | None):
    """Date-times count as their day, nonsense and placeholders as nothing."""
    found = values.day(value)
    assert (found and found.isoformat()) == expected


@pytest.mark.parametrize(
    ("ags", "rgs", "expected"),
    [
        ("05315000", None, "05315000"),
        ("05 315 000", None, "05315000"),
        (5315000, None, "05315000"),
        ("8212000", None, "08212000"),
        (None, "053150000000", "05315000"),
        ("", "082355001085", "08235085"),
        ("n/a", "x", None),
    ],
)
def test_the_official_key_has_eight_digits(ags: Any, rgs: Any, expected: str | None):
    """Blanks, lost zeros and the longer key are understood."""
    assert values.ags(ags, rgs) == expected


@pytest.mark.parametrize(
    ("name", "short", "expected"),
    [
        ("Stadt Köln, kreisfreie Stadt", "Köln", "Köln"),
        ("Stadt Köln, kreisfreie Stadt", None, "Köln"),
        ("Instance 0001", "I0001", "Instance 0001"),
        ("Stadt Brühl", "BRL", "Brühl"),
        ("Landeshauptstadt Kiel", "", "Kiel"),
        ("Landkreis Lüchow-Dannenberg", None, "Landkreis Lüchow-Dannenberg"),
        ("Stadtlohn", None, "Stadtlohn"),
        (None, None, None),
    ],
)
def test_municipalities_are_called_as_people_call_them(name: str | None, short: str | None, expected: str | None):
    """Titles of honour and codes are left out where there is a name."""
    kommune = kommune_of(Body("https://rat.example/1", name=name, short_name=short, ags="05315000"))
    assert (kommune and kommune.name) == expected


def test_an_embedded_copy_takes_nothing_away():
    """A shorter reading of the same state keeps what is known; an older one changes nothing, a newer one everything."""
    moments = [values.moment(f"2024-0{month}-01T00:00:00Z") for month in (1, 2, 3)]
    full = File("f", name="Lang", size=7, checksum="sha1:00", modified=moments[1])
    short = File("f", name="Kurz", modified=moments[1])
    assert short.completed_by(full) == File("f", name="Kurz", size=7, checksum="sha1:00", modified=moments[1])
    assert File("f", name="Alt", modified=moments[0]).completed_by(full) == full
    new = File("f", name="Neu", modified=moments[2])
    assert new.completed_by(full) == new


def test_papers_have_the_say_before_meetings():
    """A file's Vorgang is the paper whose main file it is, then other papers, then meetings."""
    meeting = Owner("invitation", Meeting("a", name="Sitzung"), ("Rat",))
    other = Owner("auxiliaryFile", Paper("b", name="Nebensache"), ("Rat", "Ausschuss"))
    main = Owner("mainFile", Paper("z", name="Hauptsache"))
    owners = sorted_owners([meeting, other, main])
    assert owners == (main, other, meeting)
    fields = document_fields(File("f"), owners, None)
    assert fields["paper"] == {"id": "z", "name": "Hauptsache"}
    assert fields["organizations"] == ["Rat", "Ausschuss"]


def test_titles_of_meeting_files_name_the_meeting():
    """A title that names it already is not made longer."""
    owner = Owner("invitation", Meeting("m", name="4. Sitzung"))
    assert document_fields(File("f", name="Tagesordnung"), [owner], None)["title"] == "Tagesordnung – 4. Sitzung"
    assert document_fields(File("f", name="Zur 4. Sitzung"), [owner], None)["title"] == "Zur 4. Sitzung"
    assert document_fields(File("f"), [owner], None)["title"] == "Einladung – 4. Sitzung"


@pytest.mark.skipif(not OPARL.is_dir(), reason="the specification's examples are not beside the project")
@pytest.mark.parametrize("folder", ["spec-examples", "mst-oparl", "mst-oparl-missing"])
def test_the_examples_of_the_specification_are_understood(folder: str):
    """Objects we need are recognised in the specification's examples and in an importer's test data."""
    found = {}
    for path in sorted((OPARL / folder).glob("*.json")):
        data = json.loads(Path(path).read_text(encoding="utf-8"), strict=False)
        entry = read_entry(data)
        if entry is not None and entry.value is not None:
            found[entry.kind] = entry
    assert Kind.MEETING in found
    assert Kind.BODY in found
    assert found[Kind.MEETING].mentions
    if folder != "mst-oparl-missing":
        assert len(found[Kind.PAPER].mentions) == 2
        assert kommune_of(found[Kind.BODY].value).name == "Köln"  # type: ignore[arg-type,union-attr]
