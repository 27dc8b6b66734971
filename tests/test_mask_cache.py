"""Remembered filters."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from index.segments import mask_cache
from index.segments.mask_cache import MaskCache


def test_a_mask_is_computed_once_and_comes_back_as_it_was() -> None:
    """Whatever the number of documents, also one that is no multiple of eight."""
    for doc_count in (0, 1, 7, 8, 1_001):
        cache = MaskCache(doc_count)
        mask = np.arange(doc_count) % 3 == 0
        calls: list[int] = []

        def compute(mask: np.ndarray = mask, calls: list[int] = calls) -> np.ndarray:
            calls.append(1)
            return mask

        for _ in range(3):
            found = cache.mask("key", compute)
            assert found.dtype == np.bool_
            assert found.tolist() == mask.tolist()
        assert len(calls) == 1


def test_the_least_recently_used_mask_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache is bounded, and what is used stays."""
    monkeypatch.setattr(mask_cache, "MAX_MASKS", 3)
    cache = MaskCache(4)
    computed: list[str] = []

    def ask(key: str) -> None:
        cache.mask(key, lambda: (computed.append(key), np.ones(4, dtype=bool))[1])

    for key in "abcadab":
        ask(key)
    assert len(cache) == 3
    assert computed == ["a", "b", "c", "d", "b"]


def test_many_threads_may_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each gets the mask of the filter it asks for, whatever the others do."""
    monkeypatch.setattr(mask_cache, "MAX_MASKS", 2)
    cache = MaskCache(64)
    wrong: list[int] = []

    def ask() -> None:
        for number in range(2_000):
            key = number % 5
            if int(cache.mask(key, lambda key=key: np.arange(64) < key).sum()) != key:
                wrong.append(key)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
