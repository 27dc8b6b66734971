"""How long one search may take: asked for between its steps, so that nothing goes on after it has run out."""

from __future__ import annotations

from time import monotonic

from index.contract import SearchTimeout


class TimeBudget:
    """The time one search has, from its making on; ``seconds`` None or 0: any."""

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = seconds or 0.0
        self._end = monotonic() + self._seconds

    def check(self) -> None:
        """Raise ``SearchTimeout`` when the time has run out."""
        if self._seconds and monotonic() > self._end:
            raise SearchTimeout(self._seconds)
