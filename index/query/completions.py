"""Completions of what is being typed: Kommunen, titles, numbers of Vorgänge, words; only ones that find something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from analyzers import GermanAnalysis, QueryWord, fold_word, name_key, surfaces
from index.contract import Completion, Document
from index.query.fields import SAME_SIDE, paper_key
from index.query.kommunen import KommuneDirectory
from index.query.nodes import And, Node, Or, Prefix, Term
from index.query.vocabulary import Vocabulary

MIN_CHARS = 2
"""Shorter beginnings are completed by Kommunen only."""
MAX_WORDS = 100
"""Words with a given beginning that are looked at, those in most documents."""
MAX_READ = 60
"""Documents read for titles, so that of many those are found that begin with what was typed."""
COMMON_SHARE = 10
"""A base form is offered if it is in at least one of so many documents that the most frequent form is in."""
READ_PER_REFERENCE = 4
"""Documents read for each number, because several may have the same one."""


class Finder(Protocol):
    """What completions ask an index for besides its words. Deleted documents are never found."""

    def count(self, node: Node) -> int:
        """Return the number of documents that match. Raises ``SearchTimeout``."""
        ...

    def newest(self, node: Node, limit: int) -> Iterable[Document]:
        """Return at most ``limit`` matching documents, newest first, those of next to no words after all others.

        They come without their pages. Raises ``SearchTimeout``.
        """
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

    Of titles those come first that begin with what was typed; of the forms of a word there is one. Each counts
    documents that can be found, and is written as one of these writes it. Raises ``SearchTimeout``.
    """
    words = analysis.query_words(typed)
    if not words or not typed[-1:].isalnum():
        return []
    found = _kommunen(typed, finder, kommunen)
    if len(words[-1].word) >= MIN_CHARS:
        share = max(1, limit // 2)
        found += _references(words, finder, share)
        found += _titles(words, finder, analysis, share)
        found += _words(typed, words, finder, vocabulary, analysis, limit)
    distinct = {completion.text.lower(): completion for completion in reversed(found)}
    return sorted(distinct.values(), key=found.index)[:limit]


def _kommunen(typed: str, finder: Finder, kommunen: KommuneDirectory) -> list[Completion]:
    start = fold_word(typed.strip())
    return [
        Completion(kommune.name, "kommune", finder.count(Term("kommune", kommune.id)))
        for kommune in kommunen.by_id.values()
        if fold_word(kommune.name).startswith(start)
    ]


def _having(field_name: str, words: Sequence[QueryWord]) -> Node:
    """Return what finds documents with all words in a field, and there a word that begins like the last."""
    *complete_words, beginning = (word.word for word in words)
    return And((*(Term(field_name, word) for word in complete_words), Prefix(field_name, beginning)))


def _references(words: Sequence[QueryWord], finder: Finder, limit: int) -> list[Completion]:
    """Return numbers that begin with what was typed, those of new documents, each with the name of its Vorgang."""
    counts: dict[str, int] = {}
    names: dict[str, str | None] = {}
    for document in finder.newest(_having("reference", words), limit * READ_PER_REFERENCE):
        if document.paper is not None and (reference := document.paper.reference):
            counts[reference] = counts.get(reference, 0) + 1
            names.setdefault(reference, document.paper.name)
    return [
        Completion(reference, "reference", count, paper_name=names[reference])
        for reference, count in list(counts.items())[:limit]
    ]


@dataclass(slots=True)
class _Title:
    """A title and the documents that were read with it: the first of them, how many, and of how many Vorgänge."""

    text: str
    begins: bool
    first: Document
    count: int = 0
    owners: set[bytes | str] = field(default_factory=set)


def _titles(words: Sequence[QueryWord], finder: Finder, analysis: GermanAnalysis, limit: int) -> list[Completion]:
    """Return titles with all that was typed: first those that begin with it, then those of new documents."""
    typed = [word.word for word in words]
    titles: dict[str, _Title] = {}
    for document in finder.newest(_having("title_word", words), MAX_READ):
        for text, begins in _fitting(document, typed, analysis):
            title = titles.setdefault(text.lower(), _Title(text, begins, document))
            title.count += 1
            title.owners.add(paper_key(document) or document.id)
            break  # what fits of a document is offered once
    ordered = sorted(titles.values(), key=lambda title: not title.begins)
    return [_completion(title, finder, analysis) for title in ordered[:limit]]


def _fitting(document: Document, typed: Sequence[str], analysis: GermanAnalysis) -> Iterator[tuple[str, bool]]:
    """Yield the name of the Vorgang and the title of the document, those that have the words; and if they begin so."""
    paper_name = document.paper.name if document.paper else None
    for text in filter(None, (paper_name, document.title)):
        words = _words_of(text, analysis)
        if _begins(words, typed):
            yield text, True
        elif set(typed[:-1]) <= set(words) and any(word.startswith(typed[-1]) for word in words):
            yield text, False


def _words_of(text: str, analysis: GermanAnalysis) -> list[str]:
    return [analysis.form(surface).word for surface in surfaces(text)]


def _begins(words: Sequence[str], typed: Sequence[str]) -> bool:
    last = len(typed) - 1
    return len(words) > last and list(words[:last]) == list(typed[:last]) and words[last].startswith(typed[last])


def _completion(title: _Title, finder: Finder, analysis: GermanAnalysis) -> Completion:
    """Return a title as a completion. One that Vorgänge share ("Beschlussvorlage") means none of their documents."""
    paper_name = title.first.paper.name if title.first.paper else None
    if len(title.owners) == 1:
        return Completion(title.text, "title", title.count, title.first.id, paper_name)
    words = dict.fromkeys(_words_of(title.text, analysis))
    count = finder.count(And(tuple(Term("title_word", word) for word in words)))
    return Completion(title.text, "title", count, None, paper_name if paper_name == title.text else None)


def _words(
    typed: str,
    words: Sequence[QueryWord],
    finder: Finder,
    vocabulary: Vocabulary,
    analysis: GermanAnalysis,
    limit: int,
) -> list[Completion]:
    """Return words that begin like the last one and occur together with the others, one for each base form.

    Of the forms of a word the one in most documents is offered, or the base form unless it is rare beside that (a
    broken "Kaiserstraß" may look like one); as documents write it.
    """
    *others, last = words
    before = typed[: typed.rfind(last.surface)]
    context = [_anywhere(word.stem) for word in others if not word.is_stop]
    offered: dict[str, str] = {}
    most: dict[str, int] = {}
    for term in vocabulary.words_beginning(last.word, MAX_WORDS):
        # Words of deleted documents are among them.
        stem, frequency = analysis.form(term).stem, vocabulary.live_frequency("text_word", term)
        if frequency and (stem not in offered or (term == stem and frequency * COMMON_SHARE >= most[stem])):
            offered[stem] = term
            most.setdefault(stem, frequency)
    completions: list[Completion] = []
    # Beside other words some may occur nowhere; alone each does.
    for stem, term in list(offered.items())[: 2 * limit if context else limit + 1]:
        if term != last.word and (count := finder.count(And((*context, _anywhere(stem))))):
            completions.append(Completion(before + vocabulary.as_written(term), "word", count))
    completions.sort(key=lambda completion: (-completion.count, name_key(completion.text)))
    return completions[:limit]


def _anywhere(stem: str) -> Node:
    return Or(tuple(Term(name, stem, 0) for name in SAME_SIDE["text"]))
