"""The vocabulary of a snapshot: the words of its segments, and how documents spell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from analyzers import GermanAnalysis, surfaces
from index.query.vocabulary import WORD_FIELDS
from index.segments.snapshot import Segment, Snapshot

MAX_DOCS_READ = 3
"""Documents of a segment that are read for the spelling of a word with capitals and umlauts."""


class SnapshotVocabulary:
    """Implements ``index.query.vocabulary.Vocabulary``."""

    def __init__(self, snapshot: Snapshot, analysis: GermanAnalysis) -> None:
        self._snapshot = snapshot
        self._analysis = analysis
        # Asked for some hundred times in a search.
        self.document_frequency = snapshot.document_frequency
        self.live_frequency = snapshot.live_frequency

    def words_near(self, word: str, max_edits: int) -> Mapping[str, int]:
        """Return the words within ``max_edits`` of a folded one, and how far each is."""
        distances: dict[str, int] = {}
        for segment in self._snapshot.segments:
            for field in WORD_FIELDS:
                for beginning in dict.fromkeys(word[:2]):
                    terms = segment.data.terms_of_length(field, beginning, len(word) - max_edits, len(word) + max_edits)
                    near = process.extract(word, terms, scorer=OSA.distance, score_cutoff=max_edits, limit=None)
                    distances.update((term, int(distance)) for term, distance, _ in near)
        return distances

    def words_beginning(self, beginning: str, limit: int) -> Sequence[str]:
        """Return at most ``limit`` words of texts with a beginning, those of most documents first."""
        counts: dict[str, int] = {}
        for segment in self._snapshot.segments:
            for term, count in segment.data.most_frequent("text_word", beginning, limit):
                counts[term] = counts.get(term, 0) + count
        return sorted(counts, key=lambda term: (-counts[term], term))

    def as_written(self, word: str) -> str:
        """Return a folded word as a document that can be found spells it."""
        for segment in self._snapshot.segments:
            for field in WORD_FIELDS:
                for doc in segment.live_docs(field, word)[:MAX_DOCS_READ].tolist():
                    for surface in surfaces(_text_around(word, field, segment, doc)):
                        if self._analysis.form(surface).word == word and not surface.isupper():
                            return surface
        return word


def _text_around(word: str, field: str, segment: Segment, doc: int) -> str:
    stored = segment.stored(doc)
    if field == "title_word":
        return stored.document().title
    position = segment.data.text_positions([(field, word)], [doc])[doc][0][0]
    return stored.text().excerpt(position, position)[0]
