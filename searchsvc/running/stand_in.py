"""Who answers while no web process does: at the start, and between a crash and the next start.

The socket that listens belongs to ``serve`` and outlives web processes, so that nobody is refused meanwhile. Whoever
asks then is told at once that the service starts, in their language; health is told as ever, since this process lives.
"""

from __future__ import annotations

import json
import selectors
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from time import sleep as _sleep

from searchsvc.web.server.request_head import asked_for
from searchsvc.web.server.taken import LastTaken

_LOOK_S = 0.05
_LOOKS = 10
"""Looks during which connections wait and nobody takes any, before the first is answered here: half a second. Web
processes take theirs within milliseconds. Looks are counted, not time: a machine that stood still stopped them too."""
_CLIENT_S = 2.0
"""Time that a client has to send its request and to take its answer."""
_MAX_CLIENTS = 64
_MAX_HEAD_BYTES = 16_384

_STARTING = "the service is starting; try again in a moment"
_PAGE = """<!doctype html>
<html lang="de"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="3"><title>Gleich wieder da</title>
<body style="font:1.1rem/1.5 system-ui;max-width:36rem;margin:4rem auto;padding:0 1rem">
<h1>Gleich wieder da</h1>
<p>Die Suche startet gerade. Diese Seite lädt sich in wenigen Sekunden von selbst neu.</p>
</body></html>
"""


class StandIn:
    """Answers connections at a listening socket that web processes leave there; see ``LastTaken``.

    ``path_prefix`` is the path that everything is served below.
    """

    def __init__(self, listener: socket.socket, last_taken: LastTaken, path_prefix: str = "") -> None:
        self._path_prefix = path_prefix.encode()
        self._listener = listener
        self._last_taken = last_taken
        self._away: bytes | None = None
        self._room = threading.Semaphore(_MAX_CLIENTS)
        threading.Thread(target=self._run, daemon=True, name="stand-in").start()

    def _run(self) -> None:
        # Ends when the socket is closed.
        with selectors.DefaultSelector() as selector, suppress(OSError, ValueError):
            selector.register(self._listener, selectors.EVENT_READ)
            while True:
                if selector.select(timeout=None) and self._nobody_takes_any(selector):
                    self._take()

    def _nobody_takes_any(self, selector: selectors.BaseSelector) -> bool:
        before = self._last_taken.read()
        # Who is known to be away need not be awaited again for each connection; one look lets them come back.
        for _ in range(1 if before == self._away else _LOOKS):
            _sleep(_LOOK_S)
            if self._last_taken.read() != before or not selector.select(timeout=0):
                return False
        self._away = before
        return True

    def _take(self) -> None:
        try:
            client, _address = self._listener.accept()
        except BlockingIOError:
            return
        if self._room.acquire(blocking=False):
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()
        else:
            client.close()

    def _answer(self, client: socket.socket) -> None:
        try:
            with client, suppress(OSError):
                client.settimeout(_CLIENT_S)
                if head := _head(client):
                    client.sendall(answer(head, self._path_prefix))
                    client.shutdown(socket.SHUT_WR)
                    with suppress(TimeoutError):
                        while client.recv(_MAX_HEAD_BYTES):  # closing before everything was read would reset the answer
                            pass
        finally:
            self._room.release()


def answer(head: bytes, path_prefix: bytes = b"") -> bytes:
    """Return the whole answer to a request of which the ``head`` is known."""
    method, path = asked_for(head, path_prefix)
    if path == b"/healthz":
        return _response(method, "200 OK", "application/json", json.dumps({"status": "ok"}))
    if b"text/html" in head.partition(b"\r\n")[2].lower():
        return _response(method, "503 Service Unavailable", "text/html; charset=utf-8", _PAGE, {"Retry-After": "3"})
    error = {"error": {"code": "starting", "message": _STARTING, "field": None}}
    return _response(method, "503 Service Unavailable", "application/json", json.dumps(error), {"Retry-After": "1"})


def _response(method: bytes, status: str, kind: str, body: str, headers: Mapping[str, str] | None = None) -> bytes:
    encoded = body.encode()
    fields = {
        "Content-Type": kind, "Content-Length": str(len(encoded)), "Cache-Control": "no-store", "Connection": "close",
        **(headers or {}),
    }  # fmt: skip
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode() + (b"" if method == b"HEAD" else encoded)


def _head(client: socket.socket) -> bytes:
    """Return the head of a request; empty when there is none in time."""
    received = b""
    deadline = monotonic() + _CLIENT_S
    while b"\r\n\r\n" not in received and len(received) < _MAX_HEAD_BYTES and monotonic() < deadline:
        if not (more := client.recv(4_096)):
            break
        received += more
    return received.partition(b"\r\n\r\n")[0] if b"\r\n\r\n" in received else b""
