"""Connections are left to processes that have fewer."""

from __future__ import annotations

import errno
import socket

import pytest

from searchsvc.web.server import gunicorn_worker
from searchsvc.web.server.gunicorn_worker import CROWD, MAX_STEPS, STEP_S, FairThreadWorker


class TakenListener:
    """A listening socket whose connection another process took meanwhile."""

    def accept(self) -> tuple[socket.socket, str]:
        raise BlockingIOError(errno.EAGAIN, "taken")


@pytest.mark.parametrize(("connections", "steps"), [(0, 0), (1, 1), (3, 3), (60, MAX_STEPS), (CROWD, 0)])
def test_who_has_more_connections_waits_longer(monkeypatch: pytest.MonkeyPatch, connections: int, steps: int) -> None:
    """An idle process takes a connection at once, and so does one that has many; a taken one counts for nothing."""
    waited: list[float] = []
    monkeypatch.setattr(gunicorn_worker, "sleep", waited.append)
    worker = FairThreadWorker.__new__(FairThreadWorker)
    worker.nr_conns = connections
    worker.accept(TakenListener())  # type: ignore[arg-type]
    assert sum(waited) == pytest.approx(steps * STEP_S)
    assert worker.nr_conns == connections
