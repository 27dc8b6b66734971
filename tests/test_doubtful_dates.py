"""Dates that are years ahead, in the embedded engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from index.contract import SearchRequest
from index.segments import postings
from tests.fixtures_index import TestIndex, document


def test_the_order_follows_the_calendar(make_index: Callable[..., TestIndex], monkeypatch: pytest.MonkeyPatch) -> None:
    """A date that was too far ahead is an ordinary one when its time comes, without a new index."""
    index = make_index(document("a", date=date(2099, 1, 1)), document("b", date=date(2020, 1, 1)))

    def order() -> list[str]:
        return [hit.id for hit in index.engine.search(SearchRequest()).hits]

    assert order() == ["b", "a"]
    monkeypatch.setattr(postings, "last_plausible_day", lambda: date(2100, 1, 1))
    assert order() == ["a", "b"]
