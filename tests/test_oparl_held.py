"""Deletions that are too many to be true wait, and what is deleted at a source may be kept here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from searchsvc.oparl.mapping import WITHDRAWN
from searchsvc.source_state import source_report
from tests.fixtures_oparl import Mirror
from tests.oparl_server import small_city


@pytest.fixture
def many(mirror: Mirror) -> Mirror:
    """A mirror of forty papers of a server of version 1.0."""
    mirror.server.city = small_city(mirror.server.base, papers=40, version="1.0")
    mirror.server.quirks.page_size = 50
    mirror.run()
    return mirror


def forget(mirror: Mirror, count: int) -> None:
    for number in range(1, count + 1):
        mirror.server.city.forget("paper", number)


def call_deleted(mirror: Mirror, count: int) -> None:
    for number in range(1, count + 1):
        mirror.server.city.delete("paper", number)


def empty_papers(mirror: Mirror, count: int) -> None:
    for number in range(1, count + 1):
        for name in (f"p{number}-vorlage", f"p{number}-anlage"):
            mirror.server.city.forget("file", name)
        mirror.server.city.put("paper", number, mainFile=None, auxiliaryFile=[])


@pytest.mark.parametrize("disappear", [forget, call_deleted, empty_papers])
def test_more_than_a_fifth_is_deleted_by_force_only(many: Mirror, disappear: Callable[[Mirror, int], None]):
    """Whatever says that so much is gone, nothing is deleted, and everybody who looks is told what to do."""
    disappear(many, 12)
    last = many.store.documents.last_change()
    for full in (True, False):
        report = many.run(full=full)
        assert (report.deleted, report.result) == (0, "incomplete")
        assert "24 of 83 documents" in str(report.held)
        assert "--force" in str(many.source.error)
    assert many.store.documents.last_change() == last
    told = source_report(many.settings, many.store, many.source)
    assert "24 of 83 documents" in told["oddities"]["held"]
    report = many.run(force=True)
    assert (report.deleted, report.result) == (24, "ok")
    assert len(many.documents()) == 59
    assert source_report(many.settings, many.store, many.source)["oddities"] == {}


def test_a_fifth_is_deleted(many: Mirror):
    """Up to a fifth disappears as ever."""
    forget(many, 8)
    report = many.run(full=True)
    assert (report.deleted, report.result) == (16, "ok")


def test_what_is_listed_again_was_never_gone(many: Mirror):
    """Documents whose deletion waited are as they were, and none of their files is fetched again."""
    papers = dict(many.server.city.objects["paper"])
    forget(many, 30)
    many.run(full=True)
    last = many.store.documents.last_change()
    many.server.city.objects["paper"] = papers
    report = many.run(full=True)
    assert (report.result, report.stored, report.deleted) == ("ok", 0, 0)
    assert not many.server.paths("/download/")
    assert many.store.documents.last_change() == last
    many.run(force=True)
    assert len(many.documents()) == 83


def test_a_server_that_moved_deletes_nothing_and_says_where_it_went(many: Mirror):
    """The same paths under another host are recognised."""
    other = many.server.base.replace("127.0.0.1", "localhost")
    many.server.city = small_city(other, papers=40, version="1.0")
    report = many.run(full=True)
    assert (report.deleted, report.result) == (0, "incomplete")
    assert f"sources move {many.server.base}/ {other}/" in str(report.held)


@pytest.mark.parametrize("disappear", [forget, call_deleted])
def test_what_a_source_deletes_may_be_kept_and_marked(many: Mirror, disappear: Callable[[Mirror, int], None]):
    """A source set to keep deletes nothing; documents say so until they are published again."""
    many.store.oparl_sources.add(many.server.system_url, on_deletion="keep")
    before = dict(many.server.city.objects["paper"][many.server.city.url("paper", 7)])
    disappear(many, 20)
    report = many.run(full=True)
    assert (report.deleted, report.result) == (0, "ok")
    kept = many.document("p7-vorlage")
    assert (kept.pages, kept.keywords[-1:]) == (("Radweg Nummer 7\n",), (WITHDRAWN,))
    last = many.store.documents.last_change()
    many.run(full=True)
    assert many.store.documents.last_change() == last
    many.server.city.objects["paper"][before["id"]] = before | {"modified": "2099-01-01T00:00:00Z"}
    many.run(full=True)
    assert WITHDRAWN not in many.document("p7-vorlage").keywords
    assert WITHDRAWN in many.document("p8-vorlage").keywords
