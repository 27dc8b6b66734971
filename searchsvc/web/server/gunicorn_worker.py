"""gunicorn's threaded worker, made so that nobody waits for slow clients, and connections go to whoever has fewer.

All web processes wait at one socket. Of connections that come all at once, the first process that wakes up would take
every one, and keep those that are kept alive: the others would have nothing to do.

The main thread looks after all connections that wait for their client: until a request is here, and until its answer
has been taken. Threads only answer, and there are some for each lane, so that health is told whatever the others do.
"""

from __future__ import annotations

import errno
import selectors
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from time import monotonic, sleep
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from searchsvc.web.server.connection import Connection, State
from searchsvc.web.server.draining import announcement
from searchsvc.web.server.pace import ConnectionLimits
from searchsvc.web.server.paced_socket import PacedSocket
from searchsvc.web.server.refusals import OVERLOADED, TOO_SLOW
from searchsvc.web.server.request_head import Lane
from searchsvc.web.server.taken import LastTaken

STEP_S = 0.0002
"""How much later a process takes a connection for each one that it has."""
MAX_STEPS = 5
CROWD = 64
"""With so many connections, a process takes further ones at once: there are enough for all."""
MAX_UNSENT_BYTES = 128_000_000
"""Answers of one process that wait for their readers; beyond, those that have waited longest are given up."""
HANDSHAKES_S = 0.2
"""How long connections that are being made are awaited before a socket is closed."""
LAST_REQUESTS_S = 2.0
"""How long a process that ends keeps connections open on which a client may already be sending its next request."""
_LOOK_S = 1.0
_MAX_UNSENT = {Lane.SHORT: 8_000_000, Lane.LASTING: 256_000, Lane.HEALTH: 64_000, Lane.READINESS: 64_000}


class FairThreadWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Takes a connection the later the more it has; what another process took meanwhile is nothing to take.

    ``limits``, ``lasting_threads`` for what clients may draw out, and the ``path_prefix`` that everything is served
    below are set by gunicorn's configuration; ``connections`` are all there are, those first that have been in their
    state for longest.
    """

    limits = ConnectionLimits()
    lasting_threads = 16
    path_prefix = b""
    alive: bool
    connections: dict[Connection, None]

    def init_process(self) -> None:
        """Start threads for each lane, then everything else."""
        self.connections = {}
        self._last_taken = LastTaken.inherited()
        sizes = {
            Lane.HEALTH: 1, Lane.READINESS: 1, Lane.SHORT: self.cfg.threads, Lane.LASTING: self.lasting_threads,
        }  # fmt: skip
        self._lanes = {
            lane: ThreadPoolExecutor(max_workers=size, thread_name_prefix=lane) for lane, size in sizes.items()
        }
        self._lasting = 0
        super().init_process()

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """Return what gunicorn stops when it is told to end at once."""
        return self._lanes[Lane.SHORT]

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, if one still waits; of a crowd as many as come at once."""
        if self.nr_conns >= CROWD:
            for _ in range(CROWD):
                if not self._accept(listener):
                    return
            return
        if self.nr_conns:
            sleep(min(self.nr_conns, MAX_STEPS) * STEP_S)
        self._accept(listener)

    def run(self) -> None:
        """Serve until told to end, then finish what has begun."""
        self.poller.register(self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks)
        self.set_accept_enabled(True)
        while self.alive and self.is_parent_alive():
            self.notify()
            self.wait_for_and_dispatch_events(timeout=_LOOK_S)
            self._look_after()
        self.alive = False
        self._finish()

    def finish_request(self, conn: Connection, future: Future[Any]) -> None:
        """Go on with a connection whose request has been answered."""
        self._lasting -= conn.lane is Lane.LASTING
        try:
            conn.is_kept = bool(future.result())
            done = conn.sock.flush()
        except Exception:
            self._drop(conn)
            return
        if done:
            self._answered(conn)
        else:
            self._await(conn, State.SENDING)

    def _accept(self, listener: socket.socket) -> bool:
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self._make_room()
            return False
        if self._last_taken is not None:
            self._last_taken.mark()
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        sock = PacedSocket(client, self.limits)
        conn = Connection(self.cfg, sock, address, listener.getsockname(), self.path_prefix)
        self.nr_conns += 1
        self._await(conn, State.RECEIVING)
        self._receive(conn)
        return True

    def _await(self, conn: Connection, state: State) -> None:
        """Let the main thread look after a connection."""
        self._leave(conn)
        conn.enter(state)
        self.connections[conn] = None
        conn.events = selectors.EVENT_WRITE if state is State.SENDING else selectors.EVENT_READ
        self.poller.register(conn.sock, conn.events, partial(self._ready, conn))

    def _leave(self, conn: Connection) -> None:
        if conn.events:
            self.poller.unregister(conn.sock)
            conn.events = 0
        self.connections.pop(conn, None)

    def _ready(self, conn: Connection, _sock: socket.socket) -> None:
        if not conn.events:
            return  # it was given up a moment ago
        if conn.state is State.RECEIVING:
            self._receive(conn)
        elif conn.state is State.SENDING:
            self._send(conn)
        elif conn.is_closed_by_client():
            self._drop(conn)

    def _receive(self, conn: Connection) -> None:
        try:
            lane = conn.receive()
        except OSError:  # also when the client has closed it
            self._drop(conn)
            return
        if lane is not None:
            self._answer(conn, lane)

    def _answer(self, conn: Connection, lane: Lane) -> None:
        """Give a request to a thread."""
        if lane is Lane.LASTING and self._lasting >= 2 * self.lasting_threads:
            self._refuse(conn, OVERLOADED)
            return
        self._leave(conn)
        conn.enter(State.ANSWERING)
        conn.hand_over(lane, _MAX_UNSENT[lane])
        self._lasting += lane is Lane.LASTING
        self.connections[conn] = None
        future = self._lanes[lane].submit(self.handle, conn)
        future.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    def _send(self, conn: Connection) -> None:
        try:
            done = conn.sock.flush()
        except OSError:
            self._drop(conn)
            return
        conn.touch()
        if done:
            self._answered(conn)

    def _answered(self, conn: Connection) -> None:
        if conn.is_kept:
            conn.take_back()
            self._await(conn, State.RECEIVING)
            if (lane := conn.next_request()) is not None:
                self._answer(conn, lane)
        elif conn.stop_sending():
            # What the client still sends is read: else it would be told of a reset instead of its answer.
            self._await(conn, State.CLOSING)
        else:
            self._drop(conn)

    def _refuse(self, conn: Connection, answer: bytes) -> None:
        try:
            conn.sock.begin_request(may_wait_to_read=False, max_unsent_bytes=len(answer))
            conn.sock.sendall(answer)
        except OSError:
            self._drop(conn)
            return
        conn.is_kept = False
        self._answered(conn)

    def _drop(self, conn: Connection) -> None:
        self._leave(conn)
        self.nr_conns -= 1
        conn.sock.close()

    def _look_after(self) -> None:
        """Give up connections whose client keeps us waiting for too long, and those that are too many."""
        unsent = 0
        for conn in list(self.connections):
            if conn.state is State.SENDING:
                unsent += conn.sock.unsent_bytes
            if not conn.is_overdue(self._idle_s()):
                continue
            if conn.state is State.RECEIVING and conn.received:
                self._refuse(conn, TOO_SLOW)
            elif conn.state is State.RECEIVING and conn.stop_sending():
                self._await(conn, State.CLOSING)
            else:
                self._drop(conn)
        for conn in [conn for conn in self.connections if conn.state is State.SENDING]:
            if unsent <= MAX_UNSENT_BYTES:
                break
            unsent -= conn.sock.unsent_bytes
            self._drop(conn)

    def _idle_s(self) -> float:
        return float(self.cfg.keepalive) if self.alive else min(LAST_REQUESTS_S, self.cfg.keepalive)

    def _make_room(self) -> None:
        """Give up the connection that has waited longest for its client."""
        waiting = [conn for conn in self.connections if conn.state is not State.ANSWERING]
        if waiting:
            self._drop(min(waiting, key=lambda conn: (bool(conn.received), conn.since)))

    def _finish(self) -> None:
        """Let nobody in any more, answer what has been sent, within the time that there is."""
        until = monotonic() + self.cfg.graceful_timeout
        if announcement:
            # Nobody else will accept those who wait. Connections that are just being made come within a moment.
            self._serve_until(min(monotonic() + HANDSHAKES_S, until))
            for listener in self.sockets:
                while self._accept(listener):
                    pass
        self.set_accept_enabled(False)
        for listener in self.sockets:
            listener.close()
        for conn in self.connections:
            conn.idle_since(monotonic())
        while self.connections and monotonic() < until:
            self._serve_until(monotonic())
        for conn in list(self.connections):
            self._drop(conn)
        for lane in self._lanes.values():
            lane.shutdown(wait=False, cancel_futures=True)
        self.poller.close()
        self.method_queue.close()

    def _serve_until(self, moment: float) -> None:
        while True:
            self.notify()
            self.wait_for_and_dispatch_events(timeout=0.1)
            self._look_after()
            if monotonic() >= moment:
                return
