"""One client's connection, and what it waits for."""

from __future__ import annotations

import socket
from enum import Enum, auto
from time import monotonic
from typing import Any

from gunicorn.workers.gthread import TConn

from searchsvc.web.server.paced_socket import PacedSocket
from searchsvc.web.server.request_head import Lane, lane_of

CLOSING_S = 2.0
"""How long what a client still sends is read after its last answer."""
_READ_BYTES = 65_536
_MAX_DISCARDED_BYTES = 1 << 20


class State(Enum):
    """What a connection waits for: a request, its answer, the client to take that, the client to close."""

    RECEIVING = auto()
    ANSWERING = auto()
    SENDING = auto()
    CLOSING = auto()


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A connection; used by the main thread, and by one other while its state is ``ANSWERING``."""

    sock: PacedSocket

    def __init__(self, cfg: Any, sock: PacedSocket, client: Any, server: Any, path_prefix: bytes = b"") -> None:
        super().__init__(cfg, sock, client, server)
        self.state = State.RECEIVING
        self.since = self._touched = monotonic()
        self.received = bytearray()
        self.events = 0
        self.lane = Lane.SHORT
        self.is_kept = False
        self._discarded = 0
        self._path_prefix = path_prefix

    def enter(self, state: State) -> None:
        """Begin to wait for something else."""
        self.state = state
        self.since = self._touched = monotonic()
        if state is State.RECEIVING:
            self.sock.begin_request(may_wait_to_read=False, max_unsent_bytes=0)

    def touch(self) -> None:
        """Take the time since the last call, or since the state began, from the client's patience."""
        now = monotonic()
        pace = self.sock.sending if self.state is State.SENDING else self.sock.receiving
        if self.state is State.SENDING or self.received:
            pace.waited(now - self._touched)
        self._touched = now

    def idle_since(self, moment: float) -> None:
        """Count from ``moment`` how long the client sends nothing."""
        self.since = max(self.since, moment)

    def receive(self) -> Lane | None:
        """Read what has come; return who should answer when a request is here.

        Raises ``OSError`` when the connection has ended.
        """
        self.touch()
        data = self.sock.take(_READ_BYTES)
        if data is None:
            return None
        if not data:
            raise ConnectionResetError
        self.received += data
        return self.next_request()

    def next_request(self) -> Lane | None:
        """Return who should answer what has been received; None while the request is incomplete."""
        while self.received.startswith((b"\r\n", b"\n")):
            del self.received[: self.received.find(b"\n") + 1]
        return lane_of(self.received, self._path_prefix)

    def hand_over(self, lane: Lane, max_unsent_bytes: int) -> None:
        """Give gunicorn's parser what has been received."""
        self.lane = lane
        self.sock.begin_request(may_wait_to_read=lane is Lane.LASTING, max_unsent_bytes=max_unsent_bytes)
        self.init()
        self.parser.unreader.unread(bytes(self.received))
        self.received.clear()

    def take_back(self) -> None:
        """Take what gunicorn's parser has read beyond its request."""
        if self.parser is not None:
            self.received += self.parser.unreader.take_buffered()

    def is_overdue(self, idle_s: float) -> bool:
        """Tell whether the client has kept us waiting for too long; ``idle_s`` is how long it may send nothing."""
        if self.state is State.ANSWERING:
            return False
        self.touch()
        if self.state is State.CLOSING:
            return monotonic() - self.since > CLOSING_S
        if self.state is State.SENDING:
            return self.sock.sending.is_used_up
        return self.sock.receiving.is_used_up if self.received else monotonic() - self.since > idle_s

    def stop_sending(self) -> bool:
        """Tell the client that nothing more comes; False when it has gone."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        return True

    def is_closed_by_client(self) -> bool:
        """Read and forget what the client still sends; tell whether that has ended, or is too much."""
        try:
            data = self.sock.take(_READ_BYTES)
        except OSError:
            return True
        self._discarded += len(data or b"")
        return data == b"" or self._discarded > _MAX_DISCARDED_BYTES
