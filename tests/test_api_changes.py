"""GET /api/v1/changes: a mirror that follows it has exactly what the store has."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searchsvc.settings import Settings
from searchsvc.store import Store, change_log, restore_backup, write_backup
from tests.fixtures_web import make_document

URL = "/api/v1/changes"


class Mirror:
    """What another service keeps of the documents by following the changes."""

    def __init__(self, web: FlaskClient, limit: int) -> None:
        self.web = web
        self.limit = limit
        self.since = 0
        self.documents: dict[str, Any] = {}

    def step(self) -> bool:
        """Apply the next changes and tell whether there are more."""
        body = self.web.get(URL, query_string={"since": self.since, "limit": self.limit, "text": "true"}).get_json()
        numbers = [change["number"] for change in body["changes"]]
        assert numbers == sorted(set(numbers))
        assert all(number > self.since for number in numbers)
        assert len(numbers) <= self.limit
        for change in body["changes"]:
            if change["deleted"]:
                self.documents.pop(change["id"], None)
            else:
                self.documents[change["id"]] = change["document"]["pages"]
        self.since = body["next"]
        return bool(body["more"])


writes = st.lists(st.tuples(st.sampled_from("abcdef"), st.none() | st.integers(0, 3)), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(writes, min_size=1, max_size=4), limit=st.integers(1, 4), steps=st.integers(0, 3))
def test_a_mirror_has_what_the_store_has(
    web: FlaskClient, web_store: Store, rounds: list[list[tuple[str, int | None]]], limit: int, steps: int
) -> None:
    """Whatever is written while a mirror reads on, in the end it has every document as it is, and no other."""
    mirror = Mirror(web, limit)
    for batch in rounds:
        for document_id, version in batch:
            if version is None:
                web_store.documents.delete(document_id)
            else:
                web_store.documents.put(make_document(document_id, pages=(f"Fassung {version}",)))
        for _ in range(steps):
            mirror.step()
    while mirror.step():
        pass
    kept = {document_id: web_store.documents.get(document_id) for document_id in "abcdef"}
    assert mirror.documents == {
        document_id: list(stored.document.pages) for document_id, stored in kept.items() if stored is not None
    }
    assert mirror.since == web_store.documents.last_change()


def test_a_change_has_the_document_as_get_has_it(web: FlaskClient, web_store: Store) -> None:
    """Metadata and links are those of GET; the pages come only when asked for."""
    web_store.documents.put(make_document())
    (change,) = web.get(URL).get_json()["changes"]
    document = web.get("/api/v1/documents/vorlage-1").get_json()
    assert change["document"] == document
    assert (change["number"], change["deleted"], change["changed_at"]) == (1, False, document["indexed_at"])
    (change,) = web.get(f"{URL}?text=true").get_json()["changes"]
    assert change["document"] == document | {"pages": list(make_document().pages)}


def test_portions_with_text_are_bounded(web: FlaskClient, web_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When texts are long, fewer changes come than asked for, at least one, and the next request goes on."""
    monkeypatch.setattr(change_log, "PAGES_MAX_BYTES", 1)
    web_store.documents.put_many([make_document(name) for name in "abc"])
    mirror = Mirror(web, 10)
    assert [mirror.step() for _ in range(3)] == [True, True, False]
    assert set(mirror.documents) == {"a", "b", "c"}


def test_another_history_is_told(web: FlaskClient, web_store: Store, web_settings: Settings) -> None:
    """After a restore a mirror learns that its numbers mean nothing any more."""
    web_store.documents.put(make_document("a"))
    backup = web_settings.data_dir / "backup.tar"
    write_backup(web_store, backup)
    web_store.documents.put(make_document("b"))
    before = web.get(URL).get_json()
    restore_backup(web_store, web_settings, backup, force=True)
    for query in ({"since": before["next"], "history": before["history"]}, {"since": before["next"]}):
        answer = web.get(URL, query_string=query)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "history_changed")
    assert [change["id"] for change in web.get(URL).get_json()["changes"]] == ["a"]


def test_nothing_new_is_not_sent_again(web: FlaskClient, web_store: Store) -> None:
    """The validator of an answer holds until the next write."""
    web_store.documents.put(make_document())
    tag = web.get(f"{URL}?since=1").headers["ETag"]
    assert web.get(f"{URL}?since=1", headers={"If-None-Match": tag}).status_code == 304
    web_store.documents.delete("vorlage-1")
    assert web.get(f"{URL}?since=1", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [("since=-1", "since"), ("since=x", "since"), ("limit=0", "limit"), ("limit=1001", "limit"), ("text=1", "text"),
     ("history=", "history"), ("seit=1", "seit"), ("since=1&since=2", "since")],
)  # fmt: skip
def test_wrong_parameters_are_named(web: FlaskClient, query: str, field: str) -> None:
    """What cannot be meant is refused."""
    answer = web.get(f"{URL}?{query}")
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (400, field)
