"""Completions of what is being typed: Kommunen, titles and words, only ones that find something."""

from __future__ import annotations

from whoosh import query as whoosh_query

from analyzers import GermanAnalysis, fold_word
from index.engine import Completion, Sort
from index.execution import Execution
from index.kommunen import KommuneDirectory
from index.ranking import Candidates, best
from index.snapshot import Snapshot

MAX_TERMS = 500
"""Words with a given beginning that are compared by frequency, the first in alphabetical order."""


def complete(
    typed: str, snapshot: Snapshot, analysis: GermanAnalysis, kommunen: KommuneDirectory, limit: int
) -> list[Completion]:
    """Return at most ``limit`` completions: Kommunen first, then titles, then words by document frequency."""
    words = analysis.query_words(typed)
    if not words or not typed[-1:].isalnum():
        return []
    execution = Execution(snapshot)
    found = _kommunen(typed, execution, kommunen)
    found += _titles([word.word for word in words], execution, max(1, limit // 2))
    last = words[-1]
    before = typed[: typed.rfind(last.surface)]
    found += [
        Completion(before + term, "word", count) for term, count in _words(last.word, snapshot) if term != last.word
    ]
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


def _titles(words: list[str], execution: Execution, limit: int) -> list[Completion]:
    if len(words[-1]) < 2:
        return []
    *complete_words, beginning = words
    query = whoosh_query.And(
        [
            *(whoosh_query.Term("title_word", word) for word in complete_words),
            whoosh_query.Prefix("title_word", beginning),
        ]
    )
    matches = execution.run(query)
    segments = execution.snapshot.segments
    candidates = Candidates(segments, [part.docs for part in matches], [part.scores for part in matches])
    titles: dict[str, int] = {}
    for at in best(candidates, Sort.DATE_DESC, skip=0, count=limit * 4, after=None):
        title = segments[int(candidates.segment[at])].stored(int(candidates.doc[at])).document().title
        titles[title] = titles.get(title, 0) + 1
    return [Completion(title, "title", count) for title, count in list(titles.items())[:limit]]


def _words(beginning: str, snapshot: Snapshot) -> list[tuple[str, int]]:
    if len(beginning) < 2:
        return []
    terms = {
        term for segment in snapshot.segments for term in segment.data.terms_from("text_word", beginning, MAX_TERMS)
    }
    counted = ((term, snapshot.document_frequency("text_word", term)) for term in terms)
    return sorted(counted, key=lambda item: (-item[1], item[0]))[:20]
