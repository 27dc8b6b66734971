"""A service that ends answers everything it was sent before it said so."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.web.server.draining import let_nobody_in
from tests.gunicorn_server import running_gunicorn

CLIENTS = 8
REQUEST = b"GET /api/v1/search?q=x%d HTTP/1.1\r\nHost: x\r\n\r\n"


class Hammer:
    """Asks again and again over kept connections, as soon as it has its answer, until the service is gone."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 0)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(CLIENTS)]
        self.answered = 0
        self.closes = 0
        self.after_end: list[bool] = []
        self.broken: list[str] = []
        self.is_ending = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()

    def _ask(self, number: int) -> None:
        while not self._stop.is_set():
            try:
                connection = socket.create_connection(self._address, timeout=30)
            except OSError:
                return  # nobody is there any more
            with connection:
                if not self._over(connection, number):
                    return

    def _over(self, connection: socket.socket, number: int) -> bool:
        with connection.makefile("rb") as answers:
            while not self._stop.is_set():
                was_ending = self.is_ending.is_set()
                try:
                    connection.sendall(REQUEST % number)
                    status = answers.readline()
                    headers = list(iter(answers.readline, b"\r\n"))
                    length = next(
                        int(line.split()[1]) for line in headers if line.lower().startswith(b"content-length")
                    )
                    whole = len(answers.read(length)) == length
                except (OSError, StopIteration) as error:
                    self.broken.append(repr(error))
                    return False
                if not whole or b" 200 " not in status:
                    self.broken.append(f"{status!r}, whole: {whole}")
                closes = any(line.lower() == b"connection: close\r\n" for line in headers)
                self.answered += 1
                if was_ending:
                    self.after_end.append(closes)
                if closes:
                    return True
        return True


def main_process(url: str) -> int:
    """Return the process that holds the listening socket and has children: gunicorn's arbiter."""
    port = urlsplit(url).port
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
            variables = (path / "environ").read_bytes().split(b"\0")
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if b"gunicorn" in words and b"PORT=%d" % (port or 0) in variables and parent == os.getpid():
            return int(path.name)
    raise LookupError(url)


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started and that run."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def server(web_settings: Settings, web_store: Store) -> Iterator[str]:
    """The address of two web processes."""
    with running_gunicorn(web_settings, web_store, SEARCHSVC_WEB_WORKERS="2") as url:
        yield url


@pytest.mark.parametrize("attempt", range(3))
def test_nobody_sees_a_reset_when_the_service_ends(server: str, attempt: int) -> None:
    """Eight clients with kept connections, SIGTERM meanwhile: every request has its whole answer."""
    hammer = Hammer(server)
    pid = main_process(server)
    with hammer.at_work():
        time.sleep(1.0 + attempt / 7)
        os.kill(pid, signal.SIGTERM)
        time.sleep(0.5)
        hammer.is_ending.set()
        for thread in hammer._threads:
            thread.join(30)
    assert hammer.answered > 100
    assert not hammer.broken
    assert all(hammer.after_end)


def test_unready_at_once_and_connections_are_closed(server: str) -> None:
    """Whoever asks over a kept connection is told at once that the service ends, and gets an answer all the same."""
    parts = urlsplit(server)
    with ExitStack() as stack:
        kept = [
            stack.enter_context(socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20))
            for _ in range(4)
        ]
        for connection in kept:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"}\n"):
                answer += connection.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 200 OK\r\nServer: searchsvc\r\n")
        os.kill(main_process(server), signal.SIGTERM)
        time.sleep(0.3)
        for number, connection in enumerate(kept):
            connection.sendall(b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"readyz", b"")[number % 2])
            answer = b""
            while part := connection.recv(65_536):
                answer += part
            assert answer.startswith((b"HTTP/1.1 503", b"HTTP/1.1 200")[number % 2])
            assert b"\r\nConnection: close\r\n" in answer
            assert number % 2 or b'"ending"' in answer


def test_new_web_processes_take_over_without_a_reset(server: str) -> None:
    """SIGHUP, and a web process that is told to end: others go on, and every request has its whole answer."""
    hammer = Hammer(server)
    pid = main_process(server)
    with hammer.at_work():
        time.sleep(0.5)
        os.kill(pid, signal.SIGHUP)
        time.sleep(6.0)
        os.kill(children_of(pid)[0], signal.SIGTERM)
        time.sleep(4.0)
    assert hammer.answered > 100
    assert not hammer.broken


def test_a_closed_door_lets_those_out_who_are_in() -> None:
    """Connections made before wait to be accepted; later ones are not made."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        early = stack.enter_context(socket.create_connection(listener.getsockname()))
        let_nobody_in(listener)
        late = stack.enter_context(socket.socket())
        late.settimeout(0.3)
        with pytest.raises(TimeoutError):
            late.connect(listener.getsockname())
        accepted = stack.enter_context(listener.accept()[0])
        early.sendall(b"x")
        assert accepted.recv(1) == b"x"
