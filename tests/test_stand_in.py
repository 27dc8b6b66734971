"""Who answers while no web process does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from searchsvc.running import stand_in
from searchsvc.running.stand_in import StandIn
from searchsvc.web.server.taken import VARIABLE, LastTaken
from tests.test_cli import descendants, environment, free_port, is_running


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.fixture
def url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_whoever_asks_is_told_that_the_service_starts(listener: socket.socket, url: str) -> None:
    """Health is well, programs get an error that they can read, people a page that comes back by itself."""
    StandIn(listener, LastTaken.create())
    assert httpx.get(f"{url}/healthz?x=1").json() == {"status": "ok"}
    refused = httpx.post(f"{url}/api/v1/documents/bulk", content=b"x" * 100_000)
    assert (refused.status_code, refused.json()["error"]["code"], refused.headers["Retry-After"]) == (
        503,
        "starting",
        "1",
    )
    page = httpx.get(url, headers={"Accept": "text/html"})
    assert (page.status_code, "Gleich wieder da" in page.text) == (503, True)
    assert httpx.head(f"{url}/readyz").content == b""


@pytest.mark.parametrize("sent", [b"", b"\0", b"GET /healthz HTTP/1.1\r\n", b"x" * 20_000])
def test_what_is_no_request_is_let_go(
    listener: socket.socket, url: str, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And keeps nobody else from being answered."""
    monkeypatch.setattr(stand_in, "_CLIENT_S", 0.2)
    StandIn(listener, LastTaken.create())
    with socket.create_connection(listener.getsockname()) as client:
        client.sendall(sent)
        assert httpx.get(f"{url}/healthz").status_code == 200
        client.settimeout(10)
        with suppress(ConnectionResetError):  # it had sent more than was read
            assert client.recv(100) == b""


def test_many_who_wait_are_not_awaited_one_by_one(
    listener: socket.socket, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is known to be away is looked for once for each connection, until one is taken."""
    looks: list[float] = []
    monkeypatch.setattr(stand_in, "_sleep", looks.append)
    last_taken = LastTaken.create()
    StandIn(listener, last_taken)
    for _ in range(5):
        assert httpx.get(f"{url}/healthz").status_code == 200
    assert len(looks) == stand_in._LOOKS + 4
    last_taken.mark()
    assert httpx.get(f"{url}/healthz").status_code == 200
    assert len(looks) == 2 * stand_in._LOOKS + 4


def test_connections_that_are_taken_are_left_alone(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """While web processes take connections, however long the queue is, none is taken from them."""
    last_taken = LastTaken.create()
    looks: list[bytes] = []

    def sleep(_seconds: float) -> None:
        looks.append(last_taken.read())
        last_taken.mark()  # a web process takes another one

    monkeypatch.setattr(stand_in, "_sleep", sleep)
    with socket.create_connection(listener.getsockname()) as client:
        StandIn(listener, last_taken)
        client.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.recv(1)
    assert len(looks) > 1


def test_a_moment_is_shared_with_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one process writes another reads; without the variable nothing is shared."""
    last_taken = LastTaken.create()
    monkeypatch.setenv(VARIABLE, str(os.dup(last_taken.file_descriptor)))
    inherited = LastTaken.inherited()
    assert inherited is not None
    before = last_taken.read()
    inherited.mark()
    assert last_taken.read() != before
    monkeypatch.setenv(VARIABLE, "1000000")
    assert LastTaken.inherited() is None
    monkeypatch.delenv(VARIABLE)
    assert LastTaken.inherited() is None


def test_nobody_is_refused_while_web_processes_are_killed(tmp_path: Path) -> None:
    """Every request is answered: by them, or that the service starts; health always is.

    They come back with the settings of the start, though the file has been broken since.
    """
    port = free_port()
    config = tmp_path / "searchsvc.toml"
    config.write_text("web_workers = 1\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "searchsvc", "serve"],
        env=environment(tmp_path / "data", PORT=str(port), SEARCHSVC_CONFIG=str(config)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    url = f"http://127.0.0.1:{port}"
    try:
        process.stdout.readline()
        config.write_text("web_workers = many")
        web = [child for child in descendants(process.pid) if b"gunicorn" in command_of(child)]
        assert web
        for child in web:
            os.kill(child, signal.SIGKILL)
        statuses = set()
        while 200 not in statuses:
            assert httpx.get(f"{url}/healthz", timeout=10).status_code == 200
            statuses.add(httpx.get(f"{url}/api/v1/search", timeout=10).status_code)
        assert statuses <= {200, 503}
    finally:
        process.terminate()
        assert process.wait(30) == 0
        process.stdout.close()
    assert not any(is_running(child) for child in web)


def command_of(process_id: int) -> bytes:
    return Path(f"/proc/{process_id}/cmdline").read_bytes() if is_running(process_id) else b""
