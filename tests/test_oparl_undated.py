"""Servers whose ``modified`` says nothing: little is asked for, nothing is stored, and real changes are found."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from index.contract import Kommune
from searchsvc.oparl import doubts
from searchsvc.oparl.mapping import Owner, document_fields
from searchsvc.oparl.objects import File, Paper
from searchsvc.source_state import oddities, source_report
from searchsvc.store import OParlChanges, OParlFile
from searchsvc.store.journal import Journal
from tests.fixtures_oparl import Mirror
from tests.oparl_server import Binary, City

TEXT = "text/plain"


def city_of_papers(mirror: Mirror, papers: int, *, version: str = "1.1", etags: bool = True) -> City:
    """Publish so many papers, each with a small text to download."""
    city = City(mirror.server.base, version=version, lists_files=version != "1.0", body=mirror.server.city.body)
    city.put("organization", 1, name="Rat", body=city.body["id"])
    for number in range(1, papers + 1):
        file = city.file(f"f{number}", f"Vorlage {number}", content=f"Inhalt der Vorlage {number}".encode())
        binary = city.binaries[f"/download/f{number}.pdf"]
        binary.mime_type, binary.etag = TEXT, binary.etag if etags else None
        file["mimeType"] = TEXT
        city.paper(number, file)
    mirror.server.city = city
    mirror.server.quirks.page_size = 500
    return city


def replace_content(city: City, name: str, text: str) -> None:
    city.binaries[f"/download/{name}.pdf"] = Binary(text.encode(), TEXT, etag=f'"{len(text)}{text[:8].strip()}"')


@pytest.mark.parametrize(("papers", "version", "etags"), [(2_000, "1.1", True), (1_000, "1.0", False)])
def test_thousands_of_papers_with_nothing_new_but_modified_cost_next_to_nothing(
    mirror: Mirror, papers: int, version: str, etags: bool
):
    """No change numbers, no more than one file in a hundred asked for, and in the end no rows written."""
    city_of_papers(mirror, papers, version=version, etags=etags)
    mirror.server.quirks.modified_now = True
    assert mirror.run().stored == papers
    last = mirror.store.documents.last_change()
    log = Journal(mirror.store.database)
    asked: list[str] = []
    log.begin()
    seen = 0
    for full in (False, False, True, False):
        before = log.next_run(0, 1_000_000)
        seen = before.last if before else 0
        report = mirror.run(full=full)
        assert (report.result, report.stored, report.deleted) == ("ok", 0, 0)
        assert mirror.store.documents.last_change() == last
        assert 0 < len(mirror.server.paths("/download/")) <= papers // 100
        asked += mirror.server.paths("/download/")
    assert len(set(asked)) == len(asked), "each time others are asked for"
    bounds = log.next_run(seen, 1_000_000)
    assert bounds is not None
    tables = [entry.table for entry in log.entries(bounds)]
    assert {"documents", "oparl_objects", "oparl_mentions"}.isdisjoint(tables)
    assert tables.count("oparl_files") <= 30, "doubt, answer and trust of each of the sample"


def test_a_source_whose_modified_says_nothing_is_noted_as_such(mirror: Mirror):
    """Status tells of it from the first import that shows it until one shows that it is over."""
    city = city_of_papers(mirror, 150)
    mirror.run()
    assert source_report(mirror.settings, mirror.store, mirror.source)["oddities"] == {}
    mirror.server.quirks.modified_now = True
    assert mirror.run().trusted == 140
    told = source_report(mirror.settings, mirror.store, mirror.source)["oddities"]
    assert "150 files" in told["undated"]
    mirror.server.quirks.modified_now = False
    city.put("file", "f7", name="Neuer Name")
    mirror.run()
    assert source_report(mirror.settings, mirror.store, mirror.source)["oddities"] == {}
    assert mirror.document("f7").title == "Neuer Name"


def test_the_first_sample_is_taken_from_everywhere(mirror: Mirror):
    """Which files decide has nothing to do with their order in the list, nor with that of the first import."""
    city_of_papers(mirror, 300)
    mirror.run()
    mirror.server.quirks.modified_now = True
    mirror.run()
    numbers = sorted(int(path.rpartition("/f")[2].partition(".")[0]) for path in mirror.server.paths("/download/"))
    assert len(numbers) == 10
    assert numbers[0] < 100
    assert numbers[-1] > 200


def test_what_really_changed_is_found_when_its_turn_comes(mirror: Mirror):
    """A file replaced in its place is found by the samples: a recent one soon, any other in the end."""
    city = city_of_papers(mirror, 120)
    today = datetime.now(UTC).date()
    for number in range(1, 11):
        city.put("file", f"f{number}", date=(today - timedelta(days=number)).isoformat())
    mirror.server.quirks.modified_now = True
    for _ in range(3):
        mirror.run()
    replace_content(city, "f5", "Ein anderer Inhalt, seit gestern")
    replace_content(city, "f77", "Auch hier steht nun etwas anderes")
    found: dict[str, int] = {}
    for number in range(1, 30):
        mirror.run()
        for name, text in (("f5", "anderer Inhalt"), ("f77", "etwas anderes")):
            if name not in found and text in mirror.document(name).pages[0]:
                found[name] = number
    assert found["f5"] <= 2 < found["f77"] <= 24
    assert len(mirror.server.paths("/download/")) == doubts.sample_size(120)


def test_a_server_that_has_touched_everything_for_a_reason_is_asked_for_everything(mirror: Mirror):
    """Where a file of the first sample has changed, all are asked for, and nothing is noted."""
    city = city_of_papers(mirror, 150)
    mirror.run()
    for number in range(1, 151):
        city.put("file", f"f{number}", date="2024-06-01")
        replace_content(city, f"f{number}", f"{number} ist neu gescannt")
    report = mirror.run()
    assert (report.stored, report.trusted) == (150, 0)
    assert mirror.document("f150").pages == ("150 ist neu gescannt",)
    assert oddities(mirror.source) == {}


def test_new_names_arrive_though_modified_says_nothing(mirror: Mirror):
    """Metadata are compared as they are; only the content is trusted."""
    city = city_of_papers(mirror, 150)
    mirror.server.quirks.modified_now = True
    mirror.run()
    mirror.run()
    city.put("paper", 99, name="Anders genannt")
    city.put("file", "f42", name="Neuer Titel")
    last = mirror.store.documents.last_change()
    assert mirror.run().stored == 2
    assert mirror.store.documents.last_change() == last + 2
    paper = mirror.document("f99").paper
    assert (mirror.document("f42").title, paper and paper.name) == ("Neuer Titel", "Anders genannt")


def test_another_size_or_checksum_is_a_change_whatever_modified_says(mirror: Mirror):
    """What the server says of the content itself counts at once."""
    city = city_of_papers(mirror, 150)
    mirror.server.quirks.modified_now = True
    for number in range(1, 151):
        city.put("file", f"f{number}", size=100)
    mirror.run()
    mirror.run()
    replace_content(city, "f42", "Zweite Fassung")
    city.put("file", "f42", size=14)
    assert mirror.run().stored == 1
    assert mirror.document("f42").pages == ("Zweite Fassung",)


def test_a_file_that_was_only_touched_does_not_change(mirror: Mirror):
    """Of a single file with the same bytes neither the document nor its change number moves."""
    mirror.run()
    before = mirror.document("p2-vorlage")
    last = mirror.store.documents.last_change()
    mirror.server.city.put("file", "p2-vorlage")
    mirror.server.city.put("file", "p2-anlage")
    report = mirror.run()
    assert mirror.server.paths("/download/") == ["/download/p2-vorlage.pdf"]
    assert (report.stored, mirror.store.documents.last_change()) == (0, last)
    assert mirror.document("p2-vorlage") == before
    mirror.run()
    assert not mirror.server.paths("/download/")


def test_an_import_that_ends_before_its_time_does_not_forget_what_is_in_doubt(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
):
    """Files called modified are asked for by the next import when this one could not."""
    city = city_of_papers(mirror, 5)
    mirror.run()
    city.put("file", "f3")
    replace_content(city, "f3", "Neue Fassung")
    monkeypatch.setattr("searchsvc.oparl.importer.settle_doubts", _killed)
    with pytest.raises(KeyboardInterrupt):
        mirror.run()
    monkeypatch.undo()
    monkeypatch.setattr("searchsvc.oparl.client._FIRST_PAUSE_S", 0.01)
    without_overlap = mirror.settings.model_copy(update={"oparl_overlap_hours": 0.0})
    assert mirror.run(settings=without_overlap).stored == 1
    assert mirror.document("f3").pages == ("Neue Fassung",)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_files_that_cannot_be_had_do_not_hold_up_the_others(mirror: Mirror):
    """What fails when it is asked for waits for its next turn like all the others."""
    city_of_papers(mirror, 120)
    mirror.server.quirks.modified_now = True
    mirror.run()
    mirror.server.fail("/download/", "404", times=25)
    asked: list[str] = []
    for _ in range(4):
        mirror.run()
        asked += mirror.server.paths("/download/")
    assert len(set(asked)) == len(asked) == 4 * doubts.sample_size(120)


def test_a_copy_that_is_modified_now_brings_nothing_back(mirror: Mirror):
    """Where ``modified`` says nothing, a paper that still embeds a deleted file does not undo the deletion."""
    city = city_of_papers(mirror, 150)
    mirror.server.quirks.modified_now = True
    mirror.run()
    mirror.run()
    city.delete("file", "f7")
    assert mirror.run().deleted == 1
    city.put("paper", 7, name="Anders genannt")
    mirror.run()
    mirror.run(full=True)
    assert "f7" not in mirror.documents()


def test_all_files_can_be_asked_for_again(mirror: Mirror):
    """``recheck`` finds what was replaced without a word, wherever it is."""
    city = city_of_papers(mirror, 20)
    mirror.run()
    replace_content(city, "f7", "Still ersetzt")
    assert mirror.run(full=True).stored == 0
    assert mirror.run(recheck=True).stored == 1
    assert len(mirror.server.paths("/download/")) == 20
    assert mirror.document("f7").pages == ("Still ersetzt",)


def test_what_earlier_versions_noted_of_files_counts(mirror: Mirror):
    """After an update nothing is fetched, read or written again."""
    city = city_of_papers(mirror, 3)
    mirror.run()
    ids = [city.url("file", f"f{number}") for number in (1, 2, 3)]
    states = mirror.store.oparl_objects.files(ids)
    objects = mirror.store.oparl_objects.objects(ids)
    owners = mirror.store.oparl_objects.owners_of(ids)
    former: dict[str, OParlFile] = {}
    for one in ids:
        file = replace(File.from_json(objects[one].content), id=one)
        paper = Owner("mainFile", Paper.from_json(owners[one][0][1].content), ("Rat",))
        fields = document_fields(file, [paper], Kommune("musterbrueck", "Musterbrück", "05315000"), mirror.source.url)
        moment = file.modified.astimezone(UTC).isoformat(timespec="seconds") if file.modified else "unknown"
        facts = {"url": file.content_url, "checksum": None, "modified": moment}
        former[one] = replace(
            states[one], metadata_hash=checksum(fields), content_key=f"file:{checksum(facts)[:48]}", asked_at=None
        )
    mirror.store.oparl_objects.commit(OParlChanges(files=former))
    report = mirror.run(full=True)
    assert (report.result, report.stored, report.unchanged >= 3) == ("ok", 0, True)
    assert not mirror.server.paths("/download/")
    assert mirror.store.oparl_objects.files(ids) == former


def checksum(value: object) -> str:
    return sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
