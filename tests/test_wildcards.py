"""Words with gaps: what fits, and that no pattern takes long."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.contract import SearchRequest
from index.query.wildcards import matcher
from tests.fixtures_index import TestIndex, document


@pytest.mark.parametrize(
    ("pattern", "word", "fits"),
    [
        ("in*zentrum", "integrationszentrum", True),
        ("in*zentrum", "inzentrum", True),
        ("in*zentrum", "integrationszentrums", False),
        ("rad*", "rad", True),
        ("rad*", "grad", False),
        ("ab*ba", "aba", False),
        ("ab*ba", "abba", True),
        ("a*b*a*c", "abcabac", True),
        ("rad", "rad", True),
        ("rad", "radweg", False),
        ("a**b", "ab", True),
    ],
)
def test_what_fits(pattern: str, word: str, fits: bool) -> None:
    """A gap may be empty, but the pieces never overlap and stand in order."""
    assert matcher(pattern)(word) is fits


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
def test_equals_a_regular_expression(pattern: str, word: str) -> None:
    """Any pattern fits what the regular expression with its gaps fits."""
    expression = ".*".join(map(re.escape, pattern.split("*")))
    assert matcher(pattern)(word) is (re.fullmatch(expression, word) is not None)


@pytest.mark.timeout(20)
def test_many_gaps_are_found_and_marked_at_once(make_index: Callable[..., TestIndex]) -> None:
    """A pattern that a regular expression would need hours for is answered, in the search and on a document's page."""
    index = make_index(document("a", "a" * 90 + " " + "a" * 60 + "b", title="a" * 80))
    pattern = "a*" * 30 + "b"
    result = index.engine.search(SearchRequest(q=pattern))
    assert result.total == 1
    assert f"<mark>{'a' * 60}b</mark>" in result.hits[0].snippets[0].html
    assert index.engine.highlight(["a" * 90], pattern) == ("a" * 90,)
