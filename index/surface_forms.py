"""Surface forms: each distinct spelling of a word is numbered once and analysed once, whatever the number of documents.

A form yields a lexeme (its word, its stem, and the stems of its parts, ``index.inversion``) for the field it stands in.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np

from analyzers import GermanAnalysis
from index.array_file import Array
from index.inversion import lexeme_key

MAX_FORMS = 500_000
"""A table with more forms, about 300 bytes each, is thrown away after the segment that needed it."""


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
        self.analysis = analysis
        self._surfaces = _Numbers()
        self.number = self._surfaces.__getitem__
        self._lexemes = _Numbers()
        self._words = _Numbers()
        self._lexeme_of = array("i")
        self._word_of = array("i")

    def __len__(self) -> int:
        return len(self._surfaces)

    def analyze(self) -> None:
        """Analyse the forms that are new since the last time. Raises ``FormRejected``."""
        new = list(self._surfaces)[len(self._lexeme_of) :]
        for surface in new:
            try:
                form = self.analysis.form(surface)
                key = lexeme_key(*form)
            except Exception as error:
                raise FormRejected(self._surfaces[surface]) from error
            self._lexeme_of.append(self._lexemes[key])
            self._word_of.append(self._words[form.word])

    def lexemes(self) -> tuple[Array, list[bytes]]:
        """Return the number of each form's lexeme (int32), and the lexemes' keys by number."""
        return _as_array(self._lexeme_of), list(self._lexemes)

    def words(self) -> tuple[Array, list[bytes]]:
        """Return the number of each form's word (int32), and the words by number."""
        return _as_array(self._word_of), [word.encode() for word in self._words]


def _as_array(values: array[int]) -> Array:
    # Copied: an array that is exported cannot grow.
    return np.array(values, dtype=np.int32)
