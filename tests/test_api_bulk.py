"""POST /api/v1/documents/bulk: every item on its own, in order, in bounded memory."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.contract import Document
from searchsvc.errors import InvalidDocument, ServiceError, StoreUnavailable
from searchsvc.store import Store
from searchsvc.store.documents import Documents
from searchsvc.web.api.bodies import lines
from tests.fixtures_web import SetEngine, make_document

URL = "/api/v1/documents/bulk"


def send(web: FlaskClient, headers: dict[str, str], items: Iterable[Any], query: str = "") -> Any:
    """Send items, each as a line; bytes as they are."""
    body = b"\n".join(item if isinstance(item, bytes) else json.dumps(item).encode() for item in items)
    return web.post(URL + query, data=body, headers=headers, content_type="application/x-ndjson")


def test_each_item_has_its_result(web: FlaskClient, web_store: Store, write_headers: dict[str, str]) -> None:
    """Creations, changes, repetitions and deletions are told apart, in the order of the lines."""
    items = [
        {"id": "a", "title": "A"},
        {"id": "b", "title": "B", "text": "Wort"},
        {"id": "a", "title": "A2"},
        {"id": "a", "title": "A2"},
        {"delete": "b"},
        {"delete": "b"},
        {"id": "b", "title": "wieder da"},
    ]
    response = send(web, write_headers, items)
    assert response.status_code == 200
    body = response.get_json()
    assert [(item["line"], item["id"], item["status"]) for item in body["items"]] == [
        (1, "a", "created"),
        (2, "b", "created"),
        (3, "a", "updated"),
        (4, "a", "unchanged"),
        (5, "b", "deleted"),
        (6, "b", "error"),
        (7, "b", "created"),
    ]
    assert body["items"][5]["error"]["code"] == "not_found"
    assert (body["count"], body["errors"], body["last_change"], body["searchable"]) == (7, 1, 5, True)
    assert web_store.documents.count() == 2


def test_bad_lines_do_not_sink_the_others(web: FlaskClient, web_store: Store, write_headers: dict[str, str]) -> None:
    """Every kind of bad line is reported with its number and reason, and the good ones are stored."""
    items: list[Any] = [
        {"id": "a", "title": "A"},
        b"{not json",
        b"",
        b"[1]",
        b"\xff\xfe",
        {"title": "no id"},
        {"id": "b", "kommune": 7},
        {"id": "c", "titel": "misspelt"},
        {"delete": 7},
        {"delete": "a", "id": "a"},
        b'{"id": "d", "text": "' + b"x" * 1_000_001 + b'"}',
        b'{"id": "d", "title": "\\ud800"}',
        b"[" * 50_000,
        {"id": "z", "title": "Z"},
    ]
    body = send(web, write_headers, items).get_json()
    results = {item["line"]: (item["status"], item.get("error", {}).get("code")) for item in body["items"]}
    assert results == {
        1: ("created", None),
        2: ("error", "malformed_body"),
        4: ("error", "malformed_body"),
        5: ("error", "malformed_body"),
        6: ("error", "invalid_document"),
        7: ("error", "invalid_document"),
        8: ("error", "invalid_document"),
        9: ("error", "invalid_document"),
        10: ("error", "invalid_document"),
        11: ("error", "payload_too_large"),
        12: ("created", None),
        13: ("error", "malformed_body"),
        14: ("created", None),
    }
    assert body["errors"] == 10
    assert web_store.documents.get("z") is not None


@pytest.mark.parametrize("body", [b"", b"\n\n  \n"])
def test_empty_body_is_no_error(web: FlaskClient, write_headers: dict[str, str], body: bytes) -> None:
    """Nothing to do is done."""
    answer = web.post(URL, data=body, headers=write_headers, content_type="application/x-ndjson").get_json()
    assert answer == {"items": [], "count": 0, "errors": 0, "last_change": None, "searchable": True}


def test_byte_order_mark_and_windows_line_ends_are_understood(web: FlaskClient, write_headers: dict[str, str]) -> None:
    """Files from Windows programs are taken as they are."""
    body = b'\xef\xbb\xbf{"id": "a"}\r\n{"id": "b"}\r\n'
    answer = web.post(URL, data=body, headers=write_headers, content_type="application/x-ndjson").get_json()
    assert [item["status"] for item in answer["items"]] == ["created", "created"]


def test_refresh_waits_for_the_last_change(
    web: FlaskClient, set_engine: SetEngine, write_headers: dict[str, str]
) -> None:
    """``searchable`` is about the last change of all."""
    set_engine.applied = 1
    body = send(web, write_headers, [{"id": "a"}, {"id": "b"}], "?refresh=wait").get_json()
    assert (body["last_change"], body["searchable"]) == (2, False)


def test_whole_body_may_be_larger_than_one_upload(
    web: FlaskClient, web_store: Store, write_headers: dict[str, str]
) -> None:
    """Only each line is limited; what is kept in memory does not grow with the number of lines."""
    line = json.dumps({"id": "%05d", "text": "wort " * 2_000}).encode()
    body = b"\n".join(line.replace(b"%05d", b"%05d" % number) for number in range(600))
    assert len(body) > 5_000_000
    tracemalloc.start()
    response = web.post(URL, data=body, headers=write_headers, content_type="application/x-ndjson")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert response.get_json()["errors"] == 0
    assert web_store.documents.count() == 600
    assert peak < 30_000_000


def test_wrong_media_type_and_compression_are_refused(web: FlaskClient, write_headers: dict[str, str]) -> None:
    """What would only produce unreadable lines is refused as a whole."""
    assert web.post(URL, data=b"x", headers=write_headers, content_type="text/csv").status_code == 415
    headers = write_headers | {"Content-Encoding": "gzip"}
    assert web.post(URL, data=b"x", headers=headers, content_type="application/x-ndjson").status_code == 415


def test_outage_before_anything_is_stored_is_an_outage(
    web: FlaskClient, write_headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the store fails from the start, the whole request may be repeated."""

    def fail(*_: object) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(Documents, "put_many", fail)
    response = send(web, write_headers, [{"id": "a"}])
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_outage_later_is_the_result_of_the_items_it_hit(
    web: FlaskClient, web_store: Store, write_headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was stored before an outage is reported as stored, the rest as not."""
    monkeypatch.setattr("searchsvc.web.api.bulk.BATCH_ITEMS", 1)
    put_many = Documents.put_many
    calls = iter([True, False, True])

    def fail_once(self: Documents, batch: Any) -> Any:
        if next(calls):
            return put_many(self, batch)
        raise StoreUnavailable("locked")

    monkeypatch.setattr(Documents, "put_many", fail_once)
    body = send(web, write_headers, [{"id": "a"}, {"id": "b"}, {"id": "c"}]).get_json()
    assert [item["status"] for item in body["items"]] == ["created", "error", "created"]
    assert body["items"][1]["error"]["code"] == "store_unavailable"
    assert web_store.documents.get("b") is None


def test_outage_during_a_deletion(
    web: FlaskClient, write_headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deletion that meets an outage is an outage when it comes first, and an item's result afterwards."""

    def fail(*_: object) -> None:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(Documents, "delete", fail)
    assert send(web, write_headers, [{"delete": "a"}]).status_code == 503
    body = send(web, write_headers, [{"id": "a"}, {"delete": "a"}]).get_json()
    assert [item["status"] for item in body["items"]] == ["created", "error"]


def test_document_that_spoils_its_batch_is_found(
    web: FlaskClient, web_store: Store, write_headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the store refuses one document of a batch, the others are stored one by one."""
    put = Documents.put

    def refuse_batch(*_: object) -> None:
        raise InvalidDocument("one of them is wrong")

    def refuse_b(self: Documents, document: Document, **values: Any) -> Any:
        if document.id == "b":
            raise InvalidDocument("b is wrong")
        return put(self, document, **values)

    monkeypatch.setattr(Documents, "put_many", refuse_batch)
    monkeypatch.setattr(Documents, "put", refuse_b)
    body = send(web, write_headers, [{"id": "a"}, {"id": "b"}, {"id": "c"}]).get_json()
    assert [item["status"] for item in body["items"]] == ["created", "error", "created"]
    assert web_store.documents.count() == 2


def test_documents_are_those_of_put(web: FlaskClient, web_store: Store, write_headers: dict[str, str]) -> None:
    """A document in bulk is stored just as by PUT."""
    web_store.documents.put(make_document())
    body = make_document().metadata() | {"pages": list(make_document().pages)}
    assert send(web, write_headers, [body]).get_json()["items"][0]["status"] == "unchanged"


@given(st.lists(st.binary(max_size=12)), st.integers(min_value=1, max_value=9))
def test_lines_are_the_same_however_they_arrive(parts: list[bytes], limit: int) -> None:
    """Splitting depends on the bytes and not on how they are cut into chunks; long lines come as errors."""
    body = b"".join(parts)
    arriving: Iterator[bytes] = iter([part for part in parts if part])
    found = list(lines(lambda _: next(arriving, b""), limit))
    wanted: list[tuple[int, bytes | None]] = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if len(line) > limit:
            wanted.append((number, None))
        elif text := line.removeprefix(b"\xef\xbb\xbf" if number == 1 else b"").strip():
            wanted.append((number, text))
    assert [(number, None if isinstance(line, ServiceError) else line) for number, line in found] == wanted


ANY_LINE = st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"").replace(b"\r", b"")) | st.sampled_from(
    [b'{"id": "x", "title": "\xed\xa0\x80"}', b'{"id": "\xff"}', b"\xff\xfe{\x00}\x00", b'{"id": "\\ud800"}', b"\x00"]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ANY_LINE, max_size=6))
def test_lines_of_any_bytes_do_not_sink_the_others(
    web: FlaskClient, web_store: Store, write_headers: dict[str, str], odd: list[bytes]
) -> None:
    """Whatever bytes a line has, halves of characters too: the lines before and after it go through."""
    response = send(web, write_headers, [{"id": "davor", "title": "A"}, *odd, {"id": "danach", "title": "B"}])
    assert response.status_code == 200
    items = response.get_json()["items"]
    assert (items[0]["id"], items[-1]["id"]) == ("davor", "danach")
    assert {items[0]["status"], items[-1]["status"]} <= {"created", "unchanged"}
