"""Words of large texts, as numbers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers import surfaces
from analyzers.bulk import BATCH_BYTES, MAX_WORD_BYTES, WordNumbers

SPECIAL = st.sampled_from("aÄß9²¼_ \t\n\x00\x85\xa0§–„“•€ŠœŸ\u0301\u0308ſﬁ漢")
TEXTS = st.lists(st.text() | st.text(SPECIAL, max_size=12) | st.text(st.characters(max_codepoint=0xFF), max_size=12))


def words_of(words: WordNumbers, texts: list[str]) -> list[list[str]]:
    """Return the words of each text, by their numbers."""
    numbers, counts = words.number(texts)
    surface_of = words.surfaces()
    every = iter([surface_of[number] for number in numbers.tolist()])
    return [[next(every) for _ in range(count)] for count in counts.tolist()]


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_numbered_words_are_the_surfaces(texts: list[str], more: list[str]) -> None:
    """The fast way finds the words of the readable one in their order, in any alphabet, however often it is used."""
    words = WordNumbers()
    for some in (texts, more, texts):
        assert words_of(words, some) == [surfaces(text) for text in some]
    assert words.surfaces() == list(dict.fromkeys(word for text in texts + more for word in surfaces(text)))


def test_every_single_character() -> None:
    """Each character of the Basic Multilingual Plane separates words, or does not, in both ways alike."""
    texts = [f"a{chr(code)}b" for code in range(0x10000)]
    assert words_of(WordNumbers(), texts) == [surfaces(text) for text in texts]


def test_many_and_long_words() -> None:
    """Words of any length and texts of any length are numbered, each distinct word once."""
    texts = [
        " ".join(f"Wort{number}" for number in range(100_000)),
        "x" * MAX_WORD_BYTES + " " + "x" * (MAX_WORD_BYTES + 1) + " " + "x" * (MAX_WORD_BYTES + 2),
        "",
        "Ä" * (2 * BATCH_BYTES) + " Ä",
        *(f"Wort{number} kurz" for number in range(0, 100_000, 7)),
    ]
    words = WordNumbers()
    assert words_of(words, texts) == [surfaces(text) for text in texts]
    assert len(words) == 100_000 + 6
