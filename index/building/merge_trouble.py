"""Merges that fail: why, how often in a row, and when the next is tried.

Nothing but the number of segments depends on merging, so changes go on meanwhile.
"""

from __future__ import annotations

from time import monotonic

FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 3_600.0
TOLD_AFTER = 3
"""Failures in a row that an operator is told of; one or two may be a passing lack of memory."""


class MergeTrouble:
    """Remembers failures until a merge succeeds; the pauses between attempts grow."""

    def __init__(self) -> None:
        self._failures = 0
        self._reason = ""
        self._next_try = float("-inf")

    def failed(self, reason: str) -> None:
        """Note that a merge failed, and why."""
        pause_s = min(FIRST_PAUSE_S * 2.0 ** min(self._failures, 20), LONGEST_PAUSE_S)
        self._failures += 1
        self._reason = reason
        self._next_try = monotonic() + pause_s

    def succeeded(self) -> None:
        """Note that a merge was done."""
        self._failures = 0
        self._next_try = float("-inf")

    @property
    def may_try(self) -> bool:
        """Whether it is time for an attempt."""
        return monotonic() >= self._next_try

    @property
    def told(self) -> str | None:
        """What an operator should know, in English; None while there is nothing."""
        if self._failures < TOLD_AFTER:
            return None
        return (
            f"merging segments has failed {self._failures} times in a row ({self._reason}); changes go on, searches "
            "get slower with the number of segments"
        )
