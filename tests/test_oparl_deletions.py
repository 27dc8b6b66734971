"""What disappears at the source disappears here, for good, and never by mistake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.fixtures_oparl import Mirror
from tests.oparl_server import embedded, now, small_city

FUTURE = "2099-01-01T00:00:00+01:00"


@pytest.fixture
def old(mirror: Mirror) -> Mirror:
    """A mirror of a server of version 1.0, which says nothing of what it deletes; everything is imported."""
    mirror.server.city = small_city(mirror.server.base, version="1.0")
    mirror.run()
    return mirror


def test_a_deleted_file_is_deleted_here(mirror: Mirror):
    """The server says ``deleted``; one document goes, nothing else is asked for or changed."""
    mirror.run()
    mirror.server.city.delete("file", "p2-anlage")
    report = mirror.run()
    assert (report.deleted, report.stored, report.result) == (1, 0, "ok")
    assert len(mirror.server.paths()) == 6
    assert "p2-anlage" not in mirror.documents()
    assert len(mirror.documents()) == 12


def test_a_deleted_paper_takes_its_files_along(mirror: Mirror):
    """Files that belonged to the deleted Vorgang only are deleted with it."""
    mirror.run()
    mirror.server.city.delete("paper", 2)
    assert mirror.run().deleted == 2
    assert not {"p2-vorlage", "p2-anlage"} & set(mirror.documents())


@pytest.mark.parametrize("quirk", ["stubs_without_type", "stubs_in_unfiltered"])
def test_deleted_objects_may_say_little_and_be_anywhere(mirror: Mirror, quirk: str):
    """Without ``type``, and in lists nobody filtered, deleted objects are understood."""
    mirror.run()
    setattr(mirror.server.quirks, quirk, True)
    mirror.server.city.delete("paper", 2)
    mirror.server.city.delete("file", "m1-protokoll")
    full = quirk == "stubs_in_unfiltered"
    assert mirror.run(full=full).deleted == 3
    assert mirror.run(full=full).deleted == 0
    assert len(mirror.documents()) == 10


def test_a_tombstone_survives_copies_of_what_was_deleted(mirror: Mirror):
    """A paper that still embeds a deleted file does not bring it back, in no kind of import."""
    mirror.run()
    city = mirror.server.city
    copy = embedded(city.objects["file"][city.url("file", "p2-anlage")]) | {"deleted": False}
    city.delete("file", "p2-anlage")
    mirror.run()
    city.put("paper", 2, name="Geändert", auxiliaryFile=[copy])
    report = mirror.run()
    assert report.stored == 1
    assert "p2-anlage" not in mirror.documents()
    mirror.run(full=True)
    assert mirror.store.oparl_sources.remove(mirror.server.system_url)
    mirror.run()
    assert "p2-anlage" not in mirror.documents()
    assert "p2-vorlage" in mirror.documents()


@pytest.mark.parametrize("values", [{"deleted": False}, {"modified": FUTURE}])
def test_the_source_may_take_a_deletion_back(mirror: Mirror, values: dict[str, object]):
    """An object that says it is not deleted, or that changed after its deletion, is imported again."""
    mirror.run()
    city = mirror.server.city
    before = dict(city.objects["file"][city.url("file", "p2-anlage")])
    city.delete("file", "p2-anlage")
    mirror.run()
    city.objects["file"][before["id"]] = before | {"modified": now()} | values
    mirror.run()
    assert mirror.document("p2-anlage").pages == ("Lageplan Nummer 2",)


def test_a_paper_that_is_back_brings_its_files_back(old: Mirror):
    """Files deleted because of their Vorgang return with it."""
    city = old.server.city
    before = dict(city.objects["paper"][city.url("paper", 2)])
    city.delete("paper", 2)
    assert old.run().deleted == 2
    city.objects["paper"][before["id"]] = before | {"modified": FUTURE}
    old.run()
    assert {"p2-vorlage", "p2-anlage"} <= set(old.documents())
    assert old.document("p2-vorlage").pages == ("Radweg Nummer 2\n",)


def test_a_file_that_is_gone_is_deleted(mirror: Mirror):
    """410 says that it will not come back."""
    mirror.run()
    mirror.server.city.put("file", "p2-vorlage", name="Neu")
    mirror.server.fail("p2-vorlage.pdf", "410")
    assert mirror.run().deleted == 1
    mirror.server.city.put("paper", 2, name="Neu")
    mirror.run()
    assert "p2-vorlage" not in mirror.documents()


def test_a_file_dropped_from_its_paper_is_looked_after(old: Mirror):
    """Where no list tells of files, a dropped one is asked for: gone it is deleted, there it stays without Vorgang."""
    city = old.server.city
    city.forget("file", "p2-anlage")
    city.put("paper", 2, auxiliaryFile=[])
    city.put("paper", 3, auxiliaryFile=[])
    report = old.run()
    assert report.deleted == 1
    assert sorted(old.server.paths("/files/")) == ["/oparl/files/p2-anlage", "/oparl/files/p3-anlage"]
    assert "p2-anlage" not in old.documents()
    assert old.document("p3-anlage").paper is None
    assert old.document("p3-anlage").kommune is not None


def test_what_disappears_without_a_word_is_found_by_comparing_everything(old: Mirror):
    """A normal import cannot know; a full comparison deletes what is no longer listed."""
    old.server.city.forget("paper", 2)
    assert old.run().deleted == 0
    report = old.run(full=True)
    assert (report.deleted, report.result) == (2, "ok")
    assert len(old.documents()) == 11
    assert old.source.full_round is None


def test_a_comparison_comes_when_it_is_time(old: Mirror):
    """After ``oparl_full_days`` all is compared without anybody asking; 0 means never."""
    old.server.city.forget("paper", 2)
    long_ago = (datetime.now(UTC) - timedelta(days=8)).isoformat()
    old.store.oparl_sources.finish_round(old.server.system_url, long_ago)
    never = old.settings.model_copy(update={"oparl_full_days": 0.0})
    assert old.run(settings=never).deleted == 0
    assert old.run().deleted == 2
    assert len(old.server.paths("modified_since")) == 0
    old.run()
    assert len(old.server.paths("modified_since")) == 3


def test_nothing_is_missing_before_the_crawl_is_complete(old: Mirror):
    """While one page of one list fails, a comparison deletes nothing; it goes on until all was read."""
    old.server.city.forget("paper", 2)
    old.server.fail("meetings", "500", times=2)
    report = old.run(full=True)
    assert (report.deleted, [failed.item for failed in report.failed]) == (0, [old.server.list_url("meeting")])
    assert len(old.documents()) == 13
    assert old.source.full_round is not None
    assert old.run().deleted == 2
    assert not old.server.paths("papers?page=2"), "the list that was read is not read again"


def test_a_list_that_is_suddenly_empty_deletes_nothing(old: Mirror):
    """An empty list, a list that is not found and entries without id are no proof that something is gone."""
    papers = old.server.city.objects["paper"]
    old.server.city.objects["paper"] = {}
    assert old.run(full=True).deleted == 0
    old.server.quirks.empty_list = "404"
    assert old.run(full=True).deleted == 0
    del papers[old.server.city.url("paper", 2)]
    old.server.city.objects["paper"] = papers | {"broken": {"name": "ohne id"}}
    assert old.run(full=True).deleted == 0
    del old.server.city.objects["paper"]["broken"]
    assert old.run(full=True).deleted == 2


def test_a_list_that_vanishes_from_the_body_deletes_nothing_at_once(mirror: Mirror):
    """A body that names no list of meetings any more is believed when it is compared the next time."""
    mirror.run()
    whole = mirror.server.body
    mirror.server.body = lambda: {k: v for k, v in whole().items() if k not in ("meeting", "file")}  # type: ignore[method-assign]
    assert mirror.run(full=True).deleted == 0
    assert mirror.run(full=True).deleted == 3


def test_what_is_listed_again_comes_back(old: Mirror):
    """What a comparison missed was never said to be deleted, so it returns when it is listed."""
    city = old.server.city
    paper = city.objects["paper"][city.url("paper", 2)]
    city.forget("paper", 2)
    old.run(full=True)
    city.objects["paper"][paper["id"]] = paper
    old.run(full=True)
    assert {"p2-vorlage", "p2-anlage"} <= set(old.documents())
