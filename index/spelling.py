"""Did-you-mean: a better spelling of a query, made of words that occur, offered only when it finds something.

Candidates come from Whoosh's Levenshtein automaton over the term dictionary, with the first letter fixed, and are
ranked by optimal string alignment distance (a transposition is one error), then by how many documents have them.

Limits: a typing error in the first letter and words that were split or joined are not corrected; a misspelt word that
occurs in some document counts as right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice, product

from rapidfuzz.distance import OSA

from analyzers import GermanAnalysis, tokenize
from index.engine import Suggestion
from index.fields import TEXT_FIELDS
from index.planning import TypedWord, max_edits
from index.snapshot import Segment, Snapshot

MAX_CANDIDATES = 3
"""Corrections tried per word."""
MAX_COMBINATIONS = 5
"""Corrected queries that are counted at most."""


def did_you_mean(
    q: str,
    typed_words: Sequence[TypedWord],
    snapshot: Snapshot,
    analysis: GermanAnalysis,
    count: Callable[[str], int],
) -> Suggestion | None:
    """Return the first corrected query with hits, or None. ``count`` counts a query under the search's filters."""
    corrections = {word: _corrections(word.word, snapshot) for word in typed_words if _needs_correction(word, snapshot)}
    corrections = {word: candidates for word, candidates in corrections.items() if candidates}
    if not corrections:
        return None
    for choice in islice(product(*corrections.values()), MAX_COMBINATIONS):
        corrected = q
        for word, replacement in sorted(zip(corrections, choice, strict=True), key=lambda pair: -pair[0].start):
            surface = _as_written(replacement, snapshot, analysis)
            corrected = corrected[: word.start] + surface + corrected[word.end :]
        if total := count(corrected):
            return Suggestion(corrected, total)
    return None


def _needs_correction(word: TypedWord, snapshot: Snapshot) -> bool:
    if len(word.word) < 4 or not word.word.isalpha():
        return False
    return not any(snapshot.document_frequency(field.word_name, word.word) for field in TEXT_FIELDS)


def _corrections(word: str, snapshot: Snapshot) -> list[str]:
    edits = max_edits(word)
    candidates: set[str] = set()
    for segment in snapshot.segments:
        for field in ("text_word", "title_word"):
            # The automaton counts a transposition as two edits, so it has to look further than we accept.
            candidates.update(segment.data.terms_within(field, word, 2, 1))
    distances = {term: OSA.distance(word, term) for term in candidates if term.isalpha()}
    near = [term for term, distance in distances.items() if distance <= edits]
    frequency = {term: snapshot.document_frequency("text_word", term) for term in near}
    return sorted(near, key=lambda term: (distances[term], -frequency[term], term))[:MAX_CANDIDATES]


def _as_written(word: str, snapshot: Snapshot, analysis: GermanAnalysis) -> str:
    """Return a folded word as a document spells it: "bruehl" is Brühl."""
    for segment in snapshot.segments:
        for field in ("text_word", "title_word"):
            for doc in segment.data.docs(field, word)[:3].tolist():
                for token in chain.from_iterable(map(tokenize, _texts(segment, doc))):
                    if analysis.form(token.surface)[0] == word and not token.surface.isupper():
                        return token.surface
    return word


def _texts(segment: Segment, doc: int) -> Iterator[str]:
    stored = segment.stored(doc)
    yield stored.document().title
    yield from stored.text().pages()
