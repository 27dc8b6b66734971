"""Answers of the index that were given before, kept in each web process up to a number of bytes.

An answer is known by its validator, which changes with every commit to the index and every start of the service; so an
answer never outlives what it was made of, and the oldest are forgotten first.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

ENTRY_BYTES = 300
"""What an entry takes besides its body, about."""


class AnswerCache:
    """Bodies of answers by validator, the least recently used forgotten first. Thread-safe; 0 bytes: keeps nothing."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, validator: str) -> bytes | None:
        """Return the body of an answer, or None when it is not kept."""
        with self._lock:
            body = self._bodies.get(validator)
            if body is not None:
                self._bodies.move_to_end(validator)
            return body

    def put(self, validator: str, body: bytes) -> None:
        """Keep an answer, unless it alone would take more than a tenth of the room."""
        if len(body) + ENTRY_BYTES > self._max_bytes // 10:
            return
        with self._lock:
            self._bytes += len(body) + ENTRY_BYTES
            if (former := self._bodies.pop(validator, None)) is not None:
                self._bytes -= len(former) + ENTRY_BYTES
            self._bodies[validator] = body
            while self._bytes > self._max_bytes:
                _, oldest = self._bodies.popitem(last=False)
                self._bytes -= len(oldest) + ENTRY_BYTES
