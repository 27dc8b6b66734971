"""The web layer with everything real behind it: store, worker and index, and gunicorn in front of it."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searchsvc.indexing.engines import open_engine, open_writer
from searchsvc.indexing.worker import Worker
from searchsvc.interface.parameters import SEARCH_PARAMETERS
from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.web import create_app
from tests.gunicorn_server import running_gunicorn
from tests.test_pages_search import links, text_of

DOCUMENTS: list[dict[str, Any]] = [
    {
        "id": "https://rat.example/files/1",
        "title": "Arbeitsschwerpunkte des Kommunalen Integrationszentrums",
        "kommune": {"name": "Brühl", "ags": "05362012"},
        "date": "2013-11-13",
        "paper": {"reference": "312/2013", "type": "Vorlage"},
        "pages": ["Einleitung des Kreises.", "Das Integrationszentrum soll <b>gestärkt</b> werden."],
    },
    {
        "id": "https://rat.example/files/2",
        "title": "Radverkehrskonzept",
        "kommune": {"name": "Köln", "ags": "05315000"},
        "date": "2014-02-01",
        "pages": ["Neue Radwege am Rhein.", "Integration der Radwege in den Verkehrsplan."],
    },
    {"id": "ohne", "title": "Ohne Datum und Kommune", "text": "Radwege im Kreis."},
]


@pytest.fixture
def real_web(web_settings: Settings, web_store: Store, write_headers: dict[str, str]) -> Iterator[FlaskClient]:
    """A client of the application, with a running worker and the documents searchable."""
    stop = threading.Event()
    writer = open_writer(web_settings)
    worker = threading.Thread(target=Worker(web_store, writer, web_settings).run, args=[stop])
    worker.start()
    engine = open_engine(web_settings)
    client = create_app(
        web_settings.model_copy(update={"refresh_timeout_s": 20}), engine=engine, store=web_store
    ).test_client()
    try:
        for document in DOCUMENTS:
            url = f"/api/v1/documents/{quote(document['id'], safe='')}?refresh=wait"
            answer = client.put(url, json=document, headers=write_headers)
            assert (answer.status_code, answer.get_json()["searchable"]) == (201, True)
        yield client
    finally:
        stop.set()
        worker.join()
        writer.close()
        engine.close()


def test_search_over_everything_real(real_web: FlaskClient) -> None:
    """A compound's part finds the document; facets count under all filters but their own."""
    body = real_web.get("/api/v1/search?q=Radweg&kommune=koeln").get_json()
    assert [hit["id"] for hit in body["hits"]] == ["https://rat.example/files/2"]
    assert body["hits"][0]["snippets"][0]["page"] == 1
    assert "<mark>Radwege</mark>" in body["hits"][0]["snippets"][0]["html"]
    kommune = body["facets"]["kommune"]
    assert [(bucket["label"], bucket["count"], bucket["selected"]) for bucket in kommune["buckets"]] == [
        ("Köln", 1, True)
    ]
    assert kommune["missing"] == 1
    assert [bucket["value"] for bucket in body["facets"]["date"]["buckets"]] == ["2014"]


def test_pages_over_everything_real(real_web: FlaskClient) -> None:
    """Start page, hits, a filter in another spelling, the marked document and similar ones."""
    start = text_of(real_web.get("/").text).replace("\xa0", " ")
    assert "3 Dokumente aus 2 Kommunen, das neueste vom 01.02.2014" in start
    page = real_web.get("/?q=Integrationszentrum&kommune=Bruehl").text
    assert "1 Treffer" in text_of(page).replace("\xa0", " ")
    assert links(page)["Filter entfernen: Kommune: Brühl ×"] == "/?q=Integrationszentrum"
    target = next(url for text, url in links(page).items() if text.startswith("Arbeitsschwerpunkte"))
    document = real_web.get(target).text
    assert "<mark>Integrationszentrum</mark> soll &lt;b&gt;" in document


def test_states_of_a_search_over_everything_real(real_web: FlaskClient) -> None:
    """Partial matches, misspellings, typing errors in the syntax and searches without hits all have their page."""
    assert "Kein Treffer enthält alle Suchwörter." in real_web.get("/?q=Radwege+Einleitung").text
    assert "Keine Treffer" in real_web.get("/?q=zzzqqq").text
    assert "Ein Anführungszeichen hat kein Gegenstück." in real_web.get('/?q="Radwege').text
    assert "So viele Seiten gibt es nicht" in real_web.get("/?q=&page=7").text
    assert "Sie sehen auch die Treffer für" in real_web.get("/?q=Radverkehrskonzebt").text
    assert real_web.get("/?q=x&cursor=unsinn").status_code == 200
    assert real_web.get("/api/v1/search?q=x&cursor=unsinn").get_json()["error"]["field"] == "cursor"


_TYPED = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.text('abc äß"()*~:-OR.0/\x00', max_size=20)
_NAMES = st.sampled_from([*SEARCH_PARAMETERS, "unbekannt"])
_VALUES = _TYPED | st.sampled_from(["1", "2013-01-01", "true", "kommune", "_missing", "month", "-date", "koeln"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=_TYPED, others=st.lists(st.tuples(_NAMES, _VALUES), max_size=4))
def test_whatever_people_type_is_answered(real_web: FlaskClient, typed: str, others: list[tuple[str, str]]) -> None:
    """Nothing a person can type, in any field, is an error on the pages; in the API it is at most a named parameter."""
    query = [("q", typed), *others]
    assert real_web.get("/", query_string=query).status_code == 200
    assert real_web.get("/dokumente/ohne", query_string=query).status_code == 200
    response = real_web.get("/api/v1/search", query_string=query)
    assert response.status_code in (200, 400)
    if response.status_code == 400:
        assert response.get_json()["error"]["field"] in {name for name, _ in query}
    assert real_web.get("/api/v1/suggest", query_string={"q": typed}).status_code == 200


def test_deleted_documents_are_gone_everywhere(real_web: FlaskClient, write_headers: dict[str, str]) -> None:
    """After a deletion has been waited for, neither search nor page know the document."""
    url = f"/api/v1/documents/{quote(DOCUMENTS[1]['id'], safe='')}"
    assert real_web.delete(f"{url}?refresh=wait", headers=write_headers).get_json()["searchable"] is True
    assert real_web.get("/api/v1/search?q=Radverkehrskonzept").get_json()["total"] == 0
    assert real_web.get(f"/dokumente/{DOCUMENTS[1]['id']}").status_code == 410


def test_status_over_everything_real(real_web: FlaskClient) -> None:
    """Store and index are at the same change, and the worker is alive."""
    body = real_web.get("/api/v1/status").get_json()
    assert body["changes"] == {"store": 3, "index": 3}
    assert body["index"]["current"] is True
    assert body["worker"]["alive"] is True


@pytest.fixture
def server(web_settings: Settings, web_store: Store) -> Iterator[str]:
    """The address of the application under gunicorn, configured as in production, with an empty index."""
    with running_gunicorn(web_settings, web_store, SEARCHSVC_WEB_WORKERS="1", SEARCHSVC_MAX_UPLOAD_MB="2") as url:
        yield url


def test_over_a_real_connection(server: str, write_headers: dict[str, str]) -> None:
    """Encoded slashes, streamed bodies, too large ones, HEAD and keep-alive work through gunicorn."""
    with httpx.Client(base_url=server, headers=write_headers, timeout=20) as client:
        identifier = "https://rat.example//akte/ä?x=1&y=100%"
        url = f"/api/v1/documents/{quote(identifier, safe='')}"
        created = client.put(url, json={"title": "T", "text": "Wort"})
        assert created.json()["id"] == identifier
        assert client.get(created.headers["Location"]).json()["id"] == identifier
        assert client.head(url).content == b""
        unencoded = "/api/v1/documents/" + quote(identifier, safe=":/")
        assert client.get(unencoded).json()["id"] == identifier

        lines = (b'{"id": "%d", "text": "%s"}\n' % (number, b"wort " * 1_000) for number in range(1_000))
        bulk = client.post("/api/v1/documents/bulk", content=lines, headers={"Content-Type": "application/x-ndjson"})
        assert (bulk.status_code, bulk.json()["count"], bulk.json()["errors"]) == (200, 1_000, 0)

        large = client.put(url, content=b"x" * 2_100_000, headers={"Content-Type": "application/json"})
        assert (large.status_code, large.json()["error"]["code"]) == (413, "payload_too_large")
        assert client.get("/api/v1/search").json()["total"] == 0
        policy = client.get("/").headers["Content-Security-Policy"]
        assert re.search(r"default-src 'none'", policy)


def exchange(server: str, request: bytes) -> bytes:
    """Send bytes to the server and return all it answers."""
    host, _, port = server.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        while received := connection.recv(65_536):
            answer += received
    return answer


CHUNKED = (
    b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nSCRIPT_NAME: /fremd\r\n\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (b"a" * 300), 400),
        (b"GET /api/v1/search HTTP/1.1\r\nHost: a..b\r\nConnection: close\r\n\r\n", 400),
        (b"GET /api/v1/search HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n", 200),
        (CHUNKED % b"/api/v1/msearch" + b"zz\r\nabc\r\n0\r\n\r\n", 400),
        (CHUNKED % b"/api/v1/msearch" + b"5\r\nabcdefgh\r\n0\r\n\r\n", 400),
    ],
)
def test_odd_requests_are_the_senders_fault(server: str, request_: bytes, status: int) -> None:
    """Headers that mean something to servers only, names that name no host, chunks that are none: never a 500."""
    answered = exchange(server, request_).split(b"\r\n", 1)[0].split()
    assert int(answered[1]) == status
