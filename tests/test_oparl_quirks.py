"""Servers as they are: odd lists, broken pages, lost connections, limits."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable
from itertools import islice

import pytest

from index.contract import TextQuality
from searchsvc.oparl import client, crawler
from searchsvc.source_state import oddities, source_report
from tests.fixtures_oparl import Mirror
from tests.fixtures_service import SHARED_DATA
from tests.oparl_server import Binary, City, small_city

OPARL = SHARED_DATA / "oparl"


def drop_filter(mirror: Mirror) -> None:
    mirror.server.quirks.next_drops_filter = True


def empty_404(mirror: Mirror) -> None:
    mirror.server.quirks.empty_list = "404"


def empty_array(mirror: Mirror) -> None:
    mirror.server.quirks.empty_list = "array"


def control_characters(mirror: Mirror) -> None:
    mirror.server.quirks.control_characters = True


def refuse_filter(mirror: Mirror) -> None:
    mirror.server.quirks.refuses_encoded_filter = True


def ignore_filter(mirror: Mirror) -> None:
    mirror.server.quirks.ignores_filter = True


def decode_filter(mirror: Mirror) -> None:
    mirror.server.quirks.next_decodes_filter = True


def redirect_filtered(mirror: Mirror) -> None:
    mirror.server.quirks.redirects_filtered = True


def loop_to_start(mirror: Mirror) -> None:
    mirror.server.quirks.next_of_last_page = 1


def loop_to_self(mirror: Mirror) -> None:
    mirror.server.quirks.next_of_last_page = 3


def repeat_last_page(mirror: Mirror) -> None:
    mirror.server.quirks.repeats_last_page = True


QUIRKS = [
    drop_filter,
    empty_404,
    empty_array,
    control_characters,
    refuse_filter,
    ignore_filter,
    decode_filter,
    redirect_filtered,
    loop_to_start,
    loop_to_self,
    repeat_last_page,
]


@pytest.mark.parametrize("quirk", QUIRKS)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_every_quirk_yields_the_same_documents(mirror: Mirror, quirk: Callable[[Mirror], None], version: str):
    """First import, changes and deletions arrive whatever the server does with its lists."""
    mirror.server.city = small_city(mirror.server.base, version=version)
    quirk(mirror)
    report = mirror.run()
    assert (report.result, len(mirror.documents())) == ("ok", 13)
    city = mirror.server.city
    for number in (1, 2, 3, 4):
        city.put("paper", number, name=f"Geändert {number}")
    city.delete("paper", 5)
    report = mirror.run()
    assert report.result == "ok", report
    assert report.stored == 8
    assert (mirror.document("p4-anlage").paper or pytest.fail("no paper")).name == "Geändert 4"
    gone = report.deleted == 2
    assert gone or quirk in (refuse_filter, ignore_filter), "a list without filter has no deleted objects"
    assert len(mirror.server.paths()) < 100
    report = mirror.run()
    assert (report.result, report.stored) == ("ok", 0)


def test_the_filter_stays_on_every_page(mirror: Mirror):
    """Next links that have lost the filter get it back."""
    mirror.run()
    drop_filter(mirror)
    for number in range(1, 6):
        mirror.server.city.put("paper", number, name="Neu")
    mirror.run()
    pages = mirror.server.paths("/papers")
    assert len(pages) == 3
    assert all("modified_since=" in page for page in pages)


@pytest.mark.parametrize("quirk", [decode_filter, redirect_filtered])
def test_the_filter_of_every_request_is_our_own(mirror: Mirror, quirk: Callable[[Mirror], None]):
    """A filter that the server has decoded is replaced: a bare plus would be a blank, and no filter at all."""
    mirror.run()
    quirk(mirror)
    for number in range(1, 6):
        mirror.server.city.put("paper", number, name="Neu")
    mirror.run()
    asked = [seen for seen in mirror.server.seen if "modified_since" in seen.query]
    slash = "/" if quirk is redirect_filtered else ""
    assert len([seen for seen in asked if seen.path.endswith(f"/papers{slash}")]) == 3
    for seen in asked:
        assert seen.query.count("modified_since=") == 1
        assert "%2B00%3A00" in seen.query, seen.url
    papers = [document.paper for document in mirror.documents().values() if document.paper]
    assert {paper.name for paper in papers if paper.id} == {"Neu"}


def test_what_the_address_of_a_list_carries_is_kept(mirror: Mirror):
    """A next link that has lost the ``limit`` gets it back: page 2 of other pages would pass over entries."""
    city = mirror.server.city = small_city(mirror.server.base, papers=9, version="1.0")
    mirror.server.quirks.page_size = 4
    mirror.server.quirks.next_drops_limit = True
    whole = mirror.server.body
    mirror.server.body = lambda: whole() | {"paper": f"{mirror.server.list_url('paper')}?limit=2"}  # type: ignore[method-assign]
    assert mirror.run().result == "ok"
    assert len(mirror.documents()) == 3 + 2 * 9
    assert all("limit=2" in path for path in mirror.server.paths("/papers"))
    city.put("paper", 9, name="Neu")
    assert mirror.run().stored == 2
    assert all("limit=2" in path and "modified_since" in path for path in mirror.server.paths("/papers"))


def test_lists_that_never_end_are_left(mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    """A server that repeats its last page for ever is read for a few pages, and nothing is taken for deleted."""
    monkeypatch.setattr(crawler, "_PAGES_WITHOUT_NEWS", 3)
    mirror.run()
    repeat_last_page(mirror)
    mirror.server.city.forget("paper", 2)
    report = mirror.run(full=True)
    assert (report.result, report.deleted) == ("ok", 0)
    assert len(mirror.server.paths("/papers")) == 2 + 3


def odd_values(city: City) -> None:
    """Publish values as they are found in the wild."""
    paper = city.objects["paper"][city.url("paper", 1)]
    paper["auxiliaryFile"] = paper["auxiliaryFile"][0]
    paper["consultation"] = paper["consultation"][0]
    city.put("paper", 2, name="N/A", reference="", date="0001-01-01", paperType=None, body=None, consultation="")
    for field, value in (("size", "N/A"), ("mimeType", "text/html; charset=utf-8"), ("date", "2024-13-40")):
        city.put("file", "p3-anlage", **{field: value})
    city.put("file", "p4-anlage", accessUrl="not a url", downloadUrl=None, modified="yesterday", keyword="Verkehr")
    city.put("meeting", 1, start="0001-01-01T00:00:00", agendaItem=None, auxiliaryFile={"id": 7}, invitation="")


def test_odd_values_are_left_out_and_nothing_else(mirror: Mirror):
    """Objects instead of lists, N/A, empty texts and impossible dates cost their own field only."""
    mirror.server.city = small_city(mirror.server.base, version="1.1")
    odd_values(mirror.server.city)
    report = mirror.run()
    assert report.result == "ok", report.failed
    found = mirror.documents()
    assert len(found) == 13
    assert found["p1-anlage"].paper is not None
    assert (found["p2-anlage"].paper, found["p2-anlage"].date) == (
        type(found["p1-anlage"].paper)(id=mirror.server.city.url("paper", 2)),
        None,
    )
    assert found["p4-anlage"].keywords == ("Verkehr",)


def test_ids_that_cannot_be_ids_are_skipped(mirror: Mirror):
    """An entry without usable id is left out; the others of its page are imported."""
    mirror.server.city.objects["paper"] |= {
        str(n): {"id": bad} for n, bad in enumerate((None, "", " x", {}, 3, "a\nb"))
    }
    assert mirror.run().result == "ok"
    assert len(mirror.documents()) == 13


@pytest.mark.parametrize("fault", ["500", "503", "truncated", "dropped", "web page", "429"])
def test_faults_of_the_moment_are_mended_by_another_attempt(mirror: Mirror, fault: str):
    """One bad answer of a list costs one more request."""
    mirror.server.fail("papers?page=2", fault, value="0" if fault == "429" else "")
    assert mirror.run().result == "ok"
    assert len(mirror.server.paths("papers?page=2")) == 2
    assert len(mirror.documents()) == 13


@pytest.mark.parametrize("fault", ["broken", "dropped", "503"])
def test_broken_downloads_are_mended_by_another_attempt(mirror: Mirror, fault: str):
    """A file whose transfer breaks off is fetched again, and half a file is never taken for a whole one."""
    mirror.server.fail("p2-vorlage.pdf", fault)
    assert mirror.run().result == "ok"
    assert mirror.document("p2-vorlage").pages == ("Radweg Nummer 2\n",)


def test_slow_answers_are_given_up(mirror: Mirror):
    """A server that does not answer in time fails that list, the others are imported."""
    mirror.server.slow_s = 1.0
    mirror.server.fail("/papers", "slow", times=2)
    report = mirror.run(settings=mirror.settings.model_copy(update={"oparl_timeout_s": 0.2}))
    assert [(failed.item, failed.kind) for failed in report.failed] == [(mirror.server.list_url("paper"), "timeout")]
    assert len(mirror.documents()) == 13
    assert mirror.document("p1-vorlage").paper is None
    assert mirror.run().result == "ok"
    assert mirror.document("p1-vorlage").paper is not None
    assert mirror.store.failures.count() == 0


def test_a_crawl_goes_on_at_the_page_that_failed(mirror: Mirror):
    """Pages read before are not asked for again, nor are their files."""
    mirror.server.city = small_city(mirror.server.base, version="1.0")
    mirror.server.fail("papers?page=2", "500", times=2)
    report = mirror.run()
    assert (report.result, len(mirror.documents())) == ("incomplete", 7)
    assert mirror.run().result == "ok"
    assert mirror.server.paths("/papers") == [
        "/oparl/bodies/1/papers?page=2",
        "/oparl/bodies/1/papers?page=3",
    ]
    assert sorted(mirror.server.paths("/download/")) == [f"/download/p{number}-vorlage.pdf" for number in (3, 4, 5)]
    assert len(mirror.documents()) == 13


def test_a_page_that_does_not_exist_any_more_sends_the_crawl_back(mirror: Mirror):
    """When the saved page is not found, the list is read from its beginning."""
    mirror.server.fail("papers?page=2", "500", times=2)
    mirror.run()
    mirror.server.fail("papers?page=2", "404")
    assert mirror.run().result == "ok"
    assert len(mirror.server.paths("/papers")) == 4


def test_a_server_that_is_down_ends_the_import(mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    """After several lists in vain nothing more is asked, and the next import goes on."""
    monkeypatch.setattr(client, "_OUTAGES_IN_A_ROW", 2)
    mirror.server.fail("/oparl/bodies/1", "dropped", times=100)
    report = mirror.run()
    assert report.result == "failed"
    assert "does not answer any more" in str(report.error)
    assert len(mirror.server.paths("/oparl/bodies/1")) == 4
    mirror.server.faults.clear()
    assert mirror.run().result == "ok"
    assert len(mirror.documents()) == 13


def test_files_whose_host_is_down_are_found_by_title_meanwhile(mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    """After several downloads in vain no others are tried; the lists are read to their end all the same."""
    monkeypatch.setattr(client, "_OUTAGES_IN_A_ROW", 2)
    mirror.server.fail("/download/", "dropped", times=100)
    report = mirror.run()
    assert (report.result, len(report.failed), len(mirror.documents())) == ("incomplete", 6, 13)
    assert len(mirror.server.paths("/download/")) == 4
    mirror.server.faults.clear()
    for failed in report.failed:
        mirror.make_due(failed.item.rpartition("/")[2])
    assert mirror.run().result == "ok"
    assert all(found.text_quality is TextQuality.DIGITAL for found in mirror.documents().values())


def test_texts_that_are_yet_to_come_are_not_downloaded(mirror: Mirror):
    """When the list of files breaks off, the files it has not reached wait for it instead of being fetched."""
    mirror.server.fail("files?page=3", "500", times=2)
    assert mirror.run().result == "incomplete"
    assert len(mirror.documents()) == 4
    assert mirror.run().result == "ok"
    assert len(mirror.documents()) == 13
    assert not mirror.server.paths("anlage.pdf")


def test_files_that_are_too_large_are_not_taken(mirror: Mirror):
    """The limit holds whether or not the server tells the size before."""
    small = mirror.settings.model_copy(update={"max_upload_mb": 1})
    mirror.server.fail("p1-vorlage.pdf", "endless")
    mirror.server.city.binaries["/download/p2-vorlage.pdf"] = Binary(b"%PDF-1.4" + b"0" * 1_000_001)
    report = mirror.run(settings=small)
    assert [failed.kind for failed in report.failed] == ["too_large", "too_large"]
    assert report.received_bytes < 2_000_000
    assert mirror.document("p1-vorlage").title == "Vorlage 1"


def test_answers_that_are_too_large_are_not_taken(mirror: Mirror):
    """A JSON answer beyond the limit fails its list."""
    mirror.server.city.put("file", "p1-anlage", text="Wort " * 300_000)
    report = mirror.run(settings=mirror.settings.model_copy(update={"max_json_mb": 1}))
    assert (report.failed[0].item, report.failed[0].kind) == (mirror.server.list_url("file"), "too_large")
    assert "max_json_mb" in report.failed[0].message


def test_an_import_downloads_no_more_than_allowed_and_goes_on_next_time(mirror: Mirror):
    """The sum of all downloads is limited; what was done until then is kept."""
    for number in range(1, 6):
        binary = mirror.server.city.binaries[f"/download/p{number}-vorlage.pdf"]
        binary.content += b"\n" * 400_000
    limited = mirror.settings.model_copy(update={"oparl_max_run_mb": 1})
    report = mirror.run(settings=limited)
    assert report.result == "failed"
    assert "oparl_max_run_mb" in str(report.error)
    runs = 1
    while mirror.run(settings=limited).result == "failed":
        runs += 1
    assert runs == 2
    assert len(mirror.documents()) == 13


@pytest.mark.skipif(not OPARL.is_dir(), reason="the data for measuring is not beside the project")
def test_json_as_a_real_server_broke_it_is_read(mirror: Mirror):
    """A paper with raw control characters in its name is imported with the rest of it."""
    broken = (OPARL / "broken_json.txt").read_bytes()
    found = json.loads(broken.decode("utf-8", "replace"), strict=False)
    city = mirror.server.city
    file = {"id": city.url("file", "old"), "name": "Umwandlung", "text": "Volkshochschule"}
    city.objects["paper"] = {"x": {**found, "auxiliaryFile": file}}
    assert mirror.run().result == "ok"
    paper = mirror.document("old").paper
    assert paper is not None
    assert paper.reference == "1664/99"
    assert str(paper.name).startswith("Volkshochschule Braunschweig e. V. Umwandlung in eine Gesellschaft")
    assert str(paper.name).isprintable()


@pytest.mark.skipif(not (SHARED_DATA / "karlsruhe").is_dir(), reason="the data for measuring is not beside the project")
def test_papers_of_a_real_city_are_imported(mirror: Mirror):
    """The first papers of a real server arrive with all their files, deleted ones do not."""
    city = City(mirror.server.base, lists_files=False, body=mirror.server.city.body)
    expected: set[str] = set()
    with lzma.open(SHARED_DATA / "karlsruhe" / "papers.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in islice(lines, 100):
            paper = json.loads(line)
            city.objects["paper"][paper["id"]] = paper
            for file in paper.get("auxiliaryFile", []):
                file["text"] = f"Text von {file['name']}"
                expected.add(file["id"])
    mirror.server.city = city
    mirror.server.quirks.page_size = 25
    mirror.server.quirks.stubs_in_unfiltered = True
    report = mirror.run(settings=mirror.settings.model_copy(update={"oparl_attempts": 1}), resolve=_nowhere)
    assert (report.result, report.stored) == ("ok", len(expected))
    assert {document.id for document in mirror.documents().values()} == expected


def _nowhere(host: str, port: int) -> list[str]:
    if host != "127.0.0.1":
        raise OSError("no request leaves this machine")
    return [host]


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_an_error_for_an_empty_window_means_that_nothing_is_new(mirror: Mirror, status: int):
    """The same question of all times is answered, so no list is read whole, and the next change arrives."""
    mirror.run()
    mirror.server.quirks.empty_window = status
    for _ in range(2):
        report = mirror.run()
        assert (report.result, report.stored, report.deleted, report.list_pages) == ("ok", 0, 0, 0)
        assert not [seen for seen in mirror.server.seen if "/bodies/1/" in seen.path and not seen.query]
    assert oddities(mirror.source) == {}
    mirror.server.city.put("paper", 2, name="Geändert")
    assert mirror.run().stored == 2


def test_a_list_that_is_gone_is_no_empty_window(mirror: Mirror):
    """When nothing answers, with the filter or without, nothing is deleted, and what was read counts from before."""
    mirror.run()
    before = {url: state.synced_until for url, state in mirror.store.oparl_sources.lists(mirror.source).items()}
    mirror.server.fail("/papers", "404", times=100)
    assert mirror.run().deleted == 0
    mirror.server.faults.clear()
    papers = mirror.server.list_url("paper")
    assert mirror.store.oparl_sources.lists(mirror.source)[papers].synced_until == before[papers]
    assert len(mirror.documents()) == 13


@pytest.mark.parametrize("status", [200, 400, 404, 500, 502, 503])
def test_a_web_page_for_every_filtered_list_leads_to_the_whole_lists(mirror: Mirror, status: int):
    """What the server cannot do is noted in its status until it can, and changes arrive all the same."""
    mirror.run()
    mirror.server.quirks.filtered_fails = status
    mirror.server.city.put("paper", 2, name="Geändert")
    report = mirror.run()
    assert (report.result, report.stored, report.deleted) == ("ok", 2, 0)
    assert "read whole" in source_report(mirror.settings, mirror.store, mirror.source)["oddities"]["filter_broken"]
    mirror.server.quirks.filtered_fails = None
    assert mirror.run().result == "ok"
    assert oddities(mirror.source) == {}


def test_a_server_that_is_down_is_not_read_whole(mirror: Mirror):
    """503 without the filter as well: the list has failed, and it is not asked for again and again."""
    mirror.run()
    mirror.server.fail("/papers", "503", times=100)
    report = mirror.run()
    assert [failed.item for failed in report.failed] == [mirror.server.list_url("paper")]
    assert len(mirror.server.paths("/papers")) == 3
    assert oddities(mirror.source) == {}


@pytest.mark.parametrize("part", ["/oparl/system", "/oparl/bodies", "/papers", "/files"])
def test_web_pages_where_json_belongs_are_an_error(mirror: Mirror, part: str):
    """The reason says so; nothing is stored, deleted or taken for empty."""
    mirror.run()
    last = mirror.store.documents.last_change()
    mirror.server.fail(part, "web page", times=100)
    report = mirror.run(full=True)
    assert report.result in ("failed", "incomplete")
    assert "a web page where JSON belongs" in str(mirror.source.error)
    assert (report.deleted, mirror.store.documents.last_change()) == (0, last)


@pytest.mark.parametrize(
    "names",
    [
        {kind: f"{kind}s" for kind in ("organization", "meeting", "paper", "file")},
        {"organization": "organisations", "meeting": "meetingList", "paper": "paper_list", "file": "fileUrl"},
        {"paper": "Papers"},
    ],
)
@pytest.mark.parametrize("typed", [True, False])
def test_lists_may_have_other_names(mirror: Mirror, names: dict[str, str], typed: bool):
    """The body's lists are found under the plural and the like."""
    mirror.server.quirks.body_names = names
    if not typed:
        mirror.server.city.body.pop("type")
    assert mirror.run().result == "ok"
    assert len(mirror.documents()) == 13


@pytest.mark.parametrize("style", ["oparl", "hal", "list", "top"])
@pytest.mark.parametrize("name", ["data", "items", "results", "papers"])
def test_pages_may_name_objects_and_links_otherwise(mirror: Mirror, style: str, name: str):
    """All pages are read, whatever the objects and the next link are called."""
    mirror.server.quirks.links_style, mirror.server.quirks.data_name = style, name
    assert mirror.run().result == "ok"
    assert len(mirror.documents()) == 13
    assert mirror.run(mirror.server.list_url("paper"), full=True).failed == []


def test_an_object_is_no_list(mirror: Mirror):
    """An answer with several lists, or with an error, is refused and not taken for an empty list."""
    mirror.run()
    for answer in (
        {"error": "maintenance"},
        {"message": "down", "links": {}},
        {"mainFile": [], "auxiliaryFile": [], "links": {}},
        {"data": {}},
        "x",
    ):
        mirror.server.pages["/oparl/bodies/1/papers"] = answer
        report = mirror.run(full=True)
        assert [failed.kind for failed in report.failed] == ["not_json"], answer
    assert len(mirror.documents()) == 13


def test_an_outage_in_the_middle_of_changes_waits_for_the_next_import(mirror: Mirror):
    """A page that fails after others were read is no reason to read the whole list."""
    mirror.run()
    for number in range(1, 6):
        mirror.server.city.put("paper", number, name="Neu")
    mirror.server.fail("/papers?page=2", "503", times=2)
    report = mirror.run()
    assert [failed.item for failed in report.failed] == [mirror.server.list_url("paper")]
    assert all("modified_since" in path for path in mirror.server.paths("/papers"))
    assert mirror.run().result == "ok"
    assert (mirror.document("p5-anlage").paper or pytest.fail("no paper")).name == "Neu"
