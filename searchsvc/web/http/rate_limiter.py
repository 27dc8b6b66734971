"""How often a client may ask: a counter that lets a number through in each minute, spread as the client likes.

The generic cell rate algorithm: of each client only the moment is kept at which it will have its full allowance again.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

WINDOW_S = 60
MAX_CLIENTS = 50_000
"""Clients remembered; the one that has not asked for longest is forgotten first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a client has left. ``retry_after_s``: time until what was refused would be let through; 0 if it was."""

    limit: int
    remaining: int
    reset_s: float
    retry_after_s: float = 0.0

    @property
    def is_exceeded(self) -> bool:
        """Whether the request is refused."""
        return self.retry_after_s > 0


class RateLimiter:
    """Lets ``limit`` requests of each client through in a minute. Thread-safe; counts for one process only."""

    def __init__(
        self, limit: int, *, max_clients: int = MAX_CLIENTS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._interval_s = WINDOW_S / limit
        self._max_clients = max_clients
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def spend(self, client: str, cost: int = 1) -> Allowance:
        """Take ``cost`` from a client's allowance; if it has less, nothing is taken and the answer is a refusal."""
        now = self._clock()
        with self._lock:
            before = max(now, self._full_at.get(client, now))
            after = before + cost * self._interval_s
            excess_s = after - now - WINDOW_S
            # Sums of intervals are not exact; a nanosecond more or less decides nothing.
            refused = excess_s > 1e-9
            full_at = before if refused else after
            self._full_at[client] = full_at
            self._full_at.move_to_end(client)
            if len(self._full_at) > self._max_clients:
                self._full_at.popitem(last=False)
        left_s = WINDOW_S - (full_at - now)
        return Allowance(
            limit=self._limit,
            remaining=max(0, int(left_s / self._interval_s + 1e-6)),
            reset_s=full_at - now,
            retry_after_s=excess_s if refused else 0.0,
        )
