"""Measures of a ranking and of the difference between two: pure functions over ids, grades and arrays.

Gain is the grade itself (linear), the discount log2(rank + 1); Järvelin and Kekäläinen, Cumulated gain-based
evaluation of IR techniques, 2002. Paired tests as in Smucker, Allan and Carterette, A comparison of statistical
significance tests for information retrieval evaluation, 2007.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np

RESAMPLES = 10_000
SEED = 20261122


@dataclass(frozen=True, slots=True)
class Scores:
    """How good one ranking is. ``unjudged``: documents among the first ten that nobody has judged."""

    ndcg: float
    recall: float
    reciprocal_rank: float
    unjudged: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean difference of paired values, its 95 % bootstrap interval, and the p-value of a sign-flip randomisation."""

    mean: float
    low: float
    high: float
    p: float
    wins: int
    losses: int


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Return the normalised discounted cumulated gain of the first ``depth``; 0.0 where nothing is relevant."""
    ideal = _discounted(sorted(grades.values(), reverse=True)[:depth])
    return _discounted([grades.get(document, 0) for document in ranking[:depth]]) / ideal if ideal else 0.0


def recall(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 50) -> float:
    """Return the share of relevant documents (grade 1 or more) among the first ``depth``; 0.0 where none is."""
    relevant = {document for document, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int], grade: int = 1) -> float:
    """Return 1 / rank of the first document of at least ``grade``; 0.0 when there is none."""
    for rank, document in enumerate(ranking, start=1):
        if grades.get(document, 0) >= grade:
            return 1 / rank
    return 0.0


def score(ranking: Sequence[str], grades: Mapping[str, int], *, top_grade: int) -> Scores:
    """Return all measures of a ranking."""
    return Scores(
        ndcg(ranking, grades),
        recall(ranking, grades),
        reciprocal_rank(ranking, grades, top_grade),
        sum(document not in grades for document in ranking[:10]),
    )


def paired_difference(ours: Sequence[float], theirs: Sequence[float], resamples: int = RESAMPLES) -> Difference:
    """Compare values of the same queries. The same input gives the same result (fixed seed)."""
    differences = np.asarray(ours, dtype=float) - np.asarray(theirs, dtype=float)
    mean = float(differences.mean())
    random = np.random.default_rng(SEED)
    drawn = [
        float(differences[random.integers(0, len(differences), len(differences))].mean()) for _ in range(resamples)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    flipped = [float((differences * random.choice((-1.0, 1.0), len(differences))).mean()) for _ in range(resamples)]
    # The observed order counts as one of the permutations, so p is never 0.
    p = (1 + sum(abs(value) >= abs(mean) - 1e-12 for value in flipped)) / (resamples + 1)
    return Difference(
        mean, float(low), float(high), p, int((differences > 1e-9).sum()), int((differences < -1e-9).sum())
    )


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))
