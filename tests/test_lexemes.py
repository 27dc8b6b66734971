"""Lexemes as numbers: what they are called comes back, whatever is united or left out."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from index.segments.array_file import Array
from index.segments.lexemes import Side, compacted, merged, starts_of

Lexeme = tuple[str, tuple[str, ...]]

WORDS = st.text("abä漢", max_size=2)
LEXEMES = st.lists(st.tuples(WORDS, st.lists(WORDS, max_size=3, unique=True).map(tuple)), unique=True, max_size=12)


def sides_of(lexemes: list[Lexeme]) -> list[Side]:
    """Return the sides of lexemes that are in the order of their words."""
    words, word_numbers = numbered([word for word, _ in lexemes])
    parts, part_numbers = numbered([part for _, parts in lexemes for part in parts])
    starts = starts_of(np.array([len(parts) for _, parts in lexemes], dtype=np.int64))
    return [Side.of(words, word_numbers), Side.of(parts, part_numbers, starts)]


def numbered(terms: list[str]) -> tuple[list[str], Array]:
    """Return the distinct terms as they come, and which each is."""
    distinct = list(dict.fromkeys(terms))
    return distinct, np.array([distinct.index(term) for term in terms], dtype=np.int64)


def named(sides: list[Side]) -> list[Lexeme]:
    """Return the lexemes of two sides, the parts of each in their order."""
    words, parts = (
        [
            [side.terms[number].decode() for number in side.numbers[begin:end].tolist()]
            for begin, end in zip(side.starts[:-1].tolist(), side.starts[1:].tolist(), strict=True)
        ]
        for side in sides
    )
    assert all(side.terms == sorted(set(side.terms)) for side in sides)
    return [(word, tuple(of_word)) for (word,), of_word in zip(words, parts, strict=True)]


def in_order(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Return lexemes by their words, each with its parts in order."""
    return sorted({(word, tuple(sorted(parts))) for word, parts in lexemes})


@settings(deadline=None)
@given(LEXEMES, st.data())
def test_chosen_lexemes_keep_their_terms(lexemes: list[Lexeme], data: st.DataObject) -> None:
    """Only terms of the chosen ones are left."""
    ordered = in_order(lexemes)
    sides = sides_of(ordered)
    assert named(sides) == ordered
    chosen = data.draw(st.lists(st.sampled_from(range(len(ordered))), unique=True) if ordered else st.just([]))
    left = [side.chosen(np.array(sorted(chosen), dtype=np.int64)) for side in sides]
    assert named(left) == [ordered[number] for number in sorted(chosen)]
    assert {term.decode() for term in left[1].terms} == {part for at in chosen for part in ordered[at][1]}


@settings(deadline=None)
@given(st.lists(LEXEMES.map(in_order), min_size=1, max_size=4))
def test_merged_lexemes_are_those_of_all(parts: list[list[Lexeme]]) -> None:
    """Equal lexemes become one, by the order of their words, and every part's numbers tell which is which."""
    sides, numbers = merged([sides_of(lexemes) for lexemes in parts])
    united = named(sides)
    assert sorted(united) == in_order([lexeme for lexemes in parts for lexeme in lexemes])
    assert [word for word, _ in united] == sorted(word for word, _ in united)
    assert [[united[number] for number in own.tolist()] for own in numbers] == parts


def test_numbers_that_do_not_occur_are_left_out() -> None:
    """The others keep their order."""
    used, places = compacted(np.array([7, 3, 7]), 10)
    assert (used.tolist(), places.tolist()) == ([3, 7], [1, 0, 1])
