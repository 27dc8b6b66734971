"""Completions of what is being typed: Kommunen, titles, numbers of Vorgänge, words; only ones that find something."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Protocol

from analyzers import GermanAnalysis, QueryWord, fold_word
from index.contract import Completion, Document
from index.query.fields import SAME_SIDE
from index.query.kommunen import KommuneDirectory
from index.query.nodes import And, Node, Or, Prefix, Term
from index.query.vocabulary import Vocabulary

MIN_CHARS = 2
"""Shorter beginnings are completed by Kommunen only."""
MAX_WORDS = 50
"""Words with a given beginning that are looked at, those in most documents."""
READ_PER_COMPLETION = 4
"""Documents read for each title or number, because several may have the same one."""


class Finder(Protocol):
    """What completions ask an index for besides its words. Deleted documents are never found."""

    def count(self, node: Node) -> int:
        """Return the number of documents that match. Raises ``SearchTimeout``."""
        ...

    def newest(self, node: Node, limit: int) -> Iterable[Document]:
        """Return at most ``limit`` matching documents, newest first, without their pages. Raises ``SearchTimeout``."""
        ...


def complete(
    typed: str,
    finder: Finder,
    vocabulary: Vocabulary,
    analysis: GermanAnalysis,
    kommunen: KommuneDirectory,
    limit: int,
) -> list[Completion]:
    """Return at most ``limit`` completions: Kommunen, then numbers, titles, and words by document frequency.

    Each counts documents that can be found, and is written as one of these writes it. Raises ``SearchTimeout``.
    """
    words = analysis.query_words(typed)
    if not words or not typed[-1:].isalnum():
        return []
    found = _kommunen(typed, finder, kommunen)
    if len(words[-1].word) >= MIN_CHARS:
        share = max(1, limit // 2)
        found += _values("reference", "reference", _reference, words, finder, share)
        found += _values("title_word", "title", lambda document: document.title, words, finder, share)
        found += _words(typed, words, finder, vocabulary, limit)
    distinct = {completion.text.lower(): completion for completion in reversed(found)}
    return sorted(distinct.values(), key=found.index)[:limit]


def _kommunen(typed: str, finder: Finder, kommunen: KommuneDirectory) -> list[Completion]:
    start = fold_word(typed.strip())
    return [
        Completion(kommune.name, "kommune", finder.count(Term("kommune", kommune.id)))
        for kommune in kommunen.by_id.values()
        if fold_word(kommune.name).startswith(start)
    ]


def _reference(document: Document) -> str | None:
    return document.paper.reference if document.paper else None


def _values(
    field: str,
    kind: str,
    value_of: Callable[[Document], str | None],
    words: Sequence[QueryWord],
    finder: Finder,
    limit: int,
) -> list[Completion]:
    """Return values of a field that have all words and a word that begins like the last, those of new documents."""
    *complete_words, beginning = (word.word for word in words)
    wanted = And((*(Term(field, word) for word in complete_words), Prefix(field, beginning)))
    values: dict[str, int] = {}
    for document in finder.newest(wanted, limit * READ_PER_COMPLETION):
        if value := value_of(document):
            values[value] = values.get(value, 0) + 1
    return [Completion(value, kind, count) for value, count in list(values.items())[:limit]]


def _words(
    typed: str, words: Sequence[QueryWord], finder: Finder, vocabulary: Vocabulary, limit: int
) -> list[Completion]:
    """Return words that begin like the last one and occur together with the others, as documents write them."""
    *others, last = words
    before = typed[: typed.rfind(last.surface)]
    ranked = (term for term in vocabulary.words_beginning(last.word, MAX_WORDS) if term != last.word)
    # Words of deleted documents are among them.
    living = (term for term in ranked if vocabulary.live_frequency("text_word", term))
    completions: list[Completion] = []
    context = [_anywhere(word) for word in others if not word.is_stop]
    for term in islice(living, 2 * limit):
        together = And((*context, Term("text_word", term, 0)))
        count = finder.count(together) if context else vocabulary.live_frequency("text_word", term)
        if count:
            completions.append(Completion(before + vocabulary.as_written(term), "word", count))
    completions.sort(key=lambda completion: -completion.count)
    return completions[:limit]


def _anywhere(word: QueryWord) -> Node:
    return Or(tuple(Term(name, word.stem, 0) for name in SAME_SIDE["text"]))
