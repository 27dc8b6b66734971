"""Clients that keep a server waiting, each sort in its own way, any number of them in one process of their own."""

from __future__ import annotations

import multiprocessing
import selectors
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

DRIBBLE_S = 0.5
_SMALL_BUFFER_BYTES = 4_096
_POST = b"POST /api/v1/msearch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
_BULK = b"POST /api/v1/documents/bulk HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n%s"


@dataclass(frozen=True, slots=True)
class Sort:
    """What clients of a sort send first, what now and then, and how many bytes they read each time.

    ``needs_key``: the first thing has room for a header with a key.
    """

    name: str
    first: bytes
    then: bytes = b""
    reads: int = 4_096
    needs_key: bool = False


SORTS = (
    Sort("says nothing", b""),
    Sort("half a request line", b"GET /api/v1/sea", b"r"),
    Sort("endless headers", b"GET /api/v1/search HTTP/1.1\r\nHost: x\r\nX-Long: ", b"x"),
    Sort("short body, dribbling", _POST + b"Content-Length: 5000\r\n\r\n{", b" "),
    Sort("long body, dribbling", _POST + b"Content-Length: 5000000\r\n\r\n{", b" "),
    Sort("chunks, dribbling", _POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"1\r\n \r\n"),
    Sort("bulk, dribbling", _BULK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", needs_key=True),
    Sort("reads searches slowly", b"GET /api/v1/search?per_page=100 HTTP/1.1\r\nHost: x\r\n\r\n" * 20, reads=100),
    Sort("reads exports slowly", b"GET /api/v1/export HTTP/1.1\r\nHost: x\r\n\r\n", reads=100),
    Sort("reads nothing of a long text", b"GET /api/v1/documents/long/text HTTP/1.1\r\nHost: x\r\n\r\n", reads=0),
    Sort("keeps an idle connection", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
)


@dataclass(slots=True, eq=False)
class _Client:
    sort: Sort
    sock: socket.socket = field(repr=False)


class SlowClients:
    """``count`` clients of each sort; whoever is sent away comes back."""

    def __init__(self, url: str, sorts: tuple[Sort, ...], count: int, headers: dict[str, str]) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 0)
        self._wanted = [sort for sort in sorts for _ in range(count)]
        self._header = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
        context = multiprocessing.get_context("fork")
        self._stop = context.Event()
        self._sent_away = context.Value("i", 0)
        self._process = context.Process(target=self._run, daemon=True)

    def __enter__(self) -> SlowClients:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._process.join()

    @property
    def sent_away(self) -> int:
        """How often a client was sent away."""
        return self._sent_away.value

    def _run(self) -> None:
        clients: list[_Client] = []
        with selectors.DefaultSelector() as selector:
            while not self._stop.is_set():
                began = time.monotonic()
                wanted, self._wanted = self._wanted, []
                for sort in wanted:
                    self._connect(sort, clients, selector)
                for client in clients:
                    with suppress(OSError):
                        client.sock.send(client.sort.then)
                self._read(clients, selector)
                self._stop.wait(max(0.0, DRIBBLE_S - (time.monotonic() - began)))
            for client in clients:
                client.sock.close()

    def _connect(self, sort: Sort, clients: list[_Client], selector: selectors.BaseSelector) -> None:
        sock = socket.socket()
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER_BYTES)
            sock.settimeout(5)
            sock.connect(self._address)
            sock.sendall(sort.first % self._header if sort.needs_key else sort.first)
            sock.setblocking(False)
        except OSError:
            sock.close()
            self._wanted.append(sort)
            return
        client = _Client(sort, sock)
        clients.append(client)
        selector.register(sock, selectors.EVENT_READ, client)

    def _read(self, clients: list[_Client], selector: selectors.BaseSelector) -> None:
        for key, _ in selector.select(0):
            client: _Client = key.data
            if not client.sort.reads:
                continue
            try:
                received = client.sock.recv(client.sort.reads)
            except BlockingIOError:
                continue
            except OSError:
                received = b""
            if not received:
                selector.unregister(client.sock)
                client.sock.close()
                clients.remove(client)
                self._wanted.append(client.sort)
                with self._sent_away.get_lock():
                    self._sent_away.value += 1
