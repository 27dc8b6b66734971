"""Importing from an OParl server: everything at first, then what changed, and nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from index.contract import Kommune, Paper, TextQuality
from searchsvc.oparl import ImportRunning
from searchsvc.oparl.lock import source_lock
from searchsvc.source_state import is_running
from searchsvc.store.journal import Journal
from tests.fixtures_oparl import Mirror
from tests.oparl_server import Binary, Json, embedded, now, pdf, small_city

ALL = {"m1-einladung", "m1-protokoll", "m1-beschluss"} | {
    f"p{number}-{part}" for number in range(1, 6) for part in ("vorlage", "anlage")
}


def use_old_version(mirror: Mirror) -> None:
    mirror.server.city = small_city(mirror.server.base, version="1.0")


def test_the_first_import_takes_everything(mirror: Mirror):
    """Files of papers, meetings and agenda items become documents with text, Kommune, Vorgang and Gremien."""
    report = mirror.run()
    assert (report.result, report.stored, report.failed) == ("ok", 13, [])
    assert set(mirror.documents()) == ALL
    main = mirror.document("p3-vorlage")
    assert main.id == mirror.server.city.url("file", "p3-vorlage")
    assert (main.title, main.pages, main.page_count) == ("Vorlage 3", ("Radweg Nummer 3\n",), 1)
    assert main.kommune == Kommune("musterbrueck", "Musterbrück", "05315000")
    assert main.paper == Paper(mirror.server.city.url("paper", 3), "Vorgang 3", "3/2024", "Antrag")
    assert main.organizations == ("Ausschuss für Umwelt",)
    assert str(main.date) == "2024-05-13"
    assert main.download_url == f"{mirror.server.base}/download/p3-vorlage.pdf"
    assert main.sha256 is not None
    assert mirror.store.originals.path(main.sha256) is not None
    minutes = mirror.document("m1-protokoll")
    assert minutes.title == "Niederschrift – 4. Sitzung des Rates"
    assert (minutes.paper, minutes.organizations) == (Paper(type="Niederschrift"), ("Rat",))
    assert str(minutes.date) == "2024-06-20"
    assert mirror.document("m1-beschluss").paper == Paper(type="Beschluss")


def test_text_of_the_server_wins_over_the_file(mirror: Mirror):
    """A file whose text the server supplies is not downloaded."""
    mirror.run()
    assert mirror.document("p1-anlage").pages == ("Lageplan Nummer 1",)
    assert mirror.document("p1-anlage").text_quality is TextQuality.DIGITAL
    assert not mirror.server.paths("anlage.pdf")
    assert len(mirror.server.paths("/download/")) == 6


def test_text_of_the_server_that_is_none_is_taken_from_the_file(mirror: Mirror):
    """What the server has read out of a PDF whose font lies is worth less than the PDF; it is asked for once."""
    city = mirror.server.city
    city.binaries["/download/p1-anlage.pdf"] = Binary(pdf("Aus der Datei"))
    city.put("file", "p1-anlage", text="H9s8§1uqqv$r1&g9 &n p9n K&7 v9#t1&k b9n q8§x")
    mirror.run()
    assert mirror.document("p1-anlage").pages == ("Aus der Datei\n",)
    assert len(mirror.server.paths("p1-anlage.pdf")) == 1
    mirror.run()  # asks for what is new
    assert mirror.document("p1-anlage").pages == ("Aus der Datei\n",)
    assert not mirror.server.paths("p1-anlage.pdf")


def test_a_server_of_version_1_0_is_read_from_papers_and_meetings(mirror: Mirror):
    """Without a list of files they are found where they are embedded, with their texts."""
    use_old_version(mirror)
    assert mirror.run().result == "ok"
    assert set(mirror.documents()) == ALL
    assert mirror.document("p4-anlage").pages == ("Lageplan Nummer 4",)
    assert mirror.document("p4-vorlage").pages == ("Radweg Nummer 4\n",)
    assert not mirror.server.paths("/files")
    assert mirror.run().unchanged == 0


@pytest.mark.parametrize("start", ["/oparl/bodies", "/oparl/bodies/1"])
def test_an_import_may_start_at_bodies_or_a_body(mirror: Mirror, start: str):
    """Whatever of these the URL is, the lists of the body are found."""
    assert mirror.run(mirror.server.base + start).result == "ok"
    assert set(mirror.documents()) == ALL


@pytest.mark.parametrize(("kind", "count"), [("paper", 10), ("meeting", 3), ("file", 13)])
def test_an_import_may_start_at_a_list(mirror: Mirror, kind: str, count: int):
    """Of a single list the rest is asked for: body and Gremien."""
    use_old_version(mirror)
    mirror.server.city.lists_files = kind == "file"
    report = mirror.run(mirror.server.list_url(kind))
    assert (report.result, report.stored) == ("ok", count)
    if kind != "file":
        found = next(iter(mirror.documents().values()))
        assert found.kommune == Kommune("musterbrueck", "Musterbrück", "05315000")
        assert found.organizations
    assert mirror.run(mirror.server.list_url(kind)).stored == 0


@pytest.mark.parametrize("page", [{"type": "https://schema.oparl.org/1.1/Person"}, {"data": [{"id": "x"}]}, 3, "text"])
def test_what_is_no_oparl_is_refused(mirror: Mirror, page: object):
    """A URL that leads to something else ends the import with a reason."""
    mirror.server.pages["/else"] = page
    report = mirror.run(mirror.server.base + "/else")
    assert report.result == "failed"
    assert "/else is" in str(report.error)


def test_a_second_import_asks_for_changes_only(mirror: Mirror):
    """Every list is asked once, filtered by the start of the last import; nothing else is asked for."""
    mirror.run()
    report = mirror.run()
    assert (report.stored, report.unchanged, report.requests) == (0, 0, 6)
    lists = mirror.server.paths("modified_since")
    assert len(lists) == 4
    for seen in mirror.server.seen[2:]:
        assert seen.query.startswith("modified_since=20")
        assert seen.query.endswith("%2B00%3A00"), "an offset, encoded"
        assert "." not in seen.query, "no fractions of seconds"


def test_a_changed_paper_touches_its_own_documents_only(mirror: Mirror):
    """New metadata of a Vorgang reach its documents without any of its files being downloaded."""
    mirror.run()
    mirror.server.city.put("paper", 2, name="Radschnellweg", reference="2/2025")
    report = mirror.run()
    assert (report.stored, report.unchanged) == (2, 0)
    assert not mirror.server.paths("/download/")
    assert len(mirror.server.paths()) == 6
    for name in ("p2-vorlage", "p2-anlage"):
        found = mirror.document(name)
        assert found.paper is not None
        assert (found.paper.name, found.paper.reference) == ("Radschnellweg", "2/2025")
    assert mirror.document("p2-vorlage").pages == ("Radweg Nummer 2\n",)
    assert mirror.document("p2-anlage").pages == ("Lageplan Nummer 2",)


def test_a_changed_file_is_read_again(mirror: Mirror):
    """Another content replaces the former one; the request names what we have."""
    mirror.run()
    before = mirror.server.city.binaries["/download/p2-vorlage.pdf"].etag
    mirror.server.city.file("p2-vorlage", "Vorlage 2 neu", content=pdf("Seite eins", "Seite zwei"))
    report = mirror.run()
    assert report.stored == 1
    found = mirror.document("p2-vorlage")
    assert (found.title, found.pages) == ("Vorlage 2 neu", ("Seite eins\n", "Seite zwei\n"))
    assert mirror.server.paths("/download/") == ["/download/p2-vorlage.pdf"]
    asked = next(seen for seen in mirror.server.seen if "/download/" in seen.path)
    assert asked.headers["if-none-match"] == before


@pytest.mark.parametrize("validator", ["etag", "last_modified"])
def test_an_unchanged_file_is_not_sent_again(mirror: Mirror, validator: str):
    """Touched by the server but the same: 304, and the text we have stays."""
    binary = mirror.server.city.binaries["/download/p2-vorlage.pdf"]
    if validator == "last_modified":
        binary.etag, binary.last_modified = None, "Mon, 01 Jan 2024 10:00:00 GMT"
    mirror.run()
    mirror.server.city.put("file", "p2-vorlage", name="Anders genannt")
    report = mirror.run()
    assert report.received_bytes < 3_000
    assert (mirror.document("p2-vorlage").title, report.stored) == ("Anders genannt", 1)
    assert mirror.document("p2-vorlage").pages == ("Radweg Nummer 2\n",)


def test_new_text_of_the_server_replaces_the_old(mirror: Mirror):
    """A text that changes is stored; one that disappears is replaced by that of the file."""
    city = mirror.server.city
    mirror.run()
    city.put("file", "p1-anlage", text="Ganz neuer Text\fzweite Seite\f")
    mirror.run()
    assert mirror.document("p1-anlage").pages == ("Ganz neuer Text", "zweite Seite")
    city.binaries["/download/p1-anlage.pdf"] = Binary(pdf("Aus der Datei"))
    city.put("file", "p1-anlage", text=None, modified="2099-01-01T00:00:00+01:00")
    mirror.run()
    assert mirror.document("p1-anlage").pages == ("Aus der Datei\n",)


def test_a_new_name_of_a_gremium_reaches_all_its_documents(mirror: Mirror):
    """Documents follow when an organization is renamed, though neither files nor papers changed."""
    mirror.run()
    mirror.server.city.put("organization", 1, name="Klimaausschuss")
    report = mirror.run()
    assert report.stored == 10
    assert mirror.document("p5-anlage").organizations == ("Klimaausschuss",)
    assert not mirror.server.paths("/download/")


def test_the_operator_may_name_the_kommune(mirror: Mirror):
    """A name given later reaches documents that are stored already."""
    mirror.server.city.body["shortName"] = "I0001"
    mirror.run()
    assert mirror.document("p1-anlage").kommune == Kommune("musterbrueck", "Musterbrück", "05315000")
    assert mirror.run(kommune="Brückstadt").stored == 13
    assert mirror.document("p1-anlage").kommune == Kommune("brueckstadt", "Brückstadt", "05315000")
    assert mirror.run().stored == 0


def test_a_file_without_readable_content_is_found_by_its_title(mirror: Mirror):
    """A web page sent instead of a PDF is a typed failure; title and Vorgang are there all the same."""
    mirror.server.fail("p2-vorlage.pdf", "web page")
    report = mirror.run()
    assert report.result == "incomplete"
    (failed,) = report.failed
    assert (failed.item, failed.kind) == (mirror.server.city.url("file", "p2-vorlage"), "not_a_pdf")
    assert "web page" in failed.message
    found = mirror.document("p2-vorlage")
    assert (found.title, found.pages, found.text_quality) == ("Vorlage 2", (), TextQuality.EMPTY)
    assert [failure.item for failure in mirror.store.failures.list()] == [found.id]


def test_what_failed_for_the_moment_is_tried_again_when_it_is_time(mirror: Mirror):
    """A missing file is asked for again after a while, not in every import, and its failure is forgotten then."""
    mirror.server.fail("p2-vorlage.pdf", "404")
    assert [failed.kind for failed in mirror.run().failed] == ["http_error"]
    assert mirror.run().result == "ok"
    assert not mirror.server.paths("/download/")
    mirror.make_due("p2-vorlage")
    assert mirror.run().stored == 1
    assert mirror.server.paths("/download/") == ["/download/p2-vorlage.pdf"]
    assert mirror.document("p2-vorlage").pages == ("Radweg Nummer 2\n",)
    assert mirror.store.failures.count() == 0
    assert mirror.store.oparl_objects.count_failed(mirror.source.key) == 0


def test_a_failure_keeps_the_text_there_is(mirror: Mirror):
    """When the new version of a file cannot be had, the old text stays with the new metadata."""
    mirror.run()
    mirror.server.city.file("p2-vorlage", "Neuer Titel", content=pdf("unerreichbar"))
    mirror.server.fail("p2-vorlage.pdf", "403")
    mirror.run()
    found = mirror.document("p2-vorlage")
    assert (found.title, found.pages) == ("Neuer Titel", ("Radweg Nummer 2\n",))


def test_an_encrypted_or_damaged_pdf_is_not_fetched_again(mirror: Mirror):
    """What no repetition can mend fails once; its file is kept."""
    mirror.server.city.binaries["/download/p2-vorlage.pdf"] = Binary(b"%PDF-1.7\nrubbish")
    assert [failed.kind for failed in mirror.run().failed] == ["damaged"]
    state = mirror.store.oparl_objects.files([mirror.server.city.url("file", "p2-vorlage")])
    assert [one.retry_at for one in state.values()] == [None]
    assert mirror.run().result == "ok"


def test_files_that_are_no_pdfs_are_kept_with_their_type(mirror: Mirror):
    """Plain text is searchable, a spreadsheet can be found by its title and opened."""
    city = mirror.server.city
    for name, content, mime_type in (
        ("p1-vorlage", "Grüße aus dem Rathaus".encode("cp1252"), "text/plain"),
        ("p2-vorlage", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-excel"),
    ):
        city.binaries[f"/download/{name}.pdf"] = Binary(content, mime_type)
        city.put("file", name, mimeType=mime_type)
    assert mirror.run().result == "ok"
    assert mirror.document("p1-vorlage").pages == ("Grüße aus dem Rathaus",)
    office = mirror.document("p2-vorlage")
    assert (office.pages, office.mime_type) == ((), "application/vnd.ms-excel")
    assert office.sha256 is not None
    assert mirror.store.originals.path(office.sha256) is not None


def test_files_that_are_only_named_are_asked_for(mirror: Mirror):
    """A paper may name its file by URL; consultations too."""
    use_old_version(mirror)
    city = mirror.server.city
    city.put("paper", 1, mainFile=city.url("file", "p1-vorlage"), auxiliaryFile=[])
    consultation = f"{mirror.server.base}/oparl/consultation/9"
    mirror.server.pages["/oparl/consultation/9"] = {"id": consultation, "meeting": city.url("meeting", 1)}
    city.put("paper", 1, consultation=[consultation])
    assert mirror.run().result == "ok"
    found = mirror.document("p1-vorlage")
    assert (found.title, found.pages, found.organizations) == ("Vorlage 1", ("Radweg Nummer 1\n",), ("Rat",))
    assert len(mirror.server.paths("/oparl/files/")) == 1
    mirror.run()
    assert not mirror.server.paths("/oparl/files/")


def test_a_document_deleted_here_stays_deleted(mirror: Mirror):
    """What somebody took down is not brought back by changes at the source, and the import says so."""
    mirror.run()
    mirror.store.documents.delete(mirror.server.city.url("file", "p2-anlage"))
    mirror.server.city.put("paper", 2, name="Neu")
    mirror.server.city.put("file", "p2-anlage", text="Neuer Text")
    report = mirror.run()
    assert (report.stored, report.withheld > 0) == (1, True)
    assert "p2-anlage" not in mirror.documents()
    mirror.run(full=True)
    assert "p2-anlage" not in mirror.documents()


def test_only_one_import_of_a_source_runs_at_a_time(mirror: Mirror):
    """A second process is refused while the first one works, and only then."""
    source = mirror.store.oparl_sources.add(mirror.server.system_url)
    with source_lock(mirror.settings, source):
        assert is_running(mirror.settings, source)
        with pytest.raises(ImportRunning, match="another process"):
            mirror.run()
    assert not is_running(mirror.settings, source)
    assert mirror.run().result == "ok"


def test_a_file_of_two_papers_belongs_to_the_one_it_is_the_main_file_of(mirror: Mirror):
    """Its document shows that Vorgang and all Gremien; when it is deleted, the other one takes its place."""
    city = mirror.server.city
    shared: Json = embedded(city.objects["file"][city.url("file", "p2-vorlage")])
    city.put(
        "paper", 1, auxiliaryFile=[shared], consultation=[{"id": "urn:x", "organization": city.url("organization", 2)}]
    )
    mirror.run()
    found = mirror.document("p2-vorlage")
    assert found.paper is not None
    assert (found.paper.name, set(found.organizations)) == ("Vorgang 2", {"Ausschuss für Umwelt", "Rat"})
    city.delete("paper", 2, modified=now())
    mirror.run()
    found = mirror.document("p2-vorlage")
    assert found.paper is not None
    assert found.paper.name == "Vorgang 1"


def test_what_is_published_late_with_an_older_date_is_found(mirror: Mirror):
    """Each import asks for the changes of the day before the last one as well, or of as long as the setting says."""
    mirror.run()
    city = mirror.server.city
    late = (datetime.now(UTC) - timedelta(hours=5)).isoformat(timespec="seconds")
    other = city.file("p6-anlage", "Nachgereicht", text="Gutachten zur Lärmbelastung")
    city.put("file", "p6-anlage", modified=late)
    city.paper(6, other, modified=late)
    without = mirror.settings.model_copy(update={"oparl_overlap_hours": 0.0})
    assert mirror.run(settings=without).stored == 0
    assert mirror.run().stored == 1
    found = mirror.document("p6-anlage")
    assert (found.title, found.paper and found.paper.name) == ("Nachgereicht", "Vorgang 6")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_what_is_met_again_and_has_not_changed_costs_nothing(mirror: Mirror, version: str):
    """Of the time that imports have in common no document, no object and no file is written or asked for again."""
    city = mirror.server.city = small_city(mirror.server.base, version=version)
    for kind, objects in city.objects.items():
        for object_id in objects:
            city.put(kind, object_id.rpartition("/")[2])
    mirror.run()
    numbers = mirror.store.documents.last_change()
    log = Journal(mirror.store.database)
    log.begin()
    report = mirror.run()
    assert (report.stored, report.deleted, report.failed) == (0, 0, [])
    assert len(mirror.server.paths("page=2")) > 0, "everything was met again"
    assert not mirror.server.paths("/download/")
    assert mirror.store.documents.last_change() == numbers
    bounds = log.next_run(0, 1_000_000)
    assert bounds is not None
    written = {entry.table for entry in log.entries(bounds)} - {None, "oparl_sources", "oparl_lists"}
    assert written == set()


def test_days_that_are_written_as_moments_are_those_of_the_body(mirror: Mirror):
    """Midnight in Germany is a moment of the day before in UTC; another zone can be set, and reaches what is stored."""
    city = mirror.server.city = small_city(mirror.server.base, version="1.0")
    city.put("paper", 1, date="2024-12-31T23:00:00Z")
    city.put("meeting", 1, start="2024-12-31T23:30:00Z")
    mirror.run()
    assert str(mirror.document("p1-anlage").date) == "2025-01-01"
    assert str(mirror.document("m1-einladung").date) == "2025-01-01"
    assert str(mirror.document("p2-anlage").date) == "2024-05-13"
    mirror.run(settings=mirror.settings.model_copy(update={"oparl_time_zone": "Atlantic/Azores"}), full=True)
    assert str(mirror.document("p1-anlage").date) == "2024-12-31"
