"""Rankings of a set's queries, and what is kept of them between runs."""

from __future__ import annotations

import hashlib
import inspect
import json
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.relevance.engines import Ranker
from benchmarks.relevance.engines import stems as stems_module
from benchmarks.relevance.judged import Collection, JudgedSet
from benchmarks.relevance.metrics import Scores, score

DEPTH = 50
"""Documents asked for per query: what recall needs."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The ids found for a query, best first, and the milliseconds it took to find them."""

    ids: tuple[str, ...]
    ms: float


@dataclass(frozen=True, slots=True)
class Run:
    """One engine's answers to one set of queries, by query id."""

    engine: str
    settings: Mapping[str, Any]
    rankings: Mapping[str, Ranking]
    scores: Mapping[str, Scores]

    def mean(self, measure: str) -> float:
        """Return the mean of ``ndcg``, ``recall`` or ``reciprocal_rank`` over the queries."""
        return float(sum(getattr(scores, measure) for scores in self.scores.values()) / len(self.scores))


class Workplace:
    """A folder with one index per engine and collection, and the rankings of engines that do not change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, ranker: Ranker, judged: JudgedSet, collection: Collection, *, remember: bool) -> Run:
        """Rank a set's queries. ``remember``: take the rankings of an earlier run with the same settings and data."""
        index_folder = self._index(ranker, collection)
        known_path = index_folder / f"{ranker.name}-{_digest([dict(ranker.settings), _source(ranker)])}.json"
        known: dict[str, Any] = {}
        if remember and known_path.exists():
            known = json.loads(known_path.read_text(encoding="utf-8"))
        missing = [query for query in judged.queries if query.text not in known]
        if missing:
            ranker.open(index_folder / "index")
            ranker.rank(missing[0].text, DEPTH)
            for query in missing:
                started = time.perf_counter()
                ids = ranker.rank(query.text, DEPTH)
                known[query.text] = [ids, (time.perf_counter() - started) * 1000]
            if remember:
                known_path.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
        rankings = {query.id: Ranking(tuple(known[query.text][0]), known[query.text][1]) for query in judged.queries}
        return make_run(ranker.name, {**ranker.settings}, rankings, judged)

    def opened(self, ranker: Ranker, collection: Collection) -> Ranker:
        """Return the engine with its index of a collection open, for those who rank by themselves."""
        ranker.open(self.index_folder(ranker, collection))
        return ranker

    def index_folder(self, ranker: Ranker, collection: Collection) -> Path:
        """Return the folder of the engine's index of a collection, built if there is none."""
        return self._index(ranker, collection) / "index"

    def _index(self, ranker: Ranker, collection: Collection) -> Path:
        """Return the folder of the engine's index, which is built if there is none for these settings and data."""
        key = _digest([dict(ranker.index_settings), collection.checksum, _source(ranker, "build")])
        folder = self._folder / collection.name / f"{ranker.index_name}-{key}"
        if not folder.exists():
            building = folder.with_name(folder.name + ".building")
            shutil.rmtree(building, ignore_errors=True)
            (building / "index").mkdir(parents=True)
            started = time.perf_counter()
            ranker.build(building / "index", collection.documents())
            building.rename(folder)
            took = time.perf_counter() - started
            print(f"{ranker.index_name}: index of {collection.name} built in {took:.0f} s", file=sys.stderr)
        return folder


def make_run(engine: str, settings: Mapping[str, Any], rankings: Mapping[str, Ranking], judged: JudgedSet) -> Run:
    """Judge rankings."""
    top_grade = judged.top_grade
    scores = {
        query.id: score(rankings[query.id].ids, judged.grades[query.id], top_grade=top_grade)
        for query in judged.queries
    }
    return Run(engine, settings, rankings, scores)


def _source(ranker: Ranker, method: str | None = None) -> str:
    """Return the source text that a peer's ranking, or only its index, depends on."""
    kind: Any = type(ranker)
    source: Callable[[Any], str] = inspect.getsource
    return source(getattr(kind, method) if method else kind) + source(stems_module)


def _digest(values: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]
