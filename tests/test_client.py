"""The Python client against a real service, and against one that fails."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from searchsvc.client import (
    ApiError,
    BadRequest,
    BulkItem,
    Client,
    Conflict,
    ConnectionFailed,
    NotAllowed,
    NotFound,
    SearchServiceError,
    TooManyRequests,
    Unavailable,
)
from searchsvc.indexing.engines import open_writer
from searchsvc.indexing.worker import Worker
from searchsvc.settings import Settings
from searchsvc.store import Store
from tests.fixtures_service import MakePdf
from tests.gunicorn_server import running_gunicorn

DOCS = Path(__file__).parent.parent / "docs" / "client.md"
SHOWN_URL = "http://127.0.0.1:8000"


@pytest.fixture
def service(web_settings: Settings, web_store: Store) -> Iterator[tuple[str, str]]:
    """Address of a real service with a running worker, and a key that may write."""
    stop = threading.Event()
    with running_gunicorn(web_settings, web_store, SEARCHSVC_REFRESH_TIMEOUT_S="20") as url:
        writer = open_writer(web_settings)
        worker = threading.Thread(target=Worker(web_store, writer, web_settings).run, args=[stop])
        worker.start()
        try:
            yield url, web_store.keys.create("tests", ["write"])
        finally:
            stop.set()
            worker.join()
            writer.close()


def blocks(language: str) -> list[str]:
    """Return the code blocks of the page about the client."""
    return re.findall(rf"^```{language}\n(.*?)^```", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_documented_programs_run(service: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python on the page, run from top to bottom, does what it says."""
    url, key = service
    monkeypatch.setenv("KEY", key)
    program = "\n".join(blocks("python"))
    assert program.count(SHOWN_URL) == 1
    exec(compile(program.replace(SHOWN_URL, url), str(DOCS), "exec"), {})


def test_the_documented_requests_are_answered(service: tuple[str, str]) -> None:
    """Every curl on the page, in order, is a success."""
    url, key = service
    commands = re.findall(r"^curl .*?(?=^curl |\Z)", "\n".join(blocks("sh")), re.MULTILINE | re.DOTALL)
    assert len(commands) >= 8
    for command in commands:
        text = command.replace("\\\n", " ").replace(SHOWN_URL, url).replace("$KEY", key)
        response = curl(shlex.split(text)[1:])
        assert response.is_success, (command, response.text)


def curl(words: list[str]) -> httpx.Response:
    """Send what curl would send for the options that the page uses."""
    method, url, headers, body = None, "", {}, None
    rest = iter(words)
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word in ("-d", "--data-binary"):
            body = next(rest)
        else:
            assert not word.startswith("-"), word
            url = word
    return httpx.request(method or ("GET" if body is None else "POST"), url, headers=headers, content=body, timeout=30)


def test_everything_the_service_does_can_be_asked_for(service: tuple[str, str], make_pdf: MakePdf) -> None:
    """Uploads, texts, similar documents, completions, several searches and the state come as typed values."""
    url, key = service
    with Client(url, api_key=key) as client:
        written = client.upload(make_pdf(), {"id": "haushalt/1", "kommune": {"name": "Köln"}}, refresh=True)
        assert (written.id, written.created, written.searchable) == ("haushalt/1", True, True)
        assert written.etag == client.document("haushalt/1").etag
        assert "Haushalt" in client.text("haushalt/1")[0].text
        client.put({"id": "haushalt/2", "title": "Haushalt", "text": "Der Haushalt des Stadtrats."}, refresh=True)
        assert [hit.id for hit in client.similar("haushalt/1")] == ["haushalt/2"]
        assert "Haushalt" in {completion.text for completion in client.suggest("haus")}
        found, refused = client.msearch([{"q": "haushalt", "kommune": ["Köln"]}, {"q": "haushalt", "page": 0}])
        assert not isinstance(found, ApiError)
        assert found.total == 1
        assert isinstance(refused, BadRequest)
        assert client.status()["documents"] == 2
        collapsed = client.search("haushalt", collapse="paper", explain=True)
        assert collapsed.total_documents == 2
        assert collapsed.hits[0].collapsed is not None
        assert "match" in collapsed.timings_ms


def test_hits_come_to_the_last_one(service: tuple[str, str]) -> None:
    """More hits than a page has, and more items than a bulk request has, go through in order."""
    url, key = service
    seen: list[BulkItem] = []
    with Client(url, api_key=key) as client:
        items = ({"id": f"d{number:05}", "text": "Wort"} for number in range(1_050))
        report = client.bulk(items, refresh=True, progress=seen.extend)
        assert (report.count, report.counts, report.searchable) == (1_050, {"created": 1_050}, True)
        assert [item.line for item in seen] == list(range(1, 1_051))
        ids = [f"d{number:05}" for number in range(1_050)]
        assert [hit.id for hit in client.hits("wort", fields=["id"])] == ids
        assert [document.id for document in client.export("wort")] == ids
        assert client.bulk([]).count == 0


def test_what_is_refused_is_told(service: tuple[str, str]) -> None:
    """Each status has its exception, with code, field and request id."""
    url, key = service
    with Client(url) as reader, Client(url, api_key=key) as writer:
        with pytest.raises(NotAllowed) as not_allowed:
            reader.put({"id": "a", "text": "x"})
        assert not_allowed.value.code == "unauthorized"
        with pytest.raises(NotFound):
            writer.delete("a")
        with pytest.raises(BadRequest) as invalid:
            writer.put({"id": "a", "datum": "x"})
        assert (invalid.value.status, invalid.value.field) == (422, "datum")
        assert invalid.value.request_id
        writer.put({"id": "a", "text": "x"}, only_new=True)
        with pytest.raises(Conflict):
            writer.put({"id": "a", "text": "y"}, only_new=True)
        with pytest.raises(Conflict):
            next(reader.changes(10**9))


def answering(*answers: httpx.Response | Exception) -> tuple[Client, list[httpx.Request], list[float]]:
    """Return a client of a service that gives these answers, what it is asked, and how long the client pauses."""
    left = list(answers)
    asked: list[httpx.Request] = []
    pauses: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    client = Client("http://service.example", transport=httpx.MockTransport(answer), sleep=pauses.append)
    return client, asked, pauses


def refusal(status: int, **headers: str) -> httpx.Response:
    body = {"error": {"code": "busy", "message": "later", "field": None}, "request_id": "r1"}
    return httpx.Response(status, json=body, headers=headers)


WRITTEN: dict[str, Any] = {"id": "a", "created": True, "changed": True, "change": 1, "searchable": False}


def test_what_fails_for_the_moment_is_sent_again() -> None:
    """Broken connections, 503 and 429 are tried again, the latter after the time that is asked for."""
    client, asked, pauses = answering(
        httpx.ConnectError("refused"),
        refusal(503),
        refusal(429, **{"Retry-After": "7"}),
        httpx.Response(200, json=WRITTEN),
    )
    assert client.put({"id": "a", "text": "x"}).change == 1
    assert len({request.content for request in asked}) == 1
    assert len(asked) == 4
    assert pauses == [0.5, 1.0, 7.0]


@pytest.mark.parametrize(
    ("answer", "error"),
    [(refusal(503), Unavailable), (refusal(429), TooManyRequests), (httpx.ReadError("reset"), ConnectionFailed)],
)
def test_in_the_end_the_last_failure_is_told(answer: Any, error: type[Exception]) -> None:
    """After the last attempt what went wrong is raised."""
    client, asked, _ = answering(*[answer] * 4)
    with pytest.raises(error):
        client.search("x")
    assert len(asked) == 4


@pytest.mark.parametrize("status", [400, 404, 422, 500, 502])
def test_what_will_not_change_is_sent_once(status: int) -> None:
    """Refusals and defects are told at once."""
    client, asked, pauses = answering(refusal(status))
    with pytest.raises(ApiError) as error:
        client.search("x")
    assert (error.value.status, error.value.code, error.value.request_id) == (status, "busy", "r1")
    assert (len(asked), pauses) == (1, [])


def test_answers_of_others_are_no_answers() -> None:
    """A proxy's page or a redirect is an error, never an empty result."""
    client, _, _ = answering(
        httpx.Response(200, text="<html>Welcome</html>"),
        httpx.Response(302, headers={"Location": "/login"}),
        httpx.Response(413, text="<html>too large</html>"),
    )
    with pytest.raises(SearchServiceError):
        client.search("x")
    with pytest.raises(ApiError):
        client.search("x")
    with pytest.raises(BadRequest, match="too large"):
        client.search("x")


def test_the_client_needs_nothing_of_the_service() -> None:
    """Importing the client loads neither the web framework nor the store nor the index."""
    program = "import sys, searchsvc.client; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "httpx" in loaded
    assert not {"flask", "sqlalchemy", "whoosh", "numpy", "index"} & set(loaded)
