"""The German chains, index side and query side next to each other.

Two terms are made of each surface form, for two fields of the index:

=========  ==========================================  =========================================================
field      chain                                       used for
=========  ==========================================  =========================================================
word       fold_word                                   exact search, prefixes, wildcards, typing errors, suggestions
stem       fold_word, restore_umlauts, stem            everything else
=========  ==========================================  =========================================================

Index side and query side run the same chains over the same tokens; they differ only in what a query adds: whether a
word is a stop word, and which words were written as one ("2013/0456").

A text of millions of words has few hundred thousand distinct forms, so the chains run once per form and the rest is a
dictionary look-up; the cache is bounded and shared by both sides.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from analyzers.cleanup import clean_text
from analyzers.folding import fold_word, restore_umlauts
from analyzers.stemming import STEMMERS, make_stemmer, stemmer_version
from analyzers.stop_words import GERMAN_STOP_WORDS, is_stop_word
from analyzers.tokens import surfaces, tokenize

ANALYSIS_VERSION = 1
"""Raise when any chain's output changes; the index is then built anew."""

MAX_TERM_CHARS = 100
"""Longer runs of letters are no words; they are cut here so that they cannot bloat the term dictionary."""

CACHED_FORMS = 1_000_000
"""Distinct surface forms remembered, about 200 bytes each at most; when full, the cache starts over."""

__all__ = ["STEMMERS", "GermanAnalysis", "QueryWord", "Step"]


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A word of a query. ``group``: words written without a space between share it and must stand together."""

    surface: str
    word: str
    stem: str
    is_stop: bool
    group: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the analysis of a text, for people who wonder why something matched."""

    name: str
    output: tuple[str, ...]


class _FormCache(dict[str, tuple[str, str]]):
    """Surface form -> (word, stem), computed on first use."""

    def __init__(self, analyze: Callable[[str], tuple[str, str]]) -> None:
        super().__init__()
        self._analyze = analyze

    def __missing__(self, surface: str) -> tuple[str, str]:
        if len(self) >= CACHED_FORMS:
            self.clear()
        terms = self[surface] = self._analyze(surface)
        return terms


class GermanAnalysis:
    """The configured analysis. Thread-safe. Raises ``ValueError`` for an unknown stemmer."""

    def __init__(self, stemmer: str = "pystemmer", stop_words: frozenset[str] = GERMAN_STOP_WORDS) -> None:
        self._stemmer = stemmer
        self._stem = make_stemmer(stemmer)
        self._stemmer_version = stemmer_version(stemmer)
        self._stop_words = stop_words
        self._forms = _FormCache(self._analyze_form)

    def __reduce__(self) -> tuple[type[GermanAnalysis], tuple[str, frozenset[str]]]:
        """Let worker processes make the same analysis; what it has cached stays here."""
        return GermanAnalysis, (self._stemmer, self._stop_words)

    @property
    def fingerprint(self) -> str:
        """Stable hash of everything that decides the terms in the index: chains, versions, Unicode data.

        Stop words are not part of it, because they act on queries only.
        """
        parts = (f"analysis {ANALYSIS_VERSION}", self._stemmer_version, f"unicode {unicodedata.unidata_version}")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def index_terms(self, text: str) -> tuple[list[str], list[str]]:
        """Return the words and the stems of a cleaned text; entry i of both is the token at position i."""
        forms = self._forms
        pairs = [forms[surface] for surface in surfaces(text)]
        return [word for word, _ in pairs], [stem for _, stem in pairs]

    def query_words(self, text: str) -> list[QueryWord]:
        """Return the words of a piece of a query, in order, grouped by the spaces between them."""
        cleaned = clean_text(text)
        words: list[QueryWord] = []
        previous_end = group = 0
        for token in tokenize(cleaned):
            between = cleaned[previous_end : token.start]
            if not between or any(char.isspace() for char in between):
                group += 1
            previous_end = token.end
            word, stem = self._forms[token.surface]
            words.append(QueryWord(token.surface, word, stem, is_stop_word(token.surface, self._stop_words), group))
        return words

    def form(self, surface: str) -> tuple[str, str]:
        """Return (word, stem) of one surface form, as both sides see it."""
        return self._forms[surface]

    def explain(self, text: str) -> list[Step]:
        """Return what each step of the chains makes of ``text``, in order."""
        cleaned = clean_text(text)
        tokens = [token.surface for token in tokenize(cleaned)]
        words = self.query_words(text)
        runs = [[word.surface for word in run] for _, run in groupby(words, key=lambda word: word.group)]
        return [
            Step("clean-up", (cleaned,)),
            Step("tokens", tuple(tokens)),
            Step("word", tuple(self._forms[token][0] for token in tokens)),
            Step("stem", tuple(self._forms[token][1] for token in tokens)),
            Step("stop words", tuple(word.surface for word in words if word.is_stop)),
            Step("must stand together", tuple("+".join(run) for run in runs if len(run) > 1)),
        ]

    def _analyze_form(self, surface: str) -> tuple[str, str]:
        word = fold_word(surface)[:MAX_TERM_CHARS]
        stem = self._stem(restore_umlauts(word)) or word
        return word, stem
