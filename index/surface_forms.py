"""Surface forms: each distinct spelling of a word is numbered once and analysed once, whatever the number of documents.

A form yields a lexeme (its word and its stem, ``index.inversion``) for the field it stands in, and terms for derived
fields. Analysis returns them as one tuple: the word, the stem, then one tuple of terms per derived field.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np

from analyzers import GermanAnalysis
from index.array_file import Array
from index.doc_sets import runs
from index.inversion import lexeme_key

MAX_FORMS = 500_000
"""A table with more forms, about 300 bytes each, is thrown away after the segment that needed it."""


@dataclass(frozen=True, slots=True)
class DerivedField:
    """A field whose terms are made of the words of other fields (``sources``); it has no positions."""

    name: str
    sources: tuple[str, ...]


DERIVED_FIELDS: tuple[DerivedField, ...] = ()
"""In the order in which analysis returns their terms, after the word and the stem."""


class FormRejected(Exception):
    """Analysis failed on a surface form, given by its number; the cause is the error."""

    def __init__(self, number: int) -> None:
        super().__init__(f"form {number}")
        self.number = number


class _Numbers(dict[Any, int]):
    """Numbers things in the order they are first seen."""

    def __missing__(self, thing: Any) -> int:
        number = self[thing] = len(self)
        return number


class SurfaceForms:
    """Numbers surface forms and remembers what analysis makes of each. Not thread-safe."""

    def __init__(self, analysis: GermanAnalysis) -> None:
        self._analysis = analysis
        self._surfaces = _Numbers()
        self.number = self._surfaces.__getitem__
        self._lexemes = _Numbers()
        self._words = _Numbers()
        self._lexeme_of = array("i")
        self._word_of = array("i")
        self._derived = [_DerivedTerms() for _ in DERIVED_FIELDS]

    def __len__(self) -> int:
        return len(self._surfaces)

    def analyze(self) -> None:
        """Analyse the forms that are new since the last time. Raises ``FormRejected``."""
        new = list(self._surfaces)[len(self._lexeme_of) :]
        for surface in new:
            try:
                terms: tuple[Any, ...] = self._analysis.form(surface)
                key = lexeme_key(terms[0], terms[1])
            except Exception as error:
                raise FormRejected(self._surfaces[surface]) from error
            self._lexeme_of.append(self._lexemes[key])
            self._word_of.append(self._words[terms[0]])
            for derived, found in zip(self._derived, terms[2:], strict=True):
                derived.add(found)

    def lexemes(self) -> tuple[Array, list[bytes]]:
        """Return the number of each form's lexeme (int32), and the lexemes' keys by number."""
        return _as_array(self._lexeme_of), list(self._lexemes)

    def words(self) -> tuple[Array, list[bytes]]:
        """Return the number of each form's word (int32), and the words by number."""
        return _as_array(self._word_of), [word.encode() for word in self._words]

    def derived(self, at: int, forms: Array, docs: Array) -> tuple[Array, Array, list[bytes]]:
        """Return the terms that tokens have in a derived field, the document of each, and the terms by number."""
        return self._derived[at].of(forms, docs)


class _DerivedTerms:
    """A derived field's terms of every form: none, one or several."""

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._starts = array("i", [0])
        self._terms = array("i")

    def add(self, terms: tuple[str, ...]) -> None:
        self._terms.extend(map(self._numbers.__getitem__, terms))
        self._starts.append(len(self._terms))

    def of(self, forms: Array, docs: Array) -> tuple[Array, Array, list[bytes]]:
        starts = _as_array(self._starts)
        counts = np.diff(starts)
        has_terms = counts[forms] > 0
        forms, docs = forms[has_terms], docs[has_terms]
        per_token = counts[forms]
        at = runs(starts[forms], per_token)
        return _as_array(self._terms)[at], np.repeat(docs, per_token), [term.encode() for term in self._numbers]


def _as_array(values: array[int]) -> Array:
    # Copied: an array that is exported cannot grow.
    return np.array(values, dtype=np.int32)
