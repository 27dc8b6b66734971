"""Remembering what terms are asked for most, in dictionaries that start over when they are full.

Looked at some hundred times in a search: to note what was used last would cost more than what is forgotten too early.
"""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

REMEMBERED_TERMS = 50_000
"""Terms that a cache remembers."""


def remember(cache: dict[K, V], key: K, value: V) -> V:
    """Put a value into a cache and return it."""
    if len(cache) >= REMEMBERED_TERMS:
        cache.clear()
    cache[key] = value
    return value
