"""The date facet as bars that can be clicked, dragged over and reached by keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from index.engine import Bucket, DateInterval, Facet, SearchRequest
from searchsvc.web.languages import gettext
from searchsvc.web.pages.formatting import month
from searchsvc.web.pages.search_url import changed

MAX_BARS = 40
HEIGHT = 56
WIDTH = 10
"""Width of a bar with its gap; the picture is stretched to the width of its column."""

_YEARS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 600)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``count`` documents from ``first`` to ``last``; ``target`` is the search in that time only.

    ``x``, ``y`` and ``height`` are in the units of the picture, ``HEIGHT`` high. ``is_inside``: the bar is in the
    period that is filtered for; ``is_period``: it is all of it, and ``target`` lifts the filter.
    """

    label: str
    count: int
    first: date
    last: date
    x: int
    y: int
    height: int
    is_inside: bool
    is_period: bool
    target: SearchRequest


@dataclass(frozen=True, slots=True)
class Histogram:
    """The date facet. ``missing`` documents have no date. ``switch`` counts by the other interval."""

    bars: tuple[Bar, ...]
    missing: int
    missing_selected: bool
    by_month: bool
    switch: SearchRequest | None

    @property
    def width(self) -> int:
        """Width of the picture in its units."""
        return WIDTH * len(self.bars)

    @property
    def first_label(self) -> str:
        """What is written below the first bar."""
        return self.bars[0].label.partition("–")[0]

    @property
    def last_label(self) -> str:
        """What is written below the last bar."""
        return self.bars[-1].label.rpartition("–")[2]


def histogram(request: SearchRequest, facet: Facet) -> Histogram:
    """Return the bars of the date facet: at most ``MAX_BARS``, each of as many years or months as that takes."""
    by_month = facet.interval is DateInterval.MONTH
    buckets = _shown(request, facet.buckets, by_month=by_month)
    widths = _MONTHS if by_month else _YEARS
    width = next((one for one in widths if -(-len(buckets) // one) <= MAX_BARS), widths[-1])
    groups = [buckets[start : start + width] for start in _starts(buckets, width, by_month=by_month)]
    most = max((sum(bucket.count for bucket in group) for group in groups), default=0)
    bars = tuple(_bar(request, group, at, most, by_month=by_month) for at, group in enumerate(groups))
    interval = DateInterval.YEAR if by_month else DateInterval.MONTH
    switch = replace(request, date_interval=interval) if bars else None
    return Histogram(bars, facet.missing, request.date_missing, by_month, switch)


def _shown(request: SearchRequest, buckets: Sequence[Bucket], *, by_month: bool) -> list[Bucket]:
    shown = [bucket for bucket in buckets if bucket.start and bucket.end]
    if by_month and request.date_from and request.date_to:
        first, last = request.date_from.year, request.date_to.year
        shown = [bucket for bucket in shown if bucket.start and first <= bucket.start.year <= last]
    used = [bucket for bucket in shown if bucket.count or bucket.selected]
    return _without_gaps(used, by_month=by_month) if used else []


def _without_gaps(buckets: Sequence[Bucket], *, by_month: bool) -> list[Bucket]:
    """Add the years or months between buckets that have no documents: time does not jump."""
    filled: list[Bucket] = []
    for bucket in buckets:
        assert bucket.start is not None
        while filled and (gap := _next_start(filled[-1], by_month=by_month)) < bucket.start:
            end = (_month_after(gap) if by_month else date(gap.year + 1, 1, 1)) - timedelta(days=1)
            filled.append(Bucket("", "", 0, start=gap, end=end))
        filled.append(bucket)
    return filled


def _next_start(bucket: Bucket, *, by_month: bool) -> date:
    assert bucket.start is not None
    return _month_after(bucket.start) if by_month else date(bucket.start.year + 1, 1, 1)


def _month_after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _starts(buckets: Sequence[Bucket], width: int, *, by_month: bool) -> list[int]:
    """Return where groups begin: at round years, so that 1990 to 1999 are one decade."""
    if not buckets or by_month:
        return list(range(0, len(buckets), width))
    starts = [at for at, bucket in enumerate(buckets) if bucket.start and bucket.start.year % width == 0]
    return sorted({0, *starts})


def _bar(request: SearchRequest, group: Sequence[Bucket], at: int, most: int, *, by_month: bool) -> Bar:
    first, last = group[0].start, group[-1].end
    assert first is not None
    assert last is not None
    count = sum(bucket.count for bucket in group)
    height = max(2, round(HEIGHT * count / most)) if count and most else 0
    is_period = (request.date_from, request.date_to) == (first, last)
    period = (None, None) if is_period else (first, last)
    return Bar(
        label=_label(first, last, by_month=by_month),
        count=count,
        first=first,
        last=last,
        x=at * WIDTH,
        y=HEIGHT - height,
        height=height,
        is_inside=any(bucket.selected for bucket in group),
        is_period=is_period,
        target=changed(request, date_from=period[0], date_to=period[1]),
    )


def _label(first: date, last: date, *, by_month: bool) -> str:
    begin, end = (month(first), month(last)) if by_month else (str(first.year), str(last.year))
    return begin if begin == end else f"{begin}–{end}"


def switch_label(view: Histogram) -> str:
    """Return what the link to the other interval says."""
    return gettext("Nach Jahren zählen") if view.by_month else gettext("Nach Monaten zählen")
