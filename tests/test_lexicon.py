"""The lexicon's files agree with one another."""

from __future__ import annotations

from analyzers.lexicon import MIN_ENDING_CHARS, load_lexicon


def test_endings_are_the_forms_that_differ_from_their_base_form() -> None:
    """Looking an end up backwards finds exactly what looking up every end of a word would find."""
    lexicon = load_lexicon()
    inflected = {
        form
        for form in lexicon.parts
        if len(form) >= MIN_ENDING_CHARS and (base := lexicon.base_form(form)) is not None and base != form
    }
    assert {ending[::-1] for ending in lexicon.endings} == inflected


def test_the_longest_inflected_ending_comes_first() -> None:
    """A word is not an end of itself."""
    assert load_lexicon().inflected_endings("integrationszentren") == ["zentren"]
    assert load_lexicon().inflected_endings("zentren") == []
