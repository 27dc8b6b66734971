"""Spelling variants, slugs, tokens and stop word lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers import GERMAN_STOP_WORDS, fold_accents, parse_stop_words, slug, tokenize
from analyzers.folding import restore_umlauts


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Brühl", "bruehl"),
        ("Freiburg im Breisgau", "freiburg-im-breisgau"),
        ("Frankfurt (Oder)", "frankfurt-oder"),
        ("Straßlach-Dingharting", "strasslach-dingharting"),
        ("???", ""),
    ],
)
def test_slug(name: str, expected: str) -> None:
    """A slug is ASCII, lower case and the same for every spelling of a name."""
    assert slug(name) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [("bruehl", "brühl"), ("neue", "neue"), ("bauer", "bauer"), ("quelle", "quelle"), ("haeuser", "häuser")],
)
def test_restore_umlauts(word: str, expected: str) -> None:
    """ae, oe and ue become umlauts, but not where they are two sounds."""
    assert restore_umlauts(word) == expected


def test_accents_go_and_umlauts_stay() -> None:
    """Accents of borrowed words are dropped; umlauts are letters of their own."""
    assert fold_accents("Café Müller, Señor") == "Cafe Müller, Senor"


def test_tokens_carry_offsets_and_positions() -> None:
    """A token's surface is the text between its offsets; positions count from 0."""
    text = "§ 34 BauGB: Rhein-Erft"
    tokens = list(tokenize(text))
    assert [token.surface for token in tokens] == ["34", "BauGB", "Rhein", "Erft"]
    assert all(text[token.start : token.end] == token.surface for token in tokens)
    assert [token.position for token in tokens] == [0, 1, 2, 3]


def test_stop_word_lists_have_comments_and_are_folded() -> None:
    """An operator's list may have comments and umlauts."""
    assert parse_stop_words(["# Liste", "für  über # mehr", ""]) == {"fuer", "ueber"}


def test_the_list_in_config_is_the_built_in_one() -> None:
    """Whoever copies config/stopwords.txt starts from what is in force."""
    text = (Path(__file__).parent.parent / "config" / "stopwords.txt").read_text(encoding="utf-8")
    assert parse_stop_words(text.splitlines()) == GERMAN_STOP_WORDS
