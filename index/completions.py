"""Completions of what is being typed: Kommunen, titles, numbers of Vorgänge, words; only ones that find something."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from whoosh import query as whoosh_query

from analyzers import GermanAnalysis, QueryWord, fold_word
from index.documents import Document
from index.engine import Completion, Sort
from index.execution import Execution
from index.fields import SAME_SIDE
from index.kommunen import KommuneDirectory
from index.ranking import Candidates, best
from index.snapshot import Snapshot
from index.spelling import as_written

MIN_CHARS = 2
"""Shorter beginnings are completed by Kommunen only."""
MAX_WORDS = 50
"""Words with a given beginning that are looked at, those in most documents."""
READ_PER_COMPLETION = 4
"""Documents read for each title or number, because several may have the same one."""


def complete(
    typed: str, snapshot: Snapshot, analysis: GermanAnalysis, kommunen: KommuneDirectory, limit: int
) -> list[Completion]:
    """Return at most ``limit`` completions: Kommunen, then numbers, titles, and words by document frequency."""
    words = analysis.query_words(typed)
    if not words or not typed[-1:].isalnum():
        return []
    execution = Execution(snapshot)
    found = _kommunen(typed, execution, kommunen)
    if len(words[-1].word) >= MIN_CHARS:
        share = max(1, limit // 2)
        found += _values("reference", "reference", _reference, words, execution, share)
        found += _values("title_word", "title", lambda document: document.title, words, execution, share)
        found += _words(typed, words, execution, analysis, limit)
    distinct = {completion.text.lower(): completion for completion in reversed(found)}
    return sorted(distinct.values(), key=found.index)[:limit]


def _kommunen(typed: str, execution: Execution, kommunen: KommuneDirectory) -> list[Completion]:
    start = fold_word(typed.strip())
    completions = []
    for kommune in kommunen.by_id.values():
        if fold_word(kommune.name).startswith(start):
            count = sum(len(part.docs) for part in execution.run(whoosh_query.Term("kommune", kommune.id)))
            completions.append(Completion(kommune.name, "kommune", count))
    return completions


def _reference(document: Document) -> str | None:
    return document.paper.reference if document.paper else None


def _values(
    field: str,
    kind: str,
    value_of: Callable[[Document], str | None],
    words: Sequence[QueryWord],
    execution: Execution,
    limit: int,
) -> list[Completion]:
    """Return values of a field that have all words and a word that begins like the last, those of new documents."""
    *complete_words, beginning = (word.word for word in words)
    terms = [whoosh_query.Term(field, word) for word in complete_words]
    matches = execution.run(whoosh_query.And([*terms, whoosh_query.Prefix(field, beginning)]))
    segments = execution.snapshot.segments
    candidates = Candidates(segments, [part.docs for part in matches], [part.scores for part in matches])
    values: dict[str, int] = {}
    for at in best(candidates, Sort.DATE_DESC, skip=0, count=limit * READ_PER_COMPLETION, after=None):
        document = segments[int(candidates.segment[at])].stored(int(candidates.doc[at])).document()
        if value := value_of(document):
            values[value] = values.get(value, 0) + 1
    return [Completion(value, kind, count) for value, count in list(values.items())[:limit]]


def _words(
    typed: str, words: Sequence[QueryWord], execution: Execution, analysis: GermanAnalysis, limit: int
) -> list[Completion]:
    """Return words that begin like the last one and occur together with the others, as documents write them."""
    snapshot = execution.snapshot
    *others, last = words
    before = typed[: typed.rfind(last.surface)]
    counts: dict[str, int] = {}
    for segment in snapshot.segments:
        for term, count in segment.data.most_frequent("text_word", last.word, MAX_WORDS):
            counts[term] = counts.get(term, 0) + count
    counts.pop(last.word, None)
    completions: list[Completion] = []
    context = [_anywhere(word) for word in others if not word.is_stop]
    for term in sorted(counts, key=lambda term: (-counts[term], term))[: 2 * limit]:
        count = counts[term]
        if context:
            together = whoosh_query.And([*context, whoosh_query.Term("text_word", term, boost=0)])
            count = sum(len(part.docs) for part in execution.run(together))
        if count:
            completions.append(Completion(before + as_written(term, snapshot, analysis), "word", count))
    completions.sort(key=lambda completion: -completion.count)
    return completions[:limit]


def _anywhere(word: QueryWord) -> whoosh_query.Query:
    return whoosh_query.Or([whoosh_query.Term(name, word.stem, boost=0) for name in SAME_SIDE["text"]])
