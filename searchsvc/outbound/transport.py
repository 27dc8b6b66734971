"""The way of requests to the network: few at a time to each host, not too close together, only where it is allowed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import httpcore
import httpx

from searchsvc.outbound.addresses import GuardedBackend, Resolve, resolve
from searchsvc.outbound.certificates import trusted
from searchsvc.outbound.errors import RequestStopped

_KEEP_ALIVE_S = 30.0


class HostGate:
    """Lets requests to one host through: at most ``concurrency`` at a time, starting ``delay_s`` apart."""

    def __init__(self, concurrency: int, delay_s: float, stopped: threading.Event | None = None) -> None:
        self._stopped = stopped or threading.Event()
        self._slots = threading.Semaphore(concurrency)
        self._delay_s = delay_s
        self._lock = threading.Lock()
        self._next_start = 0.0

    def enter(self) -> None:
        """Wait until a request may start. Raises ``RequestStopped`` when none may any more."""
        self._slots.acquire()
        with self._lock:
            start = max(monotonic(), self._next_start)
            self._next_start = start + self._delay_s
        if self._stopped.wait(max(0.0, start - monotonic())):
            self._slots.release()
            raise RequestStopped

    def leave(self) -> None:
        """Say that a request is over."""
        self._slots.release()

    def postpone(self, seconds: float) -> None:
        """Let no request start for a while, as the host has asked."""
        with self._lock:
            self._next_start = max(self._next_start, monotonic() + seconds)


class PoliteTransport(httpx.BaseTransport):
    """Sends each request, redirected ones too, through the gate of its host and the guard of addresses."""

    def __init__(
        self,
        *,
        concurrency: int,
        delay_s: float,
        allow_private: bool,
        resolve: Resolve = resolve,
        ca_file: Path | None = None,
    ) -> None:
        self._concurrency = concurrency
        self._delay_s = delay_s
        self._stopped = threading.Event()
        self._gates: dict[str, HostGate] = {}
        self._lock = threading.Lock()
        self._pool = httpcore.ConnectionPool(
            ssl_context=trusted(ca_file),
            keepalive_expiry=_KEEP_ALIVE_S,
            network_backend=GuardedBackend(allow_private=allow_private, resolve=resolve),
        )

    def gate(self, host: str) -> HostGate:
        """Return the gate of a host."""
        with self._lock:
            return self._gates.setdefault(host, HostGate(self._concurrency, self._delay_s, self._stopped))

    def stop(self) -> None:
        """Let no request start any more; those that wait for their turn raise ``RequestStopped``."""
        self._stopped.set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raises what httpcore and the guard raise."""
        if request.url.scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol(f"{request.url.scheme}: is not allowed", request=request)
        gate = self.gate(request.url.host)
        gate.enter()
        try:
            answer = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        except BaseException:
            gate.leave()
            raise
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer, gate.leave),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The body of an answer; the host's gate is left when it is closed."""

    def __init__(self, answer: httpcore.Response, leave: Callable[[], None]) -> None:
        self._answer = answer
        self._leave: Callable[[], None] | None = leave

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        leave, self._leave = self._leave, None
        try:
            self._answer.close()
        finally:
            if leave is not None:
                leave()
