"""Answers of the index that were given before, kept in each web process up to a number of bytes.

An answer is known by its validator, which changes with every commit to the index and every start of the service; so an
answer never outlives what it was made of, and the oldest are forgotten first.
"""

from __future__ import annotations

from threading import Lock

from cachetools import LRUCache

ENTRY_BYTES = 300
"""What an entry takes besides its body, about."""


class AnswerCache:
    """Bodies of answers by validator, the least recently used forgotten first. Thread-safe; 0 bytes: keeps nothing."""

    def __init__(self, max_bytes: int) -> None:
        self._bodies: LRUCache[str, bytes] = LRUCache(max_bytes, getsizeof=_size)
        self._lock = Lock()

    def get(self, validator: str) -> bytes | None:
        """Return the body of an answer, or None when it is not kept."""
        with self._lock:
            return self._bodies.get(validator)

    def put(self, validator: str, body: bytes) -> None:
        """Keep an answer, unless it alone would take more than a tenth of the room."""
        if _size(body) <= self._bodies.maxsize // 10:
            with self._lock:
                self._bodies[validator] = body


def _size(body: bytes) -> int:
    return len(body) + ENTRY_BYTES
