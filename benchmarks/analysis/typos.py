"""Typing errors: whether the engine offers the right word, over the words of real documents."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz.distance import OSA

from analyzers import GermanAnalysis, fold_word
from index.contract import SearchRequest
from index.query.fields import TEXT_FIELDS
from index.query.spelling import corrections_of
from index.search.vocabulary import SnapshotVocabulary
from index.segments.snapshot import Snapshot
from index.whoosh import WhooshEngine


@dataclass(slots=True)
class Outcome:
    """What became of words with the same number of typing errors.

    ``right``: the best correction is the word meant; ``same_stem``: a search finds what the word meant finds, with its
    suggestion or, when the error is in an ending, without. ``wrong`` has (typed, meant, suggested or None) of the rest.
    """

    tested: int = 0
    right: int = 0
    same_stem: int = 0
    wrong: list[tuple[str, str, str | None]] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)

    @property
    def median_ms(self) -> float:
        """Median of the milliseconds of processor time that finding the corrections took."""
        return statistics.median(self.took_ms) if self.took_ms else 0.0


@dataclass(slots=True)
class Typos:
    """Outcomes by number of edits, and the words left out: unknown right ones, and wrong ones that some text has."""

    by_edits: dict[int, Outcome]
    unknown: int
    occurring: int


def read_typos(path: Path) -> list[tuple[str, str]]:
    """Read lines "wrong;right"."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(wrong, right) for wrong, _, right in (line.partition(";") for line in lines) if right]


def measure(
    typos: Iterable[tuple[str, str]],
    engine: WhooshEngine,
    analysis: GermanAnalysis,
    snapshot: Snapshot,
) -> Typos:
    """Correct and search each misspelt word. ``snapshot`` is the commit that ``engine`` searches."""

    def occurs(word: str) -> bool:
        return any(snapshot.document_frequency(field.word_name, word) for field in TEXT_FIELDS)

    by_edits: dict[int, Outcome] = defaultdict(Outcome)
    unknown = occurring = 0
    for wrong, right in typos:
        typed, meant = fold_word(wrong), fold_word(right)
        if not occurs(meant):
            unknown += 1
        elif typed == meant or occurs(typed):
            occurring += 1
        else:
            outcome = by_edits[OSA.distance(typed, meant)]
            outcome.tested += 1
            started = time.thread_time()
            corrections = corrections_of(typed, SnapshotVocabulary(snapshot, analysis))
            outcome.took_ms.append((time.thread_time() - started) * 1000)
            outcome.right += corrections[:1] == [meant]
            suggestion = engine.search(SearchRequest(q=wrong, facets=(), highlight=False)).did_you_mean
            suggested = suggestion.q if suggestion else None
            if analysis.form(suggested or wrong).stem == analysis.form(right).stem:
                outcome.same_stem += 1
            else:
                outcome.wrong.append((wrong, right, suggested))
    return Typos(dict(sorted(by_edits.items())), unknown, occurring)
