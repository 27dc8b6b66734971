"""Surface forms: each distinct spelling of a word is numbered once and analysed once, whatever the number of documents.

A form yields a lexeme: its word, its stem, and the stems of its parts (``index.segments.lexemes``).
"""

from __future__ import annotations

from array import array

import numpy as np

from analyzers import Form, GermanAnalysis
from analyzers.bulk import WordNumbers
from index.segments.array_file import Array
from index.segments.doc_sets import runs
from index.segments.lexemes import Side, compacted, starts_of
from index.segments.sorting import stable_order

MAX_FORMS = 500_000
"""A table with more forms, about 300 bytes each, is thrown away after the segment that needed it."""


_STAND_IN = Form("\ufffd", "\ufffd", ())
"""What a form that cannot be analysed is found by: nothing, because the documents that have it are left out."""


class SurfaceForms:
    """Remembers what analysis makes of each surface form; ``words`` numbers them. Not thread-safe.

    ``failures``: the error of each form, by number, that analysis failed on.
    """

    def __init__(self, analysis: GermanAnalysis) -> None:
        self.analysis = analysis
        self.words = WordNumbers()
        self.failures: dict[int, Exception] = {}
        self._lexeme_of = array("i")
        self._lexemes: dict[Form, int] = {}
        self._words: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._parts: dict[str, int] = {}
        # By lexeme; the parts of all one after the other, and where each lexeme's begin.
        self._word_of, self._stem_of, self._parts_of = array("i"), array("i"), array("i")
        self._part_starts = array("q", [0])

    def __len__(self) -> int:
        return len(self.words)

    def analyze(self) -> None:
        """Analyse the forms that are new since the last time."""
        for number, surface in enumerate(self.words.surfaces()[len(self._lexeme_of) :], start=len(self._lexeme_of)):
            try:
                surface.encode()  # or the segment could not be written
                form = self.analysis.form(surface)
            except MemoryError:
                raise
            except Exception as error:  # analysis is meant to be total; if it is not, one word must not stop all others
                self.failures[number] = error
                form = _STAND_IN
            lexeme = self._lexemes.setdefault(form, len(self._lexemes))
            if lexeme == len(self._word_of):
                word, stem, parts = form
                self._parts_of.extend([self._parts.setdefault(part, len(self._parts)) for part in parts if part])
                self._part_starts.append(len(self._parts_of))
                self._word_of.append(self._words.setdefault(word, len(self._words)))
                self._stem_of.append(self._stems.setdefault(stem, len(self._stems)))
            self._lexeme_of.append(lexeme)

    def sides(self, forms: Array, count: int) -> tuple[list[Side], Array]:
        """Return the lexemes of tokens given by their forms: the first ``count`` sides, and each token's (int32)."""
        lexeme_of, word_of = np.array(self._lexeme_of, np.int32), np.array(self._word_of, np.int32)
        if count == 1:
            side, lexemes = Side.of_terms(list(self._words), word_of[lexeme_of[forms]])
            return [side], lexemes
        used, places = compacted(lexeme_of[forms], len(self._word_of))
        words = Side.of(list(self._words), word_of[used])
        order = stable_order(words.numbers)
        rank = np.empty(len(order), dtype=np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        sides = [Side(words.terms, words.numbers[order], words.starts)]
        used = used[order]
        sides.append(Side.of(list(self._stems), np.array(self._stem_of, np.int32)[used]))
        if count > len(sides):
            starts = np.array(self._part_starts, np.int64)
            counts = np.diff(starts)[used]
            numbers = np.array(self._parts_of, np.int32)[runs(starts[used], counts)]
            sides.append(Side.of(list(self._parts), numbers, starts_of(counts)))
        return sides, rank[places]
