"""Facets and active filters as the search page shows them: boxes to tick, bars of years, chips to remove."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analyzers import name_key
from index.contract import MISSING, Facet, FacetName, SearchRequest
from searchsvc.interface.parameters import MAX_FACET_SIZE
from searchsvc.interface.search_url import changed, page_search, toggled
from searchsvc.web.pages.formatting import day
from searchsvc.web.pages.histogram import Histogram, histogram
from searchsvc.web.pages.languages import gettext
from searchsvc.web.pages.messages import FACETS, facet_title, value_label
from searchsvc.web.pages.places import kreis_key, land_of, several_laender

SHOWN_FACETS = tuple(FACETS)
ROWS_AT_FIRST = 7
VALUE_FILTERS = tuple(name for name in SHOWN_FACETS if name is not FacetName.DATE)


@dataclass(frozen=True, slots=True)
class Row:
    """One value of a facet, to be ticked."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Values that belong together; no ``title``: all of them."""

    title: str | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class FacetView:
    """A facet: ``rows`` are always visible, ``groups`` unfold; ``other`` documents have values that are not listed."""

    name: FacetName
    title: str
    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    other: int
    show_all: SearchRequest | None

    @property
    def hidden_rows(self) -> int:
        """How many values unfold."""
        return sum(len(group.rows) for group in self.groups)


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


def facet_views(
    request: SearchRequest, facets: Iterable[Facet], official_keys: Mapping[str, str]
) -> tuple[FacetView, ...]:
    """Return the facets that offer a choice, in the order of the page; ``official_keys`` are the Kommunen's AGS."""
    counted = {facet.name: facet for facet in facets}
    views = (_value_view(request, counted[name], official_keys) for name in VALUE_FILTERS if name in counted)
    return tuple(view for view in views if _offers_a_choice(view))


def date_view(request: SearchRequest, facets: Iterable[Facet]) -> Histogram | None:
    """Return the date facet, if dates were counted."""
    return next((histogram(request, facet) for facet in facets if facet.name is FacetName.DATE), None)


def chips(request: SearchRequest, facets: Iterable[Facet] = ()) -> tuple[Chip, ...]:
    """Return the active filters of ``request``, named as in ``facets`` where they are listed there."""
    labels = {(facet.name, bucket.value): bucket.label for facet in facets for bucket in facet.buckets}
    found = []
    for name in VALUE_FILTERS:
        for value in getattr(request, name.value):
            label = _label(name, value, labels.get((name, value), value))
            found.append(Chip(f"{facet_title(name)}: {label}", toggled(request, name, value)))
    if request.date_from or request.date_to:
        label = f"{facet_title(FacetName.DATE)}: {_span_label(request)}"
        found.append(Chip(label, changed(request, date_from=None, date_to=None)))
    if request.date_missing:
        found.append(Chip(value_label(FacetName.DATE, MISSING), changed(request, date_missing=False)))
    if request.exact:
        found.append(Chip(gettext("Nur genau diese Schreibweise"), changed(request, exact=False)))
    if request.all_words:
        found.append(Chip(gettext("nur mit allen Wörtern"), changed(request, all_words=False)))
    return tuple(found)


def without_filters(request: SearchRequest) -> SearchRequest:
    """Return ``request`` with its words and order only."""
    return page_search(
        q=request.q,
        sort=request.sort,
        per_page=request.per_page,
        highlight=request.highlight,
        collapse=request.collapse,
    )


def _value_view(request: SearchRequest, facet: Facet, official_keys: Mapping[str, str]) -> FacetView:
    rows = [
        Row(bucket.value, _label(facet.name, bucket.value, bucket.label), bucket.count, bucket.selected)
        for bucket in facet.buckets
        if bucket.value != MISSING
    ]
    # A value that the engine does not list stays in the form, or the next choice would drop it unasked.
    listed = {row.value for row in rows} | {MISSING}
    given = [value for value in getattr(request, facet.name.value) if value not in listed]
    rows += [Row(value, _label(facet.name, value, value), 0, selected=True) for value in given]
    rows.sort(key=lambda row: not row.selected)
    if facet.missing or facet.missing_selected:
        rows.append(Row(MISSING, value_label(facet.name, MISSING), facet.missing, facet.missing_selected))
    at_first = max(ROWS_AT_FIRST, sum(row.selected for row in rows))
    if len(rows) <= at_first + 2:  # nothing is gained by folding away two lines
        at_first = len(rows)
    show_all = changed(request, facet_size=MAX_FACET_SIZE) if facet.other else None
    keys = official_keys if facet.name is FacetName.KOMMUNE else {}
    return FacetView(
        facet.name,
        facet_title(facet.name),
        tuple(rows[:at_first]),
        _grouped(rows[at_first:], keys),
        facet.other,
        show_all,
    )


def _grouped(rows: list[Row], official_keys: Mapping[str, str]) -> tuple[Group, ...]:
    """Group Kommunen by Land and, where several share one, by Kreis."""
    keys = {row.value: official_keys.get(row.value) for row in rows}
    if not rows or not several_laender(keys.values()):
        return (Group(None, tuple(rows)),) if rows else ()
    by_place: dict[tuple[str, str], list[Row]] = {}
    kreise = [kreis_key(key) for key in keys.values()]
    for row in rows:
        kreis = kreis_key(keys[row.value])
        shared = kreis if kreis and kreise.count(kreis) > 1 else ""
        by_place.setdefault((land_of(keys[row.value]) or "", shared), []).append(row)
    return tuple(
        Group(_place_title(land, kreis), tuple(by_place[land, kreis]))
        for land, kreis in sorted(by_place, key=lambda place: (not place[0], name_key(place[0]), place[1]))
    )


def _place_title(land: str, kreis: str) -> str:
    if not land:
        return gettext("Land nicht bekannt")
    return gettext("%(land)s, Kreis %(key)s") % {"land": land, "key": kreis} if kreis else land


def _label(name: FacetName, value: str, label: str) -> str:
    known = value_label(name, value)
    return known if known != value else label


def _offers_a_choice(view: FacetView) -> bool:
    return len(view.rows) > 1 or any(row.selected for row in view.rows)


def _span_label(request: SearchRequest) -> str:
    first, last = request.date_from, request.date_to
    if first and last:
        if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
            return str(first.year) if first.year == last.year else f"{first.year}–{last.year}"
        if first == last:
            return day(first)
        return gettext("%(first)s bis %(last)s") % {"first": day(first), "last": day(last)}
    if first:
        return gettext("ab %(day)s") % {"day": day(first)}
    return gettext("bis %(day)s") % {"day": day(last)} if last else ""
