"""Exact facet counts, from the ordinals of columns.

A facet counts all matches under every filter but its own, and lists its selected values even at zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache

import numpy as np

from analyzers import name_key
from index.contract import MISSING, Bucket, DateInterval, Facet, FacetName
from index.query.days import last_of_month
from index.search.facet_values import FacetValues
from index.search.filters import Filters, Mask, combined
from index.segments.postings import IntArray
from index.segments.snapshot import Segment

MAX_EMPTY_DATE_BUCKETS = 120
"""A selected period shows its empty years or months, up to this many."""

DAYS_OF_WEEK = 7


class FacetCounter:
    """Counts the matches of one search. ``docs``: per segment the matches of the query, before any filter.

    ``values`` gives the distinct values of a column; it is asked only for facets that are counted.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        docs: Sequence[IntArray],
        masks: Sequence[dict[FacetName, Mask]],
        filters: Filters,
        values: Callable[[str], FacetValues],
    ) -> None:
        self._segments = segments
        self._docs = docs
        self._masks = masks
        self._filters = filters
        self._values_of = values

    def filtered(self, at: int, without: FacetName | None = None) -> IntArray:
        """Return the matches of segment ``at`` under all filters, but for one facet's."""
        masks = {name: mask for name, mask in self._masks[at].items() if name is not without}
        docs = self._docs[at]
        return docs[combined(masks)[docs]] if masks else docs

    def count(self, name: FacetName, size: int, interval: DateInterval, beginning: str = "") -> Facet:
        """Count one facet; ``size`` bounds its buckets (all selected ones and the date facet's come on top).

        With a ``beginning`` only values are listed in which a word begins so, folded.
        """
        return self._dates(interval) if name is FacetName.DATE else self._values(name, size, beginning)

    def _counts(self, name: FacetName, values: FacetValues) -> tuple[IntArray, int]:
        docs = [self.filtered(at, without=name) for at in range(len(self._segments))]
        return values.count(self._segments, docs)

    def _values(self, name: FacetName, size: int, beginning: str = "") -> Facet:
        values = self._values_of(name.value)
        counts, missing = self._counts(name, values)
        # Values are numbered by label, so a stable sort by count keeps equal ones in the order of their labels.
        ranked = np.argsort(-counts, kind="stable")[: int(np.count_nonzero(counts))]
        if beginning:
            ranked = ranked[values.begin_with(beginning)[ranked]]
        shown = ranked[:size]
        ranked_counts = counts[shown]
        selected = self._filters.values.get(name, frozenset())
        shown = shown.tolist()
        names = [values.values[at] for at in shown]
        labels = [values.labels[at] for at in shown]
        buckets = list(map(Bucket, names, labels, ranked_counts.tolist(), map(selected.__contains__, names)))
        other = int(counts.sum() - ranked_counts.sum())
        if selected:
            buckets, other = self._with_selected(buckets, other, selected, values, counts)
        return Facet(name, tuple(buckets), other, missing, MISSING in selected)

    def _with_selected(
        self, buckets: list[Bucket], other: int, selected: frozenset[str], values: FacetValues, counts: IntArray
    ) -> tuple[list[Bucket], int]:
        """Add the selected values that are not shown yet, also at zero and also ones that nothing has."""
        listed = {bucket.value for bucket in buckets}
        for value in sorted(selected - listed - {MISSING}):
            at = values.number(value)
            count = 0 if at is None else int(counts[at])
            buckets.append(Bucket(value, value if at is None else values.labels[at], count, selected=True))
            other -= count
        return sorted(buckets, key=lambda bucket: (-bucket.count, name_key(bucket.label), bucket.value)), other

    def _dates(self, interval: DateInterval) -> Facet:
        by_days = interval in (DateInterval.WEEK, DateInterval.DAY)
        found, missing = self._days(interval) if by_days else self._periods(interval)
        selected = self._selected_periods(interval)
        periods = sorted({*found, *selected}) if selected else found  # values are in order already
        return Facet(
            FacetName.DATE,
            tuple(self._date_bucket(period, found.get(period, 0)) for period in periods),
            missing=missing,
            missing_selected=self._filters.date_missing,
            interval=interval,
        )

    def _periods(self, interval: DateInterval) -> tuple[dict[str, int], int]:
        """Count years or months, which have columns of their own."""
        values = self._values_of(interval.value)
        counts, missing = self._counts(FacetName.DATE, values)
        at = np.flatnonzero(counts)
        return dict(zip(map(values.values.__getitem__, at.tolist()), counts[at].tolist(), strict=True)), missing

    def _days(self, interval: DateInterval) -> tuple[dict[str, int], int]:
        """Count days or weeks; day 1 of all was a Monday."""
        parts = [
            segment.data.days[self.filtered(at, without=FacetName.DATE)] for at, segment in enumerate(self._segments)
        ]
        days = np.concatenate([np.empty(0, dtype=np.int32), *parts])
        dated = days[days > 0]
        starts = dated if interval is DateInterval.DAY else dated - (dated - 1) % DAYS_OF_WEEK
        firsts, counts = np.unique(starts, return_counts=True)
        names = [period_of(date.fromordinal(first), interval) for first in firsts.tolist()]
        return dict(zip(names, counts.tolist(), strict=True)), len(days) - len(dated)

    def _selected_periods(self, interval: DateInterval) -> list[str]:
        first, last = self._filters.date_from, self._filters.date_to
        if first is None or last is None or first > last:
            return []
        if interval in (DateInterval.WEEK, DateInterval.DAY):
            step = 1 if interval is DateInterval.DAY else DAYS_OF_WEEK
            start = first.toordinal() if step == 1 else first.toordinal() - first.weekday()
            days = range(start, last.toordinal() + 1, step)
            if len(days) > MAX_EMPTY_DATE_BUCKETS:
                return []
            periods = [period_of(date.fromordinal(day), interval) for day in days]
        elif interval is DateInterval.YEAR:
            periods = [f"{year:04}" for year in range(first.year, last.year + 1)]
        else:
            months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
            periods = [f"{month // 12:04}-{month % 12 + 1:02}" for month in months]
        return periods if len(periods) <= MAX_EMPTY_DATE_BUCKETS else []

    def _date_bucket(self, period: str, count: int) -> Bucket:
        start, end = first_and_last_day(period)
        first, last = self._filters.date_from, self._filters.date_to
        selected = (first or last) is not None and (first is None or first <= end) and (last is None or start <= last)
        return Bucket(period, period, count, selected, start, end)


@lru_cache(maxsize=10_000)
def first_and_last_day(period: str) -> tuple[date, date]:
    """Return the first and the last day of a year ("2013"), month ("2013-11"), week ("2013-W46") or day."""
    year, _, month = period.partition("-")
    if month.startswith("W"):
        start = date.fromisocalendar(int(year), int(month[1:]), 1)
        return start, date.fromordinal(min(start.toordinal() + DAYS_OF_WEEK - 1, date.max.toordinal()))
    if "-" in month:
        return date.fromisoformat(period), date.fromisoformat(period)
    if month:
        return date(int(year), int(month), 1), last_of_month(int(year), int(month))
    return date(int(year), 1, 1), date(int(year), 12, 31)


def period_of(day: date, interval: DateInterval) -> str:
    """Return the name of a day, or of the week it is in."""
    if interval is DateInterval.DAY:
        return day.isoformat()
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"
