"""Searches of one process take turns.

Python lets one thread at a time run. Each array operation lets the others go on and then has to wait for its own turn
again, so searches beside one another take much longer than one after the other: over eight connections, one process
with four threads answered 107 searches a second beside one another, and 185 in turns (``python -m benchmarks.http``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Turns:
    """Lets one search run at a time; one that has waited for ``patience_s`` goes on beside the one that takes long."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._lock = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, or for as long as there is patience, and have it until the context is left."""
        is_ours = self._lock.acquire(timeout=self._patience_s)
        try:
            yield
        finally:
            if is_ours:
                self._lock.release()
