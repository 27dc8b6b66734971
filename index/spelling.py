"""Did-you-mean: a better spelling of a query, made of words that occur, offered only when it finds more.

Candidates are the words of the index of about the same length that begin with the first or the second letter of what
was typed, so that a letter too many, missing or swapped at the beginning is corrected too. They are ranked by optimal
string alignment distance (a transposition is one error), then by how many documents have them.

Documents have typing errors, too: for a word of a few documents, a spelling that differs in one letter and is far more
frequent is offered as well, while what was typed is searched for.

Limits: a wrong first letter and words that were split or joined are not corrected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice, product

from rapidfuzz import process
from rapidfuzz.distance import OSA

from analyzers import GermanAnalysis, surfaces
from index.engine import Suggestion
from index.fields import TEXT_FIELDS
from index.plan import TypedWord
from index.planning import max_edits
from index.snapshot import Segment, Snapshot

MAX_CANDIDATES = 3
"""Corrections tried per word."""
MAX_COMBINATIONS = 5
"""Corrected queries that are counted at most."""
MAX_DOCS_READ = 3
"""Documents that are read for the spelling of a word with capitals and umlauts."""
MIN_CHARS = 4
"""Shorter words are not corrected: too many others are near."""

RARE_DOCS = 5
"""A word of at most so many documents may be a typing error of theirs."""
MORE_FREQUENT = 50
"""How many times as many documents must have the spelling that is offered instead."""

_FIELDS = ("text_word", "title_word")


def did_you_mean(
    q: str,
    typed_words: Sequence[TypedWord],
    snapshot: Snapshot,
    analysis: GermanAnalysis,
    count: Callable[[str], int],
    found: int = 0,
) -> Suggestion | None:
    """Return the first corrected query with more hits than the query ``found``, or None.

    Words that no document has are corrected and, where the query found something, rare ones too. ``count`` counts
    a query under the search's filters.
    """
    known = {word: _document_frequency(word.word, snapshot) for word in typed_words if _may_be_wrong(word)}
    corrections = {
        word: candidates
        for word, documents in known.items()
        if (not documents and (candidates := corrections_of(word.word, snapshot)))
        or (found and 0 < documents <= RARE_DOCS and (candidates := _far_more_frequent(word.word, documents, snapshot)))
    }
    if not corrections:
        return None
    for choice in islice(product(*corrections.values()), MAX_COMBINATIONS):
        corrected = q
        for word, replacement in sorted(zip(corrections, choice, strict=True), key=lambda pair: -pair[0].start):
            surface = as_written(replacement, snapshot, analysis)
            corrected = corrected[: word.start] + surface + corrected[word.end :]
        if (total := count(corrected)) > found:
            return Suggestion(corrected, total)
    return None


def _may_be_wrong(word: TypedWord) -> bool:
    return len(word.word) >= MIN_CHARS and word.word.isalpha()


def _document_frequency(word: str, snapshot: Snapshot) -> int:
    return max(snapshot.document_frequency(field.word_name, word) for field in TEXT_FIELDS)


def _far_more_frequent(word: str, documents: int, snapshot: Snapshot) -> list[str]:
    """Return the likeliest other spellings of a word that some documents have, with one error in it."""
    return [
        other
        for other in corrections_of(word, snapshot, max_distance=1)
        if _document_frequency(other, snapshot) >= MORE_FREQUENT * documents
    ]


def corrections_of(word: str, snapshot: Snapshot, max_distance: int | None = None) -> list[str]:
    """Return the likeliest other spellings of a folded word, best first; at most ``MAX_CANDIDATES``."""
    edits = max_edits(word) if max_distance is None else max_distance
    distances: dict[str, int] = {}
    for segment in snapshot.segments:
        for field in _FIELDS:
            for beginning in dict.fromkeys(word[:2]):
                terms = segment.data.terms_of_length(field, beginning, len(word) - edits, len(word) + edits)
                near = process.extract(word, terms, scorer=OSA.distance, score_cutoff=edits, limit=None)
                distances.update((term, int(distance)) for term, distance, _ in near)
    distances.pop(word, None)
    frequency = {term: snapshot.document_frequency("text_word", term) for term in distances if term.isalpha()}
    return sorted(frequency, key=lambda term: (distances[term], -frequency[term], term))[:MAX_CANDIDATES]


def as_written(word: str, snapshot: Snapshot, analysis: GermanAnalysis) -> str:
    """Return a folded word as a document spells it: "bruehl" is Brühl."""
    for segment in snapshot.segments:
        for field in _FIELDS:
            for doc in segment.data.docs(field, word)[:MAX_DOCS_READ].tolist():
                for surface in surfaces(_text_around(word, field, segment, doc)):
                    if analysis.form(surface).word == word and not surface.isupper():
                        return surface
    return word


def _text_around(word: str, field: str, segment: Segment, doc: int) -> str:
    stored = segment.stored(doc)
    if field == "title_word":
        return stored.document().title
    position = segment.data.text_positions([(field, word)], [doc])[doc][0][0]
    return stored.text().excerpt(position, position)[0]
