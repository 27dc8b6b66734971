"""The search page: box, hits, filters; without any parameter the start page with what is in the collection."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from flask import Blueprint, Response, current_app, make_response, render_template, request

from index.engine import SearchEngine, SearchRequest, SearchResult, Sort
from index.errors import InvalidRequest
from searchsvc.web.links import page_links
from searchsvc.web.pages.examples import Examples
from searchsvc.web.pages.filters import (
    SHOWN_FACETS,
    Chip,
    chips,
    facet_views,
    resolve_kommunen,
    without_filters,
)
from searchsvc.web.pages.messages import SORTS, problem_text, warning_text
from searchsvc.web.pages.paging import paging
from searchsvc.web.pages.search_url import changed, default_of, is_field
from searchsvc.web.parameters import SEARCH_PARAMETERS, Problem, lenient_search_request
from searchsvc.web.services import services

NEWEST_ON_START_PAGE = 5
KOMMUNEN_ON_START_PAGE = 24


@dataclass(frozen=True, slots=True)
class WayOut:
    """What to leave out of a search without hits, and how many hits there are then."""

    label: str
    target: SearchRequest
    total: int


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/")(search)
    blueprint.get("/opensearch.xml")(opensearch)


def search() -> str:
    """Show the start page or, with any search parameter, its hits."""
    given = dict(request.args.lists())
    if not any(name in SEARCH_PARAMETERS for name in given):
        return _start_page()
    wanted, problems = lenient_search_request(given)
    wanted, result, problems = _search_leniently(services().engine, wanted, problems)
    wanted = resolve_kommunen(wanted, result.facets)
    active = chips(wanted, result.facets)
    return render_template(
        "search.html",
        request=wanted,
        result=result,
        notices=[problem_text(problem) for problem in problems],
        warnings=[warning_text(warning) for warning in result.warnings],
        facets=facet_views(wanted, result.facets),
        chips=active,
        all_removed=without_filters(wanted),
        sorts=_sorts(wanted),
        paging=paging(wanted, result),
        ways_out=_ways_out(services().engine, wanted, active) if not result.total else (),
    )


def opensearch() -> Response:
    """Describe the search to browsers, which then offer it in their address bar."""
    base = (services().settings.public_url or request.url_root).rstrip("/")
    response = make_response(render_template("opensearch.xml", base=base))
    response.mimetype = "application/opensearchdescription+xml"
    return response


def _start_page() -> str:
    engine = services().engine
    stats = engine.stats()
    newest = engine.search(
        SearchRequest(sort=Sort.DATE_DESC, per_page=NEWEST_ON_START_PAGE, facets=(), highlight=False)
    )
    kommunen = [(kommune, count) for kommune, count in stats.documents_by_kommune if kommune]
    return render_template(
        "start.html",
        request=SearchRequest(),
        stats=stats,
        kommunen=[
            (kommune.name, count, SearchRequest(kommune=(kommune.id,)))
            for kommune, count in kommunen[:KOMMUNEN_ON_START_PAGE]
        ],
        kommunen_count=len(kommunen),
        newest=newest.hits,
        examples=_examples().of(engine, stats),
        links=page_links(),
    )


def _examples() -> Examples:
    return cast(Examples, current_app.extensions.setdefault("searchsvc_examples", Examples()))


def _search_leniently(
    engine: SearchEngine, wanted: SearchRequest, problems: tuple[Problem, ...]
) -> tuple[SearchRequest, SearchResult, tuple[Problem, ...]]:
    """Search without the fields that the engine refuses, such as a cursor of another search, and report them."""
    while True:
        try:
            return wanted, engine.search(replace(wanted, facets=SHOWN_FACETS)), problems
        except InvalidRequest as error:
            name = error.field
            if not is_field(name) or getattr(wanted, name) == default_of(name):
                raise
            problems += (Problem(name, "invalid", error.message, value=str(getattr(wanted, name))[:80]),)
            wanted = replace(wanted, **{name: default_of(name)})


def _sorts(wanted: SearchRequest) -> list[tuple[str, SearchRequest, bool]]:
    """Return the orders to choose from: label, search, whether it is the current one.

    Without words nothing is relevant, and the engine lists the newest first.
    """
    searched = bool(wanted.q.strip())
    current = wanted.sort if searched or wanted.sort is not Sort.RELEVANCE else Sort.DATE_DESC
    return [
        (label, changed(wanted, sort=sort), sort is current)
        for sort, label in SORTS.items()
        if searched or sort is not Sort.RELEVANCE
    ]


def _ways_out(engine: SearchEngine, wanted: SearchRequest, active: tuple[Chip, ...]) -> tuple[WayOut, ...]:
    """Count what each active filter hides; the most helpful first."""
    targets = [(f"ohne den Filter „{chip.label}“", chip.without) for chip in active]
    if len(active) > 1:
        targets.append(("ohne alle Filter", without_filters(wanted)))
    found = []
    for label, target in targets:
        total = engine.search(replace(target, page=1, per_page=1, facets=(), highlight=False)).total
        if total:
            found.append(WayOut(label, target, total))
    return tuple(sorted(found, key=lambda way: -way.total))
