"""How long a client may keep a connection waiting: some seconds, which it earns back by sending or reading."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What is asked of clients. ``min_bytes_per_s``: the least rate at which bodies come and answers are read."""

    patience_s: float = 20.0
    min_bytes_per_s: float = 1_000.0


class Pace:
    """The patience left with one client in one direction, in seconds; never more than it was at the beginning.

    Waiting takes from it, bytes give back what they may take at the least rate. So a pause is as long as the whole
    patience at most, and whoever is slower than the least rate uses it up however regularly bytes come.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self.left_s = limits.patience_s

    def waited(self, seconds: float) -> None:
        """Take the time of a wait."""
        self.left_s -= seconds

    def passed(self, size: int) -> None:
        """Give back for ``size`` bytes that went through."""
        self.left_s = min(self._limits.patience_s, self.left_s + size / self._limits.min_bytes_per_s)

    @property
    def is_used_up(self) -> bool:
        """Whether the client has kept us waiting for too long."""
        return self.left_s <= 0
