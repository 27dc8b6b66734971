"""Plan nodes: they print, and simplifying changes neither documents nor scores."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.query.nodes import (
    And,
    DateRange,
    Every,
    Fuzzy,
    Near,
    Node,
    Not,
    Nothing,
    Or,
    Phrase,
    Prefix,
    Term,
    Wildcard,
    either,
    simplified,
)

RAD, WEG = Term("text", "rad"), Term("text", "weg", 2.0)

leaves = st.sampled_from([RAD, WEG, Every(), Nothing(), Prefix("text_word", "ra")])
trees: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.lists(parts, max_size=3).map(lambda some: And(tuple(some))),
        st.builds(
            lambda some, weight: Or(tuple(some), weight), st.lists(parts, max_size=3), st.sampled_from([1.0, 0.5])
        ),
        parts.map(Not),
    ),
    max_leaves=8,
)


def matches(node: Node, words: frozenset[str]) -> float | None:
    """Return the score of a document with these words, each worth its weight; None when it does not match."""
    match node:
        case Term(_, text, weight):
            return weight if text in words else None
        case Prefix(_, text, weight):
            return weight if any(word.startswith(text) for word in words) else None
        case Every():
            return 0.0
        case Not(part):
            return 0.0 if matches(part, words) is None else None
        case And(parts):
            scores = [matches(part, words) for part in parts]
            return None if None in scores else sum(filter(None, scores))
        case Or(parts, weight):
            found = [score for part in parts if (score := matches(part, words)) is not None]
            return weight * sum(found) if found else None
    return None


@given(trees, st.frozensets(st.sampled_from(["rad", "weg", "rat"])))
def test_simplified_is_the_same(tree: Node, words: frozenset[str]) -> None:
    """A simplified node has the same documents and scores, and simplifying it again changes nothing."""
    simple = simplified(tree)
    assert matches(simple, words) == pytest.approx(matches(tree, words))
    assert simplified(simple) == simple
    assert "Nothing" not in repr(simple) or simple == Nothing()


def test_nodes_print_as_one_line() -> None:
    """A plan can be read: fields, weights, slop, edits, days."""
    tree = And(
        (
            Or((RAD, WEG), 0.7),
            Phrase("title", ("neu", "bau"), 3),
            Near("text", ("a", "b"), 5, 0.4),
            Not(Prefix("text_word", "ab")),
            Wildcard("text_word", "a*b"),
            Fuzzy("text_word", "haus", 1),
            DateRange(date(2013, 1, 1), None),
        )
    )
    assert str(tree) == (
        '((text:rad | text:weg^2)^0.7 & title:"neu bau"~3 & text:{a b}~5^0.4 & -text_word:ab* & text_word:a*b'
        " & text_word:haus~1 & date:[2013-01-01..])"
    )


def test_either_leaves_out_what_there_is_not() -> None:
    """None stands for no part; one part stands for itself."""
    assert either([None, None]) is None
    assert either([None, RAD]) == RAD
    assert either([RAD, None, WEG]) == Or((RAD, WEG))
