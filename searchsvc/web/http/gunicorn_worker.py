"""gunicorn's threaded worker, made to leave connections to processes that have fewer.

All web processes wait at one socket. Of connections that come all at once, the first process that wakes up would take
every one, and keep those that are kept alive: the others would have nothing to do.
"""

from __future__ import annotations

import socket
from time import sleep

from gunicorn.workers.gthread import ThreadWorker

STEP_S = 0.0002
"""How much later a process takes a connection for each one that it has."""
MAX_STEPS = 5


class FairThreadWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Takes a connection the later the more it has; what another process took meanwhile is nothing to take."""

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, if one still waits."""
        if self.nr_conns:
            sleep(min(self.nr_conns, MAX_STEPS) * STEP_S)
        super().accept(listener)
