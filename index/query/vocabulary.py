"""The protocol of a vocabulary: what planning, spelling and completions ask of an index about its words.

Every engine has one for the state of the index that a search runs on. Fields are those of the index (``title``,
``text_word``, ``text_part`` …).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

WORD_FIELDS = ("text_word", "title_word")
"""Fields whose terms are words that may be offered to people."""


class Vocabulary(Protocol):
    """The words of one state of an index."""

    def document_frequency(self, field: str, term: str) -> int:
        """Return the number of documents with a term; deleted ones may count, since it only tells how rare it is."""
        ...

    def live_frequency(self, field: str, term: str) -> int:
        """Return the number of documents with a term that can be found: what was deleted must not show."""
        ...

    def words_near(self, word: str, max_edits: int) -> Mapping[str, int]:
        """Return the words within ``max_edits`` of a folded one, and how far each is (optimal string alignment).

        Only words that begin with one of its first two letters; deleted documents may have contributed some.
        """
        ...

    def words_beginning(self, beginning: str, limit: int) -> Sequence[str]:
        """Return at most ``limit`` words of texts with a beginning, those of most documents (deleted too) first."""
        ...

    def as_written(self, word: str) -> str:
        """Return a folded word as a document that can be found spells it: "bruehl" is Brühl."""
        ...
