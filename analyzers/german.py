"""The German chains, index side and query side next to each other.

Of each surface form come terms for three fields of the index:

=====  ==========================================  ==================================================================
field  chain                                       used for
=====  ==========================================  ==================================================================
word   fold_word                                   exact search, prefixes, wildcards, typing errors, suggestions
stem   fold_word, base form or stem                everything else
part   parts_of, base form or stem of each part    words inside of words, at a lower weight
=====  ==========================================  ==================================================================

The third also has the terms that span several tokens (``analyzers.spanning``): references, dates, hyphenated names.

Index side and query side run the same chains over the same tokens. Only the index takes words apart; only a query knows
stop words, and which words were written as one ("2013/0456").

A text of millions of words has few hundred thousand distinct forms, so the chains run once per form and the rest is a
dictionary look-up; the cache is bounded and shared by both sides.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from analyzers.abbreviations import in_full
from analyzers.cleanup import clean_text
from analyzers.compounds import TAKES_S, split
from analyzers.derivation import derived_stems
from analyzers.folding import fold_word
from analyzers.lexicon import lexicon_version
from analyzers.nouns import part_base_form, with_base_forms
from analyzers.orthography import modern_spelling
from analyzers.parts import parts_of
from analyzers.spanning import spanning_terms
from analyzers.stemming import STEMMERS, Stemmer, make_stemmer, stemmer_version
from analyzers.stop_words import GERMAN_STOP_WORDS, is_stop_word
from analyzers.synonyms import Stems, Synonyms, built_in_synonyms, parse_synonyms
from analyzers.tokens import surfaces, tokenize

ANALYSIS_VERSION = 8
"""Raise when any chain's output changes; the index is then built anew."""

MAX_TERM_CHARS = 100
"""Longer runs of letters are no words; they are cut here so that they cannot bloat the term dictionary."""

CACHED_FORMS = 1_000_000
"""Distinct surface forms remembered, about 300 bytes each at most; when full, the cache starts over."""

CACHED_PARTS = 100_000
"""Parts of words whose stems are remembered: far fewer than there are words."""

_LINKING_S = re.compile(rf"(?:{'|'.join(TAKES_S)})s(?=[^s])")

__all__ = ["STEMMERS", "GermanAnalysis", "QueryWord", "Step"]


class Form(NamedTuple):
    """What a surface form is found by: its folded spelling, its stem, and the stems of its parts (mostly none)."""

    word: str
    stem: str
    parts: tuple[str, ...]


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


class _FormCache(dict[str, Form]):
    """Surface form -> its terms, computed on first use."""

    def __init__(self, analyze: Callable[[str], Form]) -> None:
        super().__init__()
        self._analyze = analyze

    def __missing__(self, surface: str) -> Form:
        if len(self) >= CACHED_FORMS:
            self.clear()
        terms = self[surface] = self._analyze(surface)
        return terms


class GermanAnalysis:
    """The configured analysis. Thread-safe. Raises ``ValueError`` for an unknown stemmer.

    ``synonyms``: lines of a list (None: the built-in one); ``changed_synonyms`` returns the lines of a newer one, or
    None, each time it is called. Raises ``SynonymsError``. ``base_forms``, ``compounds`` and ``spanning`` switch off
    what they name, to measure what it is worth.
    """

    def __init__(
        self,
        stemmer: str = "pystemmer",
        stop_words: frozenset[str] = GERMAN_STOP_WORDS,
        *,
        synonyms: Iterable[str] | None = None,
        changed_synonyms: Callable[[], Iterable[str] | None] = lambda: None,
        base_forms: bool = True,
        compounds: bool = True,
        spanning: bool = True,
    ) -> None:
        self._stemmer = stemmer
        stem = make_stemmer(stemmer)
        self._base_forms = base_forms
        if base_forms:
            stem = with_base_forms(stem)
        self._stem: Stemmer = lambda word: stem(modern_spelling(word))
        self._part_stem = lru_cache(CACHED_PARTS)(lambda part: part_base_form(modern_spelling(part), stem))
        self._compounds = compounds
        self._spanning = spanning
        self._stemmer_version = stemmer_version(stemmer)
        self._stop_words = stop_words
        self._forms = _FormCache(self._analyze_form)
        self._changed_synonyms = changed_synonyms
        self._set_synonyms(built_in_synonyms() if synonyms is None else synonyms)

    def __reduce__(self) -> tuple[Callable[..., GermanAnalysis], tuple[str, bool, bool, bool]]:
        """Let worker processes make what indexing needs of the same analysis; what it has cached stays here."""
        return _for_indexing, (self._stemmer, self._base_forms, self._compounds, self._spanning)

    @property
    def fingerprint(self) -> str:
        """Stable hash of everything that decides the terms in the index: chains, versions, Unicode data.

        Stop words are not part of it, because they act on queries only.
        """
        switches = f"base forms {self._base_forms}, compounds {self._compounds}, spanning {self._spanning}"
        unicode_version = f"unicode {unicodedata.unidata_version}"
        parts = (f"analysis {ANALYSIS_VERSION}", self._stemmer_version, lexicon_version(), switches, unicode_version)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def index_terms(self, text: str) -> tuple[list[str], list[str]]:
        """Return the words and the stems of a cleaned text; entry i of both is the token at position i."""
        forms = self._forms
        found = [forms[surface] for surface in surfaces(text)]
        return [form.word for form in found], [form.stem for form in found]

    def spanning_terms(self, text: str) -> list[str]:
        """Return the terms that span several tokens of a cleaned text, or of a piece of a query, folded."""
        return spanning_terms(text) if self._spanning else []

    def spanning_stems(self, text: str) -> list[str]:
        """Return the stems of ``spanning_terms``."""
        return list(map(self.stem, self.spanning_terms(text)))

    @property
    def synonyms(self) -> Synonyms:
        """What else is searched for, by the stems of what was typed."""
        return self._synonyms

    @property
    def query_version(self) -> str:
        """What identifies how queries are understood, beyond what ``fingerprint`` says; changes with the synonyms."""
        return self._query_version

    def refresh(self) -> None:
        """Take over synonyms that changed."""
        lines = self._changed_synonyms()
        if lines is not None:
            self._set_synonyms(lines)

    def _set_synonyms(self, lines: Iterable[str]) -> None:
        self._synonyms = parse_synonyms(lines, self.stems)
        self._query_version = hashlib.sha256(
            repr([sorted(each.items()) for each in self._synonyms]).encode()
        ).hexdigest()[:8]

    def stems(self, text: str) -> Stems:
        """Return the stems of the words of a short text."""
        return tuple(self._forms[surface].stem for surface in surfaces(clean_text(text)))

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
            form = self._forms[token.surface]
            is_stop = is_stop_word(token.surface, self._stop_words)
            words.append(QueryWord(token.surface, form.word, form.stem, is_stop, group))
        return words

    def form(self, surface: str) -> Form:
        """Return what one surface form is found by, as both sides see it."""
        return self._forms[surface]

    def stem(self, word: str) -> str:
        """Return the stem of a folded word; of what is no word (2013/456), itself."""
        return self._stem(word) if word.isalpha() else word

    def derived_stems(self, surface: str) -> list[str]:
        """Return the stems of verbs made of a query's noun, or of nouns made of its verb; mostly none."""
        return derived_stems(self._forms[surface].word, self._stem) if self._base_forms else []

    def halves(self, surface: str) -> list[tuple[str, str]]:
        """Return the stems of the two halves of a query's word, for each place where it can be cut; mostly none."""
        return [(self._part_stem(first), self._part_stem(second)) for first, second in self._cuts(surface)]

    def linked_otherwise(self, surface: str) -> list[str]:
        """Return the stems of a query's compound with an s between its parts, or without: Schaden(s)ersatz.

        Writers disagree about it. What is no word that anybody writes is simply not found.
        """
        surface = in_full(surface)
        word = fold_word(surface)
        others = [
            (first[:-1] if first.endswith("s") else f"{first}s") + second for first, second in self._cuts(surface)
        ]
        # "Vergnügungsteuer" is not split, because its s could be the linking one.
        others += [word[: link.end()] + "s" + word[link.end() :] for link in _LINKING_S.finditer(word)]
        return list(dict.fromkeys(map(self._stem, others))) if self._compounds else []

    def _cuts(self, surface: str) -> list[tuple[str, str]]:
        """Return the two halves of a query's word, folded, for each place where it can be cut; mostly none."""
        parts = split(surface[:1].upper() + surface[1:]) if self._compounds else ()
        return [("".join(parts[:cut]), "".join(parts[cut:])) for cut in range(1, len(parts))]

    def explain(self, text: str) -> list[Step]:
        """Return what each step of the chains makes of ``text``, in order; from "stop words" on, of a query only."""
        cleaned = clean_text(text)
        tokens = [token.surface for token in tokenize(cleaned)]
        words = self.query_words(text)
        runs = [[word.surface for word in run] for _, run in groupby(words, key=lambda word: word.group)]
        return [
            Step("clean-up", (cleaned,)),
            Step("tokens", tuple(tokens)),
            Step("word", tuple(self._forms[token].word for token in tokens)),
            Step("stem", tuple(self._forms[token].stem for token in tokens)),
            Step("parts", tuple(part for token in tokens for part in self._forms[token].parts)),
            Step("spanning several words", tuple(self.spanning_stems(cleaned))),
            Step("stop words", tuple(word.surface for word in words if word.is_stop)),
            Step("must stand together", tuple("+".join(run) for run in runs if len(run) > 1)),
            Step(
                "synonyms",
                tuple(
                    synonym
                    for run in runs
                    for found in self.synonyms
                    for synonym in found.get(self.stems(" ".join(run)), ())
                ),
            ),
            Step("verbs and nouns", tuple(stem for token in tokens for stem in self.derived_stems(token))),
            Step("linked otherwise", tuple(stem for token in tokens for stem in self.linked_otherwise(token))),
            Step("near each other", tuple("+".join(pair) for token in tokens for pair in self.halves(token))),
        ]

    def _analyze_form(self, surface: str) -> Form:
        word = whole = fold_word(surface)[:MAX_TERM_CHARS]
        if (written_out := in_full(surface)) != surface:
            surface = written_out
            whole = fold_word(surface)[:MAX_TERM_CHARS]
        stem = self._stem(whole)
        parts = parts_of(surface[:MAX_TERM_CHARS]) if self._compounds else ()
        if parts:
            stems = dict.fromkeys(map(self._part_stem, parts))
            stems.pop(stem, None)
            parts = tuple(stems)
        return Form(word, stem, parts)


def _for_indexing(stemmer: str, base_forms: bool, compounds: bool, spanning: bool) -> GermanAnalysis:
    return GermanAnalysis(stemmer, synonyms=(), base_forms=base_forms, compounds=compounds, spanning=spanning)
