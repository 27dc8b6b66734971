"""Facets and active filters as the search page shows them: rows with a bar and a link, chips to remove."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from babel.dates import format_date

from index.engine import MISSING, Bucket, DateInterval, Facet, FacetName, SearchRequest
from searchsvc.web.pages.formatting import LOCALE, day
from searchsvc.web.pages.messages import FACETS, WITHOUT, value_label
from searchsvc.web.pages.search_url import changed, toggled
from searchsvc.web.parameters import MAX_FACET_SIZE

SHOWN_FACETS = tuple(FACETS)
ROWS_AT_FIRST = 8
VALUE_FILTERS = tuple(name for name in SHOWN_FACETS if name is not FacetName.DATE)


@dataclass(frozen=True, slots=True)
class Row:
    """One value of a facet; ``target`` is the search with it switched on or off, ``percent`` the length of its bar.

    ``inside``: it is one of several years or months of a selected span, and ``target`` narrows the span to it.
    """

    label: str
    count: int
    percent: int
    selected: bool
    target: SearchRequest
    inside: bool = False


@dataclass(frozen=True, slots=True)
class FacetView:
    """A facet: ``rows`` are always visible, ``more`` unfold; ``other`` documents have values that are not listed."""

    name: FacetName
    title: str
    rows: tuple[Row, ...]
    more: tuple[Row, ...]
    other: int
    show_all: SearchRequest | None
    interval_switch: SearchRequest | None = None
    by_month: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter and the search without it."""

    label: str
    without: SearchRequest


def resolve_kommunen(request: SearchRequest, facets: Iterable[Facet]) -> SearchRequest:
    """Return ``request`` with every Kommune that the engine recognised named by its id, so that links can remove it.

    A Kommune may be given in any spelling; which ones were recognised shows in the selected buckets.
    """
    selected = [
        bucket for facet in facets if facet.name is FacetName.KOMMUNE for bucket in facet.buckets if bucket.selected
    ]
    ids = tuple(bucket.value for bucket in selected)
    as_given = [value for value in request.kommune if value not in ids]
    resolved_by_spelling = sum(value not in request.kommune for value in ids)
    if resolved_by_spelling >= len(as_given):
        unknown: list[str] = []
    else:
        labels = {bucket.label.casefold() for bucket in selected}
        unknown = [value for value in as_given if value.casefold() not in labels]
    return replace(request, kommune=(*ids, *unknown))


def facet_views(request: SearchRequest, facets: Iterable[Facet]) -> tuple[FacetView, ...]:
    """Return the facets that offer a choice, in the order of the page."""
    counted = {facet.name: facet for facet in facets}
    views = (
        _date_view(request, counted[name]) if name is FacetName.DATE else _value_view(request, counted[name])
        for name in SHOWN_FACETS
        if name in counted
    )
    return tuple(view for view in views if _offers_a_choice(view))


def chips(request: SearchRequest, facets: Iterable[Facet] = ()) -> tuple[Chip, ...]:
    """Return the active filters of ``request``, named as in ``facets`` where they are listed there."""
    labels = {(facet.name, bucket.value): bucket.label for facet in facets for bucket in facet.buckets}
    found = []
    for name in VALUE_FILTERS:
        for value in getattr(request, name.value):
            label = _label(name, value, labels.get((name, value), value))
            found.append(Chip(f"{FACETS[name]}: {label}", toggled(request, name, value)))
    if request.date_from or request.date_to:
        label = f"Datum: {_span_label(request)}"
        found.append(Chip(label, changed(request, date_from=None, date_to=None)))
    if request.date_missing:
        found.append(Chip(WITHOUT[FacetName.DATE], changed(request, date_missing=False)))
    if request.exact:
        found.append(Chip("genaue Suche", changed(request, exact=False)))
    return tuple(found)


def without_filters(request: SearchRequest) -> SearchRequest:
    """Return ``request`` with its words and order only."""
    return SearchRequest(q=request.q, sort=request.sort, per_page=request.per_page, highlight=request.highlight)


def _value_view(request: SearchRequest, facet: Facet) -> FacetView:
    most = max([bucket.count for bucket in facet.buckets] + [facet.missing], default=0)
    rows = [
        Row(
            _label(facet.name, bucket.value, bucket.label),
            bucket.count,
            _percent(bucket.count, most),
            bucket.selected,
            toggled(request, facet.name, bucket.value),
        )
        for bucket in facet.buckets
        if bucket.value != MISSING
    ]
    if facet.missing or facet.missing_selected:
        target = toggled(request, facet.name, MISSING)
        percent = _percent(facet.missing, most)
        rows.append(Row(WITHOUT[facet.name], facet.missing, percent, facet.missing_selected, target))
    rows.sort(key=lambda row: not row.selected)
    show_all = changed(request, facet_size=MAX_FACET_SIZE) if facet.other else None
    at_first = max(ROWS_AT_FIRST, sum(row.selected for row in rows))
    return FacetView(
        facet.name, FACETS[facet.name], tuple(rows[:at_first]), tuple(rows[at_first:]), facet.other, show_all
    )


def _date_view(request: SearchRequest, facet: Facet) -> FacetView:
    by_month = facet.interval is DateInterval.MONTH
    shown = [bucket for bucket in facet.buckets if bucket.count or bucket.selected]
    if by_month and request.date_from and request.date_to:
        first, last = request.date_from.year, request.date_to.year
        shown = [bucket for bucket in shown if bucket.start and first <= bucket.start.year <= last]
    most = max([bucket.count for bucket in shown] + [facet.missing], default=0)
    rows = [_date_row(request, bucket, most) for bucket in reversed(shown)]
    if facet.missing or facet.missing_selected:
        target = changed(request, date_missing=not request.date_missing)
        percent = _percent(facet.missing, most)
        rows.append(Row(WITHOUT[facet.name], facet.missing, percent, facet.missing_selected, target))
    interval = DateInterval.YEAR if by_month else DateInterval.MONTH
    switch = replace(request, date_interval=interval) if shown else None
    # A year is easily scanned, so the list is half as long again before it folds.
    cut = ROWS_AT_FIRST * 3 // 2
    title = "Monat" if by_month else FACETS[facet.name]
    return FacetView(facet.name, title, tuple(rows[:cut]), tuple(rows[cut:]), facet.other, None, switch, by_month)


def _date_row(request: SearchRequest, bucket: Bucket, most: int) -> Row:
    label = bucket.label
    if bucket.start and len(bucket.value) > len("2013"):
        label = str(format_date(bucket.start, "LLLL yyyy", locale=LOCALE))
    is_the_span = (request.date_from, request.date_to) == (bucket.start, bucket.end)
    first, last = (None, None) if is_the_span else (bucket.start, bucket.end)
    target = changed(request, date_from=first, date_to=last)
    return Row(label, bucket.count, _percent(bucket.count, most), is_the_span, target, inside=bucket.selected)


def _label(name: FacetName, value: str, label: str) -> str:
    known = value_label(name, value)
    return known if known != value else label


def _offers_a_choice(view: FacetView) -> bool:
    rows = (*view.rows, *view.more)
    return len(rows) > 1 or any(row.selected for row in rows)


def _percent(count: int, most: int) -> int:
    return max(2, round(100 * count / most)) if count and most else 0


def _span_label(request: SearchRequest) -> str:
    first, last = request.date_from, request.date_to
    if first and last:
        if first.year == last.year and (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
            return str(first.year)
        return day(first) if first == last else f"{day(first)} bis {day(last)}"
    return f"ab {day(first)}" if first else f"bis {day(last)}" if last else ""
