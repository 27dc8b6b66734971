"""Ranking weights chosen on judged queries: ``python -m benchmarks.tune_weights [--cache DIR]``.

Coordinate ascent over ``index.query.weights.Weights`` by mean nDCG@10 over the sets, each set counting the
same, inside k-fold cross-validation (``benchmarks.tuning``). Prints what each fold chose, what that gains on queries
that had no part in it, and what each weight does by itself: where its interval holds zero, the sets do not determine
it, and fitting it further would be overfitting.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from analyzers import GermanAnalysis
from benchmarks.collection import DATA
from benchmarks.relevance.engines.ours import OURS, Searchsvc
from benchmarks.relevance.judged import SETS, Collection, JudgedSet, read_set
from benchmarks.relevance.metrics import ndcg
from benchmarks.relevance.report import print_table
from benchmarks.relevance.runs import Workplace
from benchmarks.tuning import Evaluate, Queries, Validation, Values, cross_validate, groups_by_document, remembered
from index.contract import SearchRequest
from index.query.weights import Weights
from index.whoosh import WhooshEngine

FACTORS = (0.0, 0.5, 0.7, 1.0, 1.4, 2.0)
"""A weight is tried at so many times its present value, a share only up to 1."""

FROM_ZERO = (0.0, 0.1, 0.25, 0.5, 1.0)
"""What a weight that is zero now is tried at."""

LEFT_OUT = ("text", "pattern", "fuzzy", "recency")
"""Not tuned unless asked for: of the fields only the ratios matter, and no set has queries with * or ~."""

DEPTH = 10


class Judge:
    """Scores values of the weights on all queries of some sets."""

    def __init__(self, sets: Sequence[JudgedSet], workplace: Workplace, data: Path) -> None:
        self._sets = sets
        self._analysis = GermanAnalysis(**OURS.analysis)
        self._folders = []
        for judged in sets:
            collection = Collection(judged.collection, data)
            self._folders.append(workplace.index_folder(Searchsvc(OURS, collection), collection))

    @property
    def queries(self) -> Queries:
        """The queries by set and group, in the order of the scores."""
        numbers: list[int] = []
        groups: list[int] = []
        for number, judged in enumerate(self._sets):
            relevant = [
                frozenset(document for document, grade in judged.grades[query.id].items() if grade > 0)
                for query in judged.queries
            ]
            first = len(groups)
            groups += [first + group for group in groups_by_document(relevant)]
            numbers += [number] * len(judged.queries)
        return Queries(np.array(numbers, dtype=np.intp), np.array(groups, dtype=np.intp))

    def scores(self, values: Values) -> np.ndarray:
        """Return nDCG@10 of every query. The only place where an engine is made with weights."""
        found = []
        for judged, folder in zip(self._sets, self._folders, strict=True):
            engine = WhooshEngine(folder, self._analysis, weights=Weights(**values))
            for query in judged.queries:
                request = SearchRequest(q=query.text, per_page=DEPTH, facets=(), highlight=False)
                ids = [hit.id for hit in engine.search(request).hits]
                found.append(ndcg(ids, judged.grades[query.id]))
            engine.close()
        return np.array(found)


def make_grid(start: Values, names: Sequence[str], given: Sequence[str]) -> dict[str, list[float]]:
    """Return the values to try for each parameter: those given as ``name=1,2,3``, or multiples of its present one."""
    chosen = {}
    for argument in given:
        name, _, values = argument.partition("=")
        chosen[name] = [float(value) for value in values.split(",")]
    grid = {}
    for name in names:
        if name in chosen:
            grid[name] = chosen[name]
        else:
            now = start[name]
            highest = 1.0 if 0 < now < 1 else float("inf")
            tried = [round(now * factor, 4) for factor in FACTORS] if now else list(FROM_ZERO)
            grid[name] = sorted({now, *(value for value in tried if value <= highest)})
    return grid


def sensitivity(
    evaluate: Evaluate, queries: Queries, start: Values, grid: Mapping[str, Sequence[float]]
) -> list[list[str]]:
    """Return for each weight its best other value by itself, what that gains, and whether the sets determine it."""
    first = evaluate(start)
    rows = [["weight", "now", "best other", "gain", "95 % interval", "determined"]]
    for name, values in grid.items():
        others = [value for value in values if value != start[name]]
        gains = {value: evaluate({**start, name: value}) - first for value in others}
        best = max(others, key=lambda value: (queries.mean(gains[value]), -abs(value - start[name])))
        worst = min(others, key=lambda value: queries.mean(gains[value]))
        low, high = queries.interval(gains[best])
        # Determined by the sets: some other value is worse beyond noise.
        is_determined = queries.interval(gains[worst])[1] < 0
        numbers = [f"{start[name]:g}", f"{best:g}", f"{queries.mean(gains[best]):+.4f}", f"{low:+.4f} … {high:+.4f}"]
        rows.append([name, *numbers, f"yes ({worst:g}: {queries.mean(gains[worst]):+.3f})" if is_determined else "no"])
    return rows


def main() -> None:
    """Choose and print."""
    arguments = _arguments()
    sets = [read_set(arguments.data, name).sampled(arguments.sample) for name in arguments.set or SETS]
    start = {name: float(value) for name, value in asdict(Weights()).items()}
    names = arguments.weight or [name for name in start if name not in LEFT_OUT]
    if unknown := set(names) - set(start):
        raise SystemExit(f"no such weight: {', '.join(sorted(unknown))}; there are {', '.join(start)}")
    grid = make_grid(start, names, arguments.values)
    with ExitStack() as stack:
        folder = arguments.cache or Path(stack.enter_context(TemporaryDirectory(prefix="weights-")))
        judge = Judge(sets, Workplace(folder), arguments.data)
        evaluate = remembered(judge.scores)
        queries = judge.queries
        print(f"{len(queries.sets):,} queries of {len(sets)} sets in {len(np.unique(queries.groups)):,} groups\n")
        print_table(sensitivity(evaluate, queries, start, grid))
        found = cross_validate(evaluate, queries, start, grid, folds=arguments.folds, rounds=arguments.rounds)
    _print(found, sets, start)
    if arguments.json:
        arguments.json.write_text(json.dumps({"chosen": found.chosen, "gain": found.gain}), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="append", choices=SETS, help="which queries; all sets if not given")
    parser.add_argument("--sample", type=int, default=60, help="queries of each set at most (default: %(default)s)")
    parser.add_argument("--weight", action="append", metavar="NAME", help="which weights; all if not given")
    parser.add_argument("--values", action="append", default=[], metavar="NAME=1,2,3", help="what to try for a weight")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=2, help="how often to go over all weights")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--cache", type=Path, help="folder that keeps the indexes")
    parser.add_argument("--json", type=Path, help="also write what was chosen here")
    return parser.parse_args()


def _print(found: Validation, sets: Sequence[JudgedSet], start: Values) -> None:
    rows = [["fold", "gain in training", "gain held out", "changed"]]
    for number, fold in enumerate(found.folds, start=1):
        gains = [f"{fold.gain_in_training:+.4f}", f"{fold.gain_held_out:+.4f}"]
        rows.append([str(number), *gains, _changes(fold.chosen, start)])
    print_table(rows)
    rows = [["set", "queries", "now", "held out", "difference"]]
    for number, judged in enumerate(sets):
        chosen = found.queries.sets == number
        now, then = found.start[chosen].mean(), found.held_out[chosen].mean()
        rows.append([judged.name, str(int(chosen.sum())), f"{now:.4f}", f"{then:.4f}", f"{then - now:+.4f}"])
    now, then = found.queries.mean(found.start), found.queries.mean(found.held_out)
    rows.append(["mean of sets", str(len(found.start)), f"{now:.4f}", f"{then:.4f}", f"{then - now:+.4f}"])
    print_table(rows)
    low, high = found.interval
    print(f"Gain held out: {found.gain:+.4f} (95 % {low:+.4f} … {high:+.4f}), spread over folds {found.spread:.4f}.")
    print(f"Gain with all queries, in sample: {found.gain_in_sample:+.4f}; the rest of it is fitted to these queries.")
    print(f"With all queries: {_changes(found.chosen, start)}")
    print("The gain exceeds noise." if found.exceeds_noise else "The gain is noise: more tuning would be overfitting.")


def _changes(chosen: Values, start: Values) -> str:
    changes = [f"{name} {start[name]:g} → {value:g}" for name, value in chosen.items() if value != start[name]]
    return ", ".join(changes) or "nothing"


if __name__ == "__main__":
    main()
