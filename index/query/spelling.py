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

from index.query.fields import TEXT_FIELDS
from index.query.plan import TypedWord
from index.query.vocabulary import WORD_FIELDS, Vocabulary
from index.query.words import max_edits

MAX_CANDIDATES = 3
"""Corrections tried per word."""
MAX_COMBINATIONS = 5
"""Corrected queries that are counted at most."""
MIN_CHARS = 4
"""Shorter words are not corrected: too many others are near."""

RARE_DOCS = 5
"""A word of at most so many documents may be a typing error of theirs."""
MORE_FREQUENT = 50
"""How many times as many documents must have the spelling that is offered instead."""


def did_you_mean(
    q: str,
    typed_words: Sequence[TypedWord],
    vocabulary: Vocabulary,
    count: Callable[[str], int],
    found: int = 0,
) -> str | None:
    """Return the first corrected query with more hits than the query ``found``, or None.

    Words that no document has are corrected and, where the query found something, rare ones too. ``count`` counts
    the hits of a query; when the query and all its corrections have none, the likeliest one is returned.
    """
    known = {word: _document_frequency(word.word, vocabulary) for word in typed_words if _may_be_wrong(word)}
    corrections = {
        word: candidates
        for word, documents in known.items()
        if (not documents and (candidates := corrections_of(word.word, vocabulary)))
        or (
            found
            and 0 < documents <= RARE_DOCS
            and (candidates := _far_more_frequent(word.word, documents, vocabulary))
        )
    }
    if not corrections:
        return None
    likeliest = None
    for choice in islice(product(*corrections.values()), MAX_COMBINATIONS):
        corrected = q
        for word, replacement in sorted(zip(corrections, choice, strict=True), key=lambda pair: -pair[0].start):
            surface = vocabulary.as_written(replacement)
            if surface.casefold() != corrected[word.start : word.end].casefold():  # else no other spelling to a reader
                corrected = corrected[: word.start] + surface + corrected[word.end :]
        if corrected == q:
            continue
        if count(corrected) > found:
            return corrected
        likeliest = likeliest or corrected
    return None if found else likeliest


def _may_be_wrong(word: TypedWord) -> bool:
    return len(word.word) >= MIN_CHARS and word.word.isalpha()


def _document_frequency(word: str, vocabulary: Vocabulary) -> int:
    """Return the number of documents that can be found by a word: what was deleted or taken down must not show."""
    return max(vocabulary.live_frequency(field.word_name, word) for field in TEXT_FIELDS)


def _far_more_frequent(word: str, documents: int, vocabulary: Vocabulary) -> list[str]:
    """Return the likeliest other spellings of a word that some documents have, with one error in it."""
    return [
        other
        for other in corrections_of(word, vocabulary, max_distance=1)
        if _document_frequency(other, vocabulary) >= MORE_FREQUENT * documents
    ]


def corrections_of(word: str, vocabulary: Vocabulary, max_distance: int | None = None) -> list[str]:
    """Return the likeliest other spellings of a folded word, best first; at most ``MAX_CANDIDATES``."""
    distances = vocabulary.words_near(word, max_edits(word) if max_distance is None else max_distance)
    frequency = {
        other: vocabulary.live_frequency("text_word", other)
        for other in distances
        if other != word and other.isalpha() and any(vocabulary.live_frequency(field, other) for field in WORD_FIELDS)
    }
    return sorted(frequency, key=lambda other: (distances[other], -frequency[other], other))[:MAX_CANDIDATES]
