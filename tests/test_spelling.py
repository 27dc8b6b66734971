"""Better spellings of a query: of words, not of their capitals."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from index.query.plan import TypedWord
from index.query.spelling import did_you_mean
from index.query.vocabulary import Vocabulary


def words(written: Mapping[str, str]) -> Vocabulary:
    """Return a vocabulary of folded words, all of them near any other, and how each is written."""
    made: Any = SimpleNamespace(
        live_frequency=lambda field, term: int(field == "text_word" and term in written),
        words_near=lambda *_: dict.fromkeys(written, 1),
        as_written=written.__getitem__,
    )
    return cast(Vocabulary, made)


def suggestion(q: str, word: str, written: Mapping[str, str]) -> str | None:
    """Return what is offered for a query of one word."""
    start = q.index(word)
    typed = TypedWord(word, word, start, start + len(word))
    return did_you_mean(q, [typed], words(written), lambda _: 7)


@pytest.mark.parametrize("written", ["Script", "SCRIPT", "script"])
def test_capitals_are_no_correction(written: str) -> None:
    """What differs from the query in its capitals only is not offered, whatever there is around the word."""
    for q in ("<script>", "script", '"script" x'):
        assert suggestion(q, "script", {"scripts": written}) is None


def test_the_next_correction_is_offered_instead() -> None:
    """Behind one that is none there may be a real one."""
    assert suggestion("<script>", "script", {"scripta": "Script", "skript": "Skript"}) == "<Skript>"
