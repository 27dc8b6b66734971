"""If-Match and If-None-Match on writes: nobody overwrites what they have not seen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from searchsvc.store import Store

URL = "/api/v1/documents/vorlage-1"
FIRST = {"title": "Erste Fassung", "text": "Eins"}
SECOND = {"title": "Zweite Fassung", "text": "Zwei"}


@pytest.fixture
def tag(web: FlaskClient, write_headers: dict[str, str]) -> str:
    """The validator of a stored document."""
    return web.put(URL, json=FIRST, headers=write_headers).headers["ETag"]


def test_a_document_that_was_seen_is_replaced(web: FlaskClient, write_headers: dict[str, str], tag: str) -> None:
    """The validator of PUT and GET is the same, and lets the next write through, once."""
    assert web.get(URL).headers["ETag"] == tag
    answer = web.put(URL, json=SECOND, headers=write_headers | {"If-Match": tag})
    assert (answer.status_code, answer.headers["ETag"] == tag) == (200, False)
    late = web.put(URL, json=FIRST, headers=write_headers | {"If-Match": tag})
    assert (late.status_code, late.get_json()["error"]["code"]) == (412, "precondition_failed")
    assert web.get(URL).get_json()["title"] == "Zweite Fassung"


def test_a_write_whose_answer_was_lost_can_be_sent_again(
    web: FlaskClient, write_headers: dict[str, str], tag: str
) -> None:
    """The same write with the same headers is a success the second time, and changes nothing."""
    for headers, body in (({"If-Match": tag}, SECOND), ({"If-None-Match": "*"}, SECOND)):
        first = web.put(URL, json=SECOND, headers=write_headers | {"If-Match": "*"})
        again = web.put(URL, json=body, headers=write_headers | headers)
        assert (again.status_code, again.get_json()["changed"]) == (200, False)
        assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"If-None-Match": "*"}, 412), ({"If-Match": "*"}, 200), ({"If-Match": '"1-000000000000"'}, 412),
     ({"If-None-Match": '"other"'}, 200), ({"If-Match": ""}, 412), ({"If-Match": '"a", "b"'}, 412)],
)  # fmt: skip
def test_conditions_on_a_document_that_exists(
    web: FlaskClient, write_headers: dict[str, str], tag: str, headers: dict[str, str], status: int
) -> None:
    """Writing a document that is there goes through only if the condition allows it."""
    assert tag
    assert web.put(URL, json=SECOND, headers=write_headers | headers).status_code == status
    assert web.get(URL).get_json()["title"] == ("Zweite Fassung" if status == 200 else "Erste Fassung")


def test_conditions_on_a_document_that_does_not_exist(web: FlaskClient, write_headers: dict[str, str]) -> None:
    """If-None-Match creates, If-Match does not; a deleted document does not exist."""
    assert web.put(URL, json=FIRST, headers=write_headers | {"If-Match": "*"}).status_code == 412
    assert web.put(URL, json=FIRST, headers=write_headers | {"If-None-Match": "*"}).status_code == 201
    web.delete(URL, headers=write_headers)
    assert web.put(URL, json=FIRST, headers=write_headers | {"If-Match": "*"}).status_code == 412
    assert web.put(URL, json=FIRST, headers=write_headers | {"If-None-Match": "*"}).status_code == 201


def test_a_weak_validator_counts(web: FlaskClient, write_headers: dict[str, str], tag: str) -> None:
    """The validator of a compressed answer is as good as the other."""
    assert web.put(URL, json=SECOND, headers=write_headers | {"If-Match": f"W/{tag}"}).status_code == 200


def test_deleting_takes_conditions(web: FlaskClient, write_headers: dict[str, str], tag: str) -> None:
    """Only the state that was seen is deleted; what is not there is not found, whatever the condition."""
    wrong = web.delete(URL, headers=write_headers | {"If-Match": '"x"'})
    assert (wrong.status_code, web.get(URL).status_code) == (412, 200)
    assert web.delete(URL, headers=write_headers | {"If-Match": tag}).status_code == 200
    assert web.delete(URL, headers=write_headers | {"If-Match": tag}).status_code == 404


def test_of_writers_at_once_one_wins(web_app: Flask, write_headers: dict[str, str], tag: str) -> None:
    """Of ten writers that have seen the same state exactly one goes through."""

    def write(number: int) -> int:
        body = {"title": f"Fassung {number}", "text": "Text"}
        return web_app.test_client().put(URL, json=body, headers=write_headers | {"If-Match": tag}).status_code

    with ThreadPoolExecutor(5) as pool:
        statuses = list(pool.map(write, range(10)))
    assert sorted(statuses) == [200, *[412] * 9]


def test_a_document_with_others_like_it_is_written_by_its_etag(
    web: FlaskClient, web_store: Store, write_headers: dict[str, str]
) -> None:
    """What GET adds of others is in its validator, yet a write takes that; what was written since is still refused."""
    text = " ".join(f"Wort{number}" for number in range(60))
    for url in (URL, URL + "-2"):
        web.put(url, json={"title": "Gleich", "text": text}, headers=write_headers)
    while web_store.duplicates.refresh(100):
        pass
    got = web.get(URL)
    assert len(got.get_json()["also_in"]) == 1
    tag = got.headers["ETag"]
    assert web.get(URL, headers={"If-None-Match": tag}).status_code == 304
    assert web.put(URL, json=SECOND, headers=write_headers | {"If-Match": tag}).status_code == 200
    assert web.put(URL, json=FIRST, headers=write_headers | {"If-Match": tag}).status_code == 412
