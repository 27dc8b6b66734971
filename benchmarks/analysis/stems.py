"""Stem clusters against gold clusters of word forms: B3 precision, recall and F1.

Bagga and Baldwin, Entity-based cross-document coreferencing using the vector space model, 1998; for stemmers as in
Weißweiler and Fraser, Developing a stemmer for German based on a comparative analysis of publicly available stemmers,
2017, whose gold sets these are. Each form counts once; a form that the list has in several clusters counts in each.
"""

from __future__ import annotations

import lzma
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BCubed:
    """Means over all forms."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def read_clusters(path: Path) -> list[list[str]]:
    """Read clusters, one a line, forms separated by blanks."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return [forms for line in lines if (forms := line.split())]


def b_cubed(clusters: Sequence[Sequence[str]], stem: Callable[[str], str]) -> BCubed:
    """Compare gold clusters with those of equal stems."""
    sizes: Counter[str] = Counter()
    shares: dict[int, Counter[str]] = defaultdict(Counter)
    for number, forms in enumerate(clusters):
        for form in forms:
            found = stem(form)
            sizes[found] += 1
            shares[number][found] += 1
    precision = recall = 0.0
    for number, counts in shares.items():
        gold_size = len(clusters[number])
        for found, count in counts.items():
            # Each of the ``count`` forms shares its stem's cluster with ``count`` of its gold cluster.
            precision += count * count / sizes[found]
            recall += count * count / gold_size
    total = sum(sizes.values())
    return BCubed(precision / total, recall / total) if total else BCubed(0.0, 0.0)
