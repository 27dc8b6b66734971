"""Choosing parameters on judged queries without fooling oneself: coordinate ascent inside k-fold cross-validation.

Queries that share a relevant document stay in one fold, since what suits one of them suits the others. Every set counts
the same, however many queries it has. What is reported is measured on queries that had no part in the choice.
Varma and Simon, Bias in error estimation when using cross-validation for model selection, 2006.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Values = dict[str, float]
Evaluate = Callable[[Values], FloatArray]
"""Returns a score per query, always in the same order."""

RESAMPLES = 10_000
SEED = 20261122


@dataclass(frozen=True)
class Queries:
    """For each query the number of its set and of its group; groups never span sets."""

    sets: IntArray
    groups: IntArray

    def mean(self, scores: FloatArray, among: IntArray | None = None) -> float:
        """Return the mean over sets of their means, of some of the queries or of all."""
        sets = self.sets if among is None else self.sets[among]
        scores = scores if among is None else scores[among]
        return float(np.mean([scores[sets == number].mean() for number in np.unique(sets)]))

    def folds(self, count: int) -> list[IntArray]:
        """Return the queries of each fold: whole groups, of every set about the same share."""
        random = np.random.default_rng(SEED)
        fold_of = np.empty(len(self.sets), dtype=np.intp)
        for number in np.unique(self.sets):
            groups = np.unique(self.groups[self.sets == number])
            random.shuffle(groups)
            for at, group in enumerate(groups):
                fold_of[self.groups == group] = at % count
        return [np.flatnonzero(fold_of == fold) for fold in range(count)]

    def interval(self, differences: FloatArray) -> tuple[float, float]:
        """Return the 95 % bootstrap interval of ``mean`` over whole groups, resampled within each set."""
        random = np.random.default_rng(SEED)
        means = np.zeros(RESAMPLES)
        numbers = np.unique(self.sets)
        for number in numbers:
            in_set = self.sets == number
            groups, at = np.unique(self.groups[in_set], return_inverse=True)
            sums = np.bincount(at, weights=differences[in_set], minlength=len(groups))
            sizes = np.bincount(at, minlength=len(groups))
            drawn = random.integers(0, len(groups), (RESAMPLES, len(groups)))
            means += sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1) / len(numbers)
        low, high = np.percentile(means, [2.5, 97.5])
        return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Fold:
    """What was chosen without a fold's queries, and what that gains on the others and on them."""

    chosen: Values
    gain_in_training: float
    gain_held_out: float


@dataclass(frozen=True)
class Validation:
    """The outcome. ``held_out``: a score per query, with the values chosen without it; ``start``: with the first ones.

    ``chosen``: the values chosen with all queries.
    """

    queries: Queries
    start: FloatArray
    held_out: FloatArray
    folds: tuple[Fold, ...]
    chosen: Values
    gain_in_sample: float

    @cached_property
    def gain(self) -> float:
        """Gain on queries that had no part in the choice."""
        return self.queries.mean(self.held_out - self.start)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """95 % interval of ``gain``."""
        return self.queries.interval(self.held_out - self.start)

    @property
    def exceeds_noise(self) -> bool:
        """Whether the gain would be one with other queries too."""
        return self.interval[0] > 0

    @property
    def spread(self) -> float:
        """Standard deviation of the held-out gain over the folds."""
        return float(np.std([fold.gain_held_out for fold in self.folds], ddof=1))


def groups_by_document(relevant: Sequence[frozenset[str]]) -> list[int]:
    """Number the groups of queries that are connected by relevant documents, given each query's."""
    group_of_document: dict[str, int] = {}
    parent = list(range(len(relevant)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = at = parent[parent[at]]
        return at

    for at, documents in enumerate(relevant):
        for document in documents:
            parent[root(at)] = root(group_of_document.setdefault(document, at))
    return [root(at) for at in range(len(relevant))]


def remembered(evaluate: Evaluate) -> Evaluate:
    """Return the same function that computes each combination once."""
    known: dict[tuple[tuple[str, float], ...], FloatArray] = {}

    def evaluate_once(values: Values) -> FloatArray:
        key = tuple(sorted(values.items()))
        if key not in known:
            known[key] = evaluate(values)
        return known[key]

    return evaluate_once


def coordinate_ascent(
    evaluate: Evaluate,
    start: Values,
    grid: Mapping[str, Sequence[float]],
    objective: Callable[[FloatArray], float],
    *,
    rounds: int = 2,
    min_gain: float = 0.001,
) -> Values:
    """Change one parameter after the other to its best value on the grid, as long as it gains at least ``min_gain``.

    A smaller gain is not worth leaving the start for: it would be noise.
    """
    best, best_score = dict(start), objective(evaluate(start))
    for _ in range(rounds):
        before = best_score
        for name, candidates in grid.items():
            scored = [(objective(evaluate({**best, name: value})), value) for value in candidates]
            score, value = max(scored, key=lambda pair: (pair[0], -abs(pair[1] - start[name])))
            if score >= best_score + min_gain:
                best, best_score = {**best, name: value}, score
        if best_score == before:
            break
    return best


def cross_validate(
    evaluate: Evaluate,
    queries: Queries,
    start: Values,
    grid: Mapping[str, Sequence[float]],
    *,
    folds: int = 5,
    rounds: int = 2,
) -> Validation:
    """Choose values without each fold in turn, score them on it, and choose once with everything."""
    evaluate = remembered(evaluate)
    first = evaluate(start)
    held_out = np.empty_like(first)
    outcomes = []
    for fold in queries.folds(folds):
        others = np.setdiff1d(np.arange(len(first)), fold)

        def objective(scores: FloatArray, among: IntArray = others) -> float:
            return queries.mean(scores, among)

        chosen = coordinate_ascent(evaluate, start, grid, objective, rounds=rounds)
        scores = evaluate(chosen)
        held_out[fold] = scores[fold]
        gains = scores - first
        outcomes.append(Fold(chosen, queries.mean(gains, others), queries.mean(gains, fold)))
    chosen = coordinate_ascent(evaluate, start, grid, queries.mean, rounds=rounds)
    in_sample = queries.mean(evaluate(chosen) - first)
    return Validation(queries, first, held_out, tuple(outcomes), chosen, in_sample)
