"""Exact facet counts, from the ordinals of columns.

A facet counts all matches under every filter but its own, and lists its selected values even at zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

import numpy as np

from index.engine import MISSING, Bucket, DateInterval, Facet, FacetName
from index.filters import Filters, Mask, column_values, combined
from index.kommunen import KommuneDirectory
from index.planning import last_of_month
from index.postings import IntArray
from index.snapshot import Segment

MAX_EMPTY_DATE_BUCKETS = 120
"""A selected period shows its empty years or months, up to this many."""


class FacetCounter:
    """Counts the matches of one search. ``docs``: per segment the matches of the query, before any filter."""

    def __init__(
        self,
        segments: Sequence[Segment],
        docs: Sequence[IntArray],
        masks: Sequence[dict[FacetName, Mask]],
        filters: Filters,
        kommunen: KommuneDirectory,
    ) -> None:
        self._segments = segments
        self._docs = docs
        self._masks = masks
        self._filters = filters
        self._kommunen = kommunen

    def filtered(self, at: int, without: FacetName | None = None) -> IntArray:
        """Return the matches of segment ``at`` under all filters, but for one facet's."""
        masks = {name: mask for name, mask in self._masks[at].items() if name is not without}
        docs = self._docs[at]
        return docs[combined(masks)[docs]] if masks else docs

    def count(self, name: FacetName, size: int, interval: DateInterval) -> Facet:
        """Count one facet; ``size`` bounds its buckets (all selected ones and the date facet's come on top)."""
        return self._dates(interval) if name is FacetName.DATE else self._values(name, size)

    def _values(self, name: FacetName, size: int) -> Facet:
        counts: Counter[str] = Counter()
        missing = 0
        for at, segment in enumerate(self._segments):
            docs = self.filtered(at, without=name)
            column = segment.data.columns[name.value]
            if column is None:
                missing += len(docs)
                continue
            numbers = np.bincount(column.ordinals[docs], minlength=column.value_count + 1)
            missing += int(numbers[column.value_count])
            for ordinal in np.flatnonzero(numbers[: column.value_count]).tolist():
                for value in column_values(column, ordinal, name):
                    counts[value] += int(numbers[ordinal])
        selected = self._filters.values.get(name, frozenset())
        label = self._kommunen.label if name is FacetName.KOMMUNE else str
        ranked = sorted(counts.items(), key=lambda item: (-item[1], label(item[0]), item[0]))
        shown = dict(ranked[:size])
        for value in sorted(selected - {MISSING}):
            shown.setdefault(value, counts[value])
        return Facet(
            name=name,
            buckets=tuple(
                Bucket(value, label(value), count, selected=value in selected)
                for value, count in sorted(shown.items(), key=lambda item: (-item[1], label(item[0]), item[0]))
            ),
            other=sum(count for value, count in ranked if value not in shown),
            missing=missing,
            missing_selected=MISSING in selected,
        )

    def _dates(self, interval: DateInterval) -> Facet:
        counts: Counter[tuple[int, int]] = Counter()
        missing = 0
        for at, segment in enumerate(self._segments):
            days = segment.data.days[self.filtered(at, without=FacetName.DATE)]
            distinct, numbers = np.unique(days, return_counts=True)
            for day, number in zip(distinct.tolist(), numbers.tolist(), strict=True):
                if day:
                    when = date.fromordinal(day)
                    counts[when.year, when.month if interval is DateInterval.MONTH else 0] += number
                else:
                    missing += number
        periods = set(counts) | self._selected_periods(interval)
        return Facet(
            name=FacetName.DATE,
            buckets=tuple(self._date_bucket(period, counts[period]) for period in sorted(periods)),
            missing=missing,
            missing_selected=self._filters.date_missing,
            interval=interval,
        )

    def _selected_periods(self, interval: DateInterval) -> set[tuple[int, int]]:
        first, last = self._filters.date_from, self._filters.date_to
        if first is None or last is None or first > last:
            return set()
        if interval is DateInterval.YEAR:
            periods = [(year, 0) for year in range(first.year, last.year + 1)]
        else:
            months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
            periods = [(month // 12, month % 12 + 1) for month in months]
        return set(periods) if len(periods) <= MAX_EMPTY_DATE_BUCKETS else set()

    def _date_bucket(self, period: tuple[int, int], count: int) -> Bucket:
        year, month = period
        start = date(year, month or 1, 1)
        end = last_of_month(year, month) if month else date(year, 12, 31)
        value = f"{year:04}-{month:02}" if month else f"{year:04}"
        first, last = self._filters.date_from, self._filters.date_to
        selected = (first or last) is not None and (first is None or first <= end) and (last is None or start <= last)
        return Bucket(value, value, count, selected=selected, start=start, end=end)
