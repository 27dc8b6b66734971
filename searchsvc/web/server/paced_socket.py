"""A client's socket as the threads of a web process see it: no read and no write lasts longer than patience does.

Answers are handed over rather than sent: what the client does not take at once stays in ``unsent``, and whoever looks
after idle connections sends it while the thread does other work. Only those who make more than ``max_unsent_bytes`` at
a time wait for their reader.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
from collections import deque
from time import monotonic
from typing import IO, Any

from searchsvc.web.server.pace import ConnectionLimits, Pace

_SEND_BYTES = 1 << 18


class PacedSocket(socket.socket):
    """A connected socket that never blocks by itself; time limits that callers set apply besides the client's pace."""

    def __init__(self, client: socket.socket, limits: ConnectionLimits) -> None:
        super().__init__(client.family, client.type, client.proto, fileno=client.detach())
        super().setblocking(False)
        self._limits = limits
        self._operation_s: float | None = None
        self._unsent: deque[memoryview] = deque()
        self.unsent_bytes = 0
        self.receiving = Pace(limits)
        self.sending = Pace(limits)
        self.may_wait_to_read = True
        self.max_unsent_bytes = 0

    def begin_request(self, *, may_wait_to_read: bool, max_unsent_bytes: int) -> None:
        """Be as patient as at the beginning. ``may_wait_to_read``: whether a thread may wait for a body."""
        self.receiving, self.sending = Pace(self._limits), Pace(self._limits)
        self.may_wait_to_read, self.max_unsent_bytes = may_wait_to_read, max_unsent_bytes

    def setblocking(self, flag: bool) -> None:
        """Do nothing: who calls this wants reads that wait, and they do."""

    def settimeout(self, value: float | None) -> None:
        """Limit each of the following calls, in seconds."""
        self._operation_s = value

    def gettimeout(self) -> float | None:
        """Return the limit of each call; None when there is none besides the client's pace."""
        return self._operation_s

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Return what the client has sent. Raises ``TimeoutError`` when it is too slow."""
        while True:
            try:
                data = super().recv(size, flags)
            except BlockingIOError:
                self._wait(selectors.EVENT_READ, self.receiving)
            else:
                self.receiving.passed(len(data))
                return data

    def take(self, size: int) -> bytes | None:
        """Return what has come, empty at the end, or None when nothing has; without waiting. Raises ``OSError``."""
        try:
            data = super().recv(size)
        except BlockingIOError:
            return None
        self.receiving.passed(len(data))
        return data

    def sendall(self, data: Any, _flags: int = 0) -> None:
        """Hand over bytes to be sent. Raises ``OSError`` when the client has gone or reads too slowly."""
        view = memoryview(data).cast("B")
        if view.nbytes:
            self._unsent.append(view)
            self.unsent_bytes += view.nbytes
        self._wait_for_room()
        if self._unsent and view.nbytes > 2 * self.max_unsent_bytes:
            # What is left of a long answer is not to keep all of it in memory.
            self._unsent = deque([memoryview(bytes(self._unsent[0]))])

    def sendfile(self, file: IO[bytes], offset: int = 0, count: int | None = None) -> int:  # type: ignore[override]
        """Send a part of a file; a small one is handed over. Raises ``OSError`` like ``sendall``."""
        end = os.fstat(file.fileno()).st_size if count is None else offset + count
        start = offset
        while offset < end:
            if not (part := os.pread(file.fileno(), min(_SEND_BYTES, end - offset), offset)):
                break
            self.sendall(part)
            offset += len(part)
        return offset - start

    def flush(self) -> bool:
        """Send what the client takes without waiting; tell whether that was all. Raises ``OSError``."""
        while self._unsent:
            view = self._unsent[0]
            try:
                sent = super().send(view[:_SEND_BYTES])
            except BlockingIOError:
                return False
            self.sending.passed(sent)
            self.unsent_bytes -= sent
            if sent == view.nbytes:
                self._unsent.popleft()
            else:
                self._unsent[0] = view[sent:]
        return True

    def _wait_for_room(self) -> None:
        while not self.flush() and self.unsent_bytes > self.max_unsent_bytes:
            try:
                self._wait(selectors.EVENT_WRITE, self.sending)
            except TimeoutError as error:
                raise BrokenPipeError(errno.EPIPE, "the client reads too slowly") from error

    def _wait(self, event: int, pace: Pace) -> None:
        most_s = pace.left_s if self._operation_s is None else min(pace.left_s, self._operation_s)
        # gunicorn takes this number for a client that has gone, which is no error of ours.
        too_slow = TimeoutError(errno.ECONNRESET, "the client is too slow")
        if most_s <= 0 or (event == selectors.EVENT_READ and not self.may_wait_to_read):
            raise too_slow
        began = monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self, event)
            ready = selector.select(most_s)
        pace.waited(monotonic() - began)
        if not ready:
            raise too_slow
