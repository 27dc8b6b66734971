"""Words of large texts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers import surfaces
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
