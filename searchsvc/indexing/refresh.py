"""Waiting until a write can be found."""

from __future__ import annotations

import time

from index.contract import SearchEngine

_FIRST_PAUSE_S = 0.01
_LONGEST_PAUSE_S = 0.1


def wait_until_searchable(engine: SearchEngine, change_number: int, timeout_s: float) -> bool:
    """Wait until searches of this process see a change, at most ``timeout_s``, and tell whether they do."""
    deadline = time.monotonic() + timeout_s
    pause_s = _FIRST_PAUSE_S
    while not engine.state().has(change_number):
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            return False
        time.sleep(min(pause_s, left_s))
        pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)
    return True
