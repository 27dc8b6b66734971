"""Work that keeps Python's interpreter busy for long: one piece at a time in each web process.

Threads that only compute slow each other down, and the main thread of the process with them, which then tells nobody
how it is: sixteen exports at once kept health waiting for three seconds. One after the other they take as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from threading import Lock
from typing import TypeVar

T = TypeVar("T")

long_work = Lock()
"""Held while such a piece is done, never while anybody is waited for."""


def piece_by_piece(parts: Iterable[T]) -> Iterator[T]:
    """Yield the same parts, each of which is made while nobody else does long work."""
    iterator = iter(parts)
    while True:
        with long_work:
            try:
                part = next(iterator)
            except StopIteration:
                return
        yield part
