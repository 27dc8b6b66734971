"""Where words stand, told by a table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers import spans, tokenize, word_spans

SPECIAL = st.sampled_from("aÄß9²¼_ \t\n\x00\x85\xa0§–„“•€ŠœŸ\u0301\u0308ſﬁ漢𝔸😀\ud800")
TEXTS = st.text() | st.text(SPECIAL, max_size=12) | st.text(st.characters(max_codepoint=0xFF), max_size=12)


@contextmanager
def no_text_is_short() -> Iterator[None]:
    """Let the table tell of every text."""
    with mock.patch.object(spans, "SHORT_TEXT", 0):
        yield


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=4), st.integers(1, 3))
def test_word_spans_are_where_the_tokens_are(texts: list[str], step: int) -> None:
    """The fast way finds the places that the readable one tells: of all words and of some, in several texts."""
    every = [[(token.start, token.end) for token in tokenize(text)] for text in texts]
    numbers = [list(range(len(spans_of_text)))[::step] for spans_of_text in every]
    for way in (nullcontext(), no_text_is_short()):
        with way:
            assert word_spans(texts, numbers) == [
                [spans_of_text[number] for number in chosen]
                for spans_of_text, chosen in zip(every, numbers, strict=True)
            ]


def test_every_single_character() -> None:
    """Each character of the Basic Multilingual Plane separates words, or does not, as for the tokens."""
    with no_text_is_short():
        for code in range(0x10000):
            text = f"a{chr(code)}b „"
            every = [(token.start, token.end) for token in tokenize(text)]
            assert word_spans([text], [range(len(every))]) == [every], hex(code)
