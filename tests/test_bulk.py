"""Words of large texts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers import surfaces, tokenize, word_spans
from analyzers.bulk import bulk_surfaces

SPECIAL = st.sampled_from("aÄß9²¼_ \t\n\x00\x85\xa0§–„“•€ŠœŸ\u0301\u0308ſﬁ漢")


@settings(deadline=None)
@given(st.text() | st.text(SPECIAL, max_size=12) | st.text(st.characters(max_codepoint=0xFF), max_size=12))
def test_bulk_surfaces_are_the_surfaces(text: str) -> None:
    """The fast way finds the words of the readable one, in any alphabet."""
    assert bulk_surfaces(text) == surfaces(text)


def test_every_single_character() -> None:
    """Each character of the Basic Multilingual Plane separates words, or does not, in both ways alike."""
    for code in range(0x10000):
        text = f"a{chr(code)}b"
        assert bulk_surfaces(text) == surfaces(text), hex(code)


@settings(deadline=None)
@given(
    st.text() | st.text(SPECIAL, max_size=12) | st.text(st.characters(max_codepoint=0xFF), max_size=12),
    st.integers(0, 6),
    st.none() | st.integers(0, 8),
)
def test_word_spans_are_where_the_tokens_are(text: str, first: int, end: int | None) -> None:
    """The fast way finds the places that the readable one tells, from any word to any other."""
    assert word_spans(text, first, end) == [(token.start, token.end) for token in tokenize(text)][first:end]
