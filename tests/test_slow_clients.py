"""Clients that send or read slowly keep nobody else waiting, and are sent away after a time."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import httpx
import pytest

from searchsvc.settings import Settings
from searchsvc.store import Store
from tests.fixtures_web import make_document
from tests.gunicorn_server import running_gunicorn

PATIENCE_S = 2.0
CLIENTS = 40
ANSWER_S = 1.0

SORTS = {
    "nothing": b"",
    "half a request line": b"GET /api/v1/sea",
    "half a header": b"GET /api/v1/search HTTP/1.1\r\nHost: x\r\nAcc",
    "half a short body": b"POST /api/v1/msearch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: 500\r\n\r\n{",
    "half a long body": b"POST /api/v1/msearch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: 500000\r\n\r\n{",
    "half a body in chunks": b"POST /api/v1/msearch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    "a body that waits to be asked for": b"POST /api/v1/msearch HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
    b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n",
}


@pytest.fixture
def server(web_settings: Settings, web_store: Store) -> Iterator[str]:
    """The address of one web process with two threads and little patience, and a document of 20 MB."""
    web_store.documents.put(make_document("kurz"))
    web_store.documents.put(make_document("lang", pages=("Wort " * 4_000_000,)))
    with running_gunicorn(
        web_settings, web_store, SEARCHSVC_WEB_WORKERS="1", SEARCHSVC_WEB_THREADS="2",
        SEARCHSVC_WEB_LASTING_THREADS="2", SEARCHSVC_CLIENT_PATIENCE_S=str(PATIENCE_S),
    ) as url:  # fmt: skip
        yield url


def connect(stack: ExitStack, url: str) -> socket.socket:
    parts = urlsplit(url)
    return stack.enter_context(socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20))


def assert_others_are_answered(url: str) -> None:
    for path in ("/healthz", "/readyz", "/api/v1/search?q=x", "/"):
        began = time.monotonic()
        answer = httpx.get(f"{url}{path}", headers={"Connection": "close"}, timeout=20)
        assert answer.status_code == 200
        assert time.monotonic() - began < ANSWER_S, path


def rest(client: socket.socket) -> bytes:
    """Return what the server sends until it closes."""
    received = b""
    try:
        while part := client.recv(65_536):
            received += part
    except ConnectionResetError:
        pass
    return received


@pytest.mark.parametrize("sort", SORTS)
def test_who_sends_slowly_keeps_nobody_waiting(server: str, sort: str) -> None:
    """Many more such clients than there are threads: others are answered, and they are sent away."""
    with ExitStack() as stack:
        clients = [connect(stack, server) for _ in range(CLIENTS)]
        for client in clients:
            client.sendall(SORTS[sort])
        assert_others_are_answered(server)
        if sort == "nothing":
            return
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE_S / 2:  # a byte now and then buys no time
            for client in clients:
                send_if_open(client, b"a")
            time.sleep(0.1)
            assert_others_are_answered(server)
        answers = [rest(client) for client in clients]
        assert time.monotonic() - began < 4 * PATIENCE_S + 2
        statuses = {answer.rpartition(b"HTTP/1.1 ")[2][:3] for answer in answers}
        assert statuses <= {b"408", b"503", b"400", b""}, statuses
        assert_others_are_answered(server)


def send_if_open(client: socket.socket, data: bytes) -> None:
    with suppress(OSError):  # it has been sent away
        client.sendall(data)


@pytest.mark.parametrize("path", ["/api/v1/documents/lang/text", "/api/v1/search?q=x", "/dokumente/kurz"])
def test_who_reads_slowly_keeps_nobody_waiting(server: str, path: str) -> None:
    """Answers that nobody takes occupy no thread that others need."""
    with ExitStack() as stack:
        for _ in range(CLIENTS // 4):
            client = connect(stack, server)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 3)
        time.sleep(1.0)
        assert_others_are_answered(server)
        time.sleep(PATIENCE_S)
        assert_others_are_answered(server)


def test_requests_behind_each_other_are_all_answered(server: str) -> None:
    """Several requests in one packet, with and without bodies, are answered in their order."""
    body = b'{"searches": [{}]}'
    with ExitStack() as stack:
        client = connect(stack, server)
        post = (
            b"POST /api/v1/msearch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % len(body)
        ) + body
        last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        client.sendall(b"\r\n".join([b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", post, post, last]))
        answer = rest(client)
    assert answer.count(b"HTTP/1.1 200") == 4


def test_a_long_answer_arrives_whole_at_a_patient_reader(server: str) -> None:
    """What a client takes in pieces is what it would take at once."""
    whole = httpx.get(f"{server}/api/v1/documents/lang/text", timeout=20).content
    with httpx.stream("GET", f"{server}/api/v1/documents/lang/text", timeout=20) as response:
        parts = []
        for part in response.iter_bytes(1 << 20):
            parts.append(part)
            time.sleep(0.02)
    assert b"".join(parts) == whole


def test_a_full_house_makes_room_for_newcomers(web_settings: Settings, web_store: Store) -> None:
    """Idle connections never keep others out; who waits for its client longest is given up first."""
    with running_gunicorn(
        web_settings, web_store, SEARCHSVC_WEB_WORKERS="1", GUNICORN_CMD_ARGS="--worker-connections 10"
    ) as url, ExitStack() as stack:  # fmt: skip
        for _ in range(30):
            connect(stack, url).sendall(b"GET / HTTP/1.1\r\nHo")
        assert_others_are_answered(url)
