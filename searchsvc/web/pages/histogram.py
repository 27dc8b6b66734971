"""The date facet as bars that can be clicked, dragged over and reached by keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from index.contract import Bucket, DateInterval, Facet, SearchRequest
from searchsvc.interface.search_url import changed
from searchsvc.web.pages.formatting import month
from searchsvc.web.pages.languages import gettext

MAX_BARS = 40
HEIGHT = 56
WIDTH = 10
"""Width of a bar with its gap; the picture is stretched to the width of its column."""

_YEARS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 600, 1_200, 6_000)


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
    places = [_place(bucket.start, by_month=by_month) for bucket in buckets if bucket.start]
    span = places[-1] - places[0] + 1 if places else 0
    widths = _MONTHS if by_month else _YEARS
    width = next((one for one in widths if span // one < MAX_BARS), widths[-1])
    groups: dict[int, list[Bucket]] = {place // width: [] for place in range(*_bounds(places, width), width)}
    for place, bucket in zip(places, buckets, strict=True):
        groups[place // width].append(bucket)
    most = max((sum(bucket.count for bucket in group) for group in groups.values()), default=0)
    bars = tuple(
        _bar(request, group, at, most, _period(number * width, width, by_month=by_month), by_month=by_month)
        for at, (number, group) in enumerate(groups.items())
    )
    interval = DateInterval.YEAR if by_month else DateInterval.MONTH
    switch = replace(request, date_interval=interval) if bars else None
    return Histogram(bars, facet.missing, request.date_missing, by_month, switch)


def _shown(request: SearchRequest, buckets: Sequence[Bucket], *, by_month: bool) -> list[Bucket]:
    shown = [bucket for bucket in buckets if bucket.start and (bucket.count or bucket.selected)]
    if by_month and request.date_from and request.date_to:
        first, last = request.date_from.year, request.date_to.year
        shown = [bucket for bucket in shown if bucket.start and first <= bucket.start.year <= last]
    return shown


def _place(day: date, *, by_month: bool) -> int:
    """Return the number of a year, or of a month since the year 0."""
    return day.year * 12 + day.month - 1 if by_month else day.year


def _bounds(places: Sequence[int], width: int) -> tuple[int, int]:
    """Return where bars begin and end: at round numbers, so that 1990 to 1999 are one decade."""
    return (places[0] // width * width, places[-1] + 1) if places else (0, 0)


def _period(place: int, width: int, *, by_month: bool) -> tuple[date, date]:
    """Return first and last day of a bar, within what a date can be."""
    begin, end = _first_day(place, by_month=by_month), _first_day(place + width, by_month=by_month)
    return begin, (end - timedelta(days=1) if end > begin else date.max)


def _first_day(place: int, *, by_month: bool) -> date:
    year, month_index = divmod(place, 12) if by_month else (place, 0)
    if year < 1:
        return date.min
    return date(year, month_index + 1, 1) if year <= date.max.year else date.max


def _bar(
    request: SearchRequest, group: Sequence[Bucket], at: int, most: int, span: tuple[date, date], *, by_month: bool
) -> Bar:
    count = sum(bucket.count for bucket in group)
    height = max(2, round(HEIGHT * count / most)) if count and most else 0
    is_period = (request.date_from, request.date_to) == span
    period = (None, None) if is_period else span
    return Bar(
        label=_label(*span, by_month=by_month),
        count=count,
        first=span[0],
        last=span[1],
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
