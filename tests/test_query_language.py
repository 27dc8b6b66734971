"""The query language: what is typed, as a tree; never an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.query.language import (
    EMPTY,
    MAX_DEPTH,
    MAX_WORDS,
    All,
    Any,
    Fielded,
    Node,
    Phrase,
    Without,
    Word,
    parse,
)


def shape(node: Node) -> object:
    """Return a tree as nested tuples without offsets."""
    match node:
        case Word():
            return (
                node.text + ("*" if node.is_pattern and "*" not in node.text else "") + ("~" if node.is_fuzzy else "")
            )
        case Phrase():
            return ("phrase", node.text)
        case Fielded():
            return (node.name, shape(node.part))
        case Without():
            return ("not", shape(node.part))
        case All():
            return ("and", *map(shape, node.parts))
        case Any():
            return ("or", *map(shape, node.parts))


@pytest.mark.parametrize(
    ("typed", "tree"),
    [
        ("Radweg Brühl", ("and", "Radweg", "Brühl")),
        ('"kommunales Zentrum" -Antrag', ("and", ("phrase", "kommunales Zentrum"), ("not", "Antrag"))),
        ("„Neue Mitte“", ("phrase", "Neue Mitte")),
        ("a OR b c", ("or", "a", ("and", "b", "c"))),
        ("a ODER b", ("or", "a", "b")),
        ("a UND b", ("and", "a", "b")),
        ("NOT a b", ("and", ("not", "a"), "b")),
        ("NICHT (a b)", ("not", ("and", "a", "b"))),
        ("(a OR b) c", ("and", ("or", "a", "b"), "c")),
        ("Schul*", "Schul*"),
        ("Schul*weg", "Schul*weg"),
        ("Hundesteur~", "Hundesteur~"),
        ("titel:Radweg", ("titel", "Radweg")),
        ("Titel:Radweg", ("titel", "Radweg")),
        ("kommune: Köln Radweg", ("and", ("kommune", "Köln"), "Radweg")),
        ("Betreff: Radweg", ("and", "Betreff:", "Radweg")),
        ('typ:"Antrag"', ("typ", ("phrase", "Antrag"))),
        ("kommune:(Brühl OR Köln)", ("kommune", ("or", "Brühl", "Köln"))),
        ("Was kostet das?", ("and", "Was", "kostet", "das?")),
        ("12:30 Uhr", ("and", "12:30", "Uhr")),
        ("https://example.org/x", "https://example.org/x"),
        ("Rhein-Erft-Kreis", "Rhein-Erft-Kreis"),
        ("Rhein - Erft", ("and", "Rhein", "Erft")),
        ("NOT NOT a", "a"),
        ("OR", "OR"),
        ("", ("and",)),
        ("Haus, Garten - Hof", ("and", "Haus,", "Garten", "Hof")),
        ("Haus & Garten – Hof", ("and", "Haus", "Garten", "Hof")),
        ("Was kostet das ?", ("and", "Was", "kostet", "das")),
        ("kommune:(Brühl -Köln)", ("kommune", ("and", "Brühl", ("not", "Köln")))),
        ("kommune:(-Köln)", ("not", ("kommune", "Köln"))),
        ("titel:(-(a b))", ("not", ("titel", ("and", "a", "b")))),
        ("-kommune:(-Köln)", ("not", ("not", ("kommune", "Köln")))),
    ],
)
def test_trees(typed: str, tree: object) -> None:
    """Each construct of the language gives the tree it means, without a warning."""
    parsed = parse(typed)
    assert shape(parsed.root) == tree
    assert not parsed.warnings


@pytest.mark.parametrize(
    ("typed", "tree", "code"),
    [
        ('"offen', "offen", "unbalanced_quote"),
        ("(a b", ("and", "a", "b"), "unbalanced_parenthesis"),
        ("a) b", ("and", "a", "b"), "unbalanced_parenthesis"),
        ("a OR", "a", "dangling_operator"),
        ("a NOT", "a", "dangling_operator"),
        ("Haus OR", "Haus", "dangling_operator"),
        ("AND AND", ("and",), "dangling_operator"),
        ("a AND", "a", "dangling_operator"),
        ("AND a", "a", "dangling_operator"),
        ("a AND AND b", ("and", "a", "b"), "dangling_operator"),
        ("NOT NOT", ("and",), "dangling_operator"),
        ("-", ("and",), "dangling_operator"),
        ("Radweg -", "Radweg", "dangling_operator"),
        ("(Radweg -)", "Radweg", "dangling_operator"),
        ("- Radweg", "Radweg", "dangling_operator"),
        ("-! Radweg", "Radweg", "dangling_operator"),
        ("NOT ?! Radweg", "Radweg", "dangling_operator"),
        ("titel:", ("and",), "dangling_operator"),
        ("Radweg titel:", "Radweg", "dangling_operator"),
        ("Radweg TITEL: ", "Radweg", "dangling_operator"),
        ("(Radweg titel:)", "Radweg", "dangling_operator"),
        ("titel:! Radweg", "Radweg", "dangling_operator"),
        ("kommune: -Köln", ("not", "Köln"), "dangling_operator"),
        ("()", ("and",), "nothing_inside"),
        ("(( ))", ("and",), "nothing_inside"),
        ("Radweg (,)", "Radweg", "nothing_inside"),
        ("kommune:() Radweg", "Radweg", "nothing_inside"),
        ('""', ("and",), "nothing_inside"),
        ('Radweg -"…"', "Radweg", "nothing_inside"),
        ("*", ("and",), "unsupported_wildcard"),
        ("Radweg *", "Radweg", "unsupported_wildcard"),
        ("?! --", ("and",), "no_words"),
        ("...", ("and",), "no_words"),
        ("kommune:(Köln titel:Radweg)", ("kommune", ("and", "Köln", ("titel", "Radweg"))), "nested_field"),
        ("kommune:titel:Radweg", ("titel", "Radweg"), "nested_field"),
        ("betreff:Radweg", "betreff:Radweg", "unknown_field"),
        ("*weg", " weg", "unsupported_wildcard"),
        ("(" * (MAX_DEPTH + 5) + "x", "x", "too_deep"),
    ],
)
def test_what_cannot_be_parsed_is_searched_as_words_with_a_warning(typed: str, tree: object, code: str) -> None:
    """A mistake costs no result: the rest is searched, and a warning with a stable code says so."""
    parsed = parse(typed)
    assert shape(parsed.root) == tree
    assert code in {warning.code for warning in parsed.warnings}


def test_too_many_words_are_left_out_with_a_warning() -> None:
    """A pasted page is cut after a documented number of words, and one warning says so."""
    parsed = parse(" ".join(f"wort{number}" for number in range(MAX_WORDS + 50)))
    assert isinstance(parsed.root, All)
    assert len(parsed.root.parts) == MAX_WORDS
    assert [warning.code for warning in parsed.warnings] == ["too_many_words"]


@given(
    st.lists(st.sampled_from(['""', "()", "-", "*", "AND", "OR", "NOT", "titel:", "(", ")", '"', "?", "~"]), min_size=1)
)
def test_what_is_not_searched_is_never_left_out_silently(pieces: list[str]) -> None:
    """A query of signs alone either has something to search (a lone operator is a word) or a warning."""
    parsed = parse(" ".join(pieces))
    assert parsed.warnings or parsed.root != EMPTY


@given(st.text())
def test_parsing_is_total(typed: str) -> None:
    """Any string gives a tree, the same one each time."""
    assert parse(typed) == parse(typed)


@given(st.text(alphabet=st.sampled_from('ab "()-*~:\u201etilNOTOR\n'), max_size=200))
def test_parsing_of_operators_is_total_and_normal(typed: str) -> None:
    """Any heap of operators gives a normal tree: nothing empty inside, no group in a group of its kind."""

    def check(node: Node) -> None:
        match node:
            case All() | Any():
                assert len(node.parts) >= 2
                assert not any(type(part) is type(node) for part in node.parts)
                for part in node.parts:
                    check(part)
            case Without() | Fielded():
                assert node.part != EMPTY
                check(node.part)

    root = parse(typed).root
    if root != EMPTY:
        check(root)


@given(st.text(alphabet=st.sampled_from("ab -*~\u00e4"), max_size=60))
def test_words_know_their_place(typed: str) -> None:
    """A word's offsets point at what was typed, so that a correction can replace just that."""

    def words(node: Node) -> list[Word]:
        match node:
            case Word():
                return [node]
            case Without() | Fielded():
                return words(node.part)
            case All() | Any():
                return [word for part in node.parts for word in words(part)]
        return []

    for word in words(parse(typed).root):
        assert word.text.strip().replace(" ", "*") in typed[word.start : word.end]
