"""What a search looks at: a snapshot, and what is derived from it once for all searches."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from threading import Lock

from cachetools import LRUCache

from analyzers import GermanAnalysis, name_key
from index.contract import Bounds, FacetName
from index.query.fields import unpack_kommune
from index.query.kommunen import KommuneDirectory
from index.search.facet_values import FacetValues
from index.search.filters import bounds_mask
from index.search.papers import Papers
from index.search.vocabulary import SnapshotVocabulary
from index.segments.snapshot import Snapshot

MAX_BOUNDED = 64
"""Bounds of which what is derived is kept, those used last."""


class View:
    """A snapshot and what is derived from it once. ``is_outdated``: it was built with another text analysis."""

    def __init__(
        self,
        snapshot: Snapshot,
        analysis: GermanAnalysis,
        *,
        is_outdated: bool = False,
        bounds: Bounds = Bounds(),  # noqa: B008 - never changes
    ) -> None:
        self._bounds = bounds
        self._lock = Lock()
        self._bounded: LRUCache[Bounds, View] = LRUCache(MAX_BOUNDED)
        self.snapshot = snapshot
        self.analysis = analysis
        self.vocabulary = SnapshotVocabulary(snapshot, analysis)
        self.is_outdated = is_outdated
        self.kommunen = kommunen_of(snapshot)
        self._facet_values: dict[str, FacetValues] = {}

    @property
    def generation(self) -> str:
        """What identifies the answers of this view: the commit, and how queries are understood."""
        name = f"{self.snapshot.name}-{self.analysis.query_version}"
        return f"{name}-{self._bounds.mark}" if self._bounds else name

    def within(self, bounds: Bounds) -> View:
        """Return a view of the documents within bounds only: all others are as if they had been deleted."""
        if not bounds:
            return self
        with self._lock:
            view = self._bounded.get(bounds)
        if view is None:
            masks = [bounds_mask(segment, bounds) for segment in self.snapshot.segments]
            snapshot = self.snapshot.within(masks)
            view = View(snapshot, self.analysis, is_outdated=self.is_outdated, bounds=bounds.within(self._bounds))
            with self._lock:
                self._bounded[bounds] = view
        return view

    @cached_property
    def papers(self) -> Papers:
        """The Vorgänge of all documents."""
        return Papers(self.snapshot.segments)

    def facet_values(self, column: str) -> FacetValues:
        """Return the distinct values of a column over all segments."""
        if column not in self._facet_values:
            label = self.kommunen.label if column == FacetName.KOMMUNE else str
            self._facet_values[column] = FacetValues(self.snapshot.segments, column, label)
        return self._facet_values[column]


def kommunen_of(snapshot: Snapshot) -> KommuneDirectory:
    """Collect the Kommunen of a snapshot; of several spellings of one id, the most frequent comes first."""
    counts: Counter[bytes] = Counter()
    for segment in snapshot.segments:
        column = segment.data.columns["kommune"]
        numbers = segment.value_counts("kommune")
        for ordinal in range(column.value_count):
            if numbers[ordinal]:
                counts[column.value(ordinal)] += int(numbers[ordinal])
    named = [(unpack_kommune(value), count) for value, count in sorted(counts.items())]
    named.sort(key=lambda item: (-item[1], name_key(item[0].name)))
    return KommuneDirectory(kommune for kommune, _ in named)
