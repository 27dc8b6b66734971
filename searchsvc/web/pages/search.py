"""The search page: box, hits, filters; without any parameter the start page with what is in the collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from flask import Blueprint, Response, current_app, make_response, render_template, request

from index.contract import MAX_PAGED_HITS, Collapse, InvalidRequest, SearchEngine, SearchRequest, SearchResult, Sort
from searchsvc.interface.parameters import MAX_FACET_SIZE, SEARCH_PARAMETERS, Problem, page_search_request
from searchsvc.interface.search_url import changed, default_of, is_field, page_search
from searchsvc.web.http.links import public_links
from searchsvc.web.http.reach import bounds
from searchsvc.web.http.services import services
from searchsvc.web.pages.examples import Examples
from searchsvc.web.pages.filters import (
    SHOWN_FACETS,
    chips,
    date_view,
    facet_views,
    resolve_kommunen,
    without_filters,
)
from searchsvc.web.pages.languages import gettext
from searchsvc.web.pages.messages import problem_text, sort_labels, unsearched_text, warning_text
from searchsvc.web.pages.paging import paging
from searchsvc.web.pages.places import OfficialKeys
from searchsvc.web.pages.typed_dates import offered_date
from searchsvc.web.pages.unessential import if_possible
from searchsvc.web.pages.zero_hits import cause, unknown_words

MAX_HITS_ON_PAGE = 15
"""So many hits with their excerpts are still less than 100 kB; the API gives more."""
NEWEST_ON_START_PAGE = 5
KOMMUNEN_ON_START_PAGE = 24


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/")(search)
    blueprint.get("/opensearch.xml")(opensearch)


def search() -> str:
    """Show the start page or, with any search parameter, its hits."""
    given = dict(request.args.lists())
    if not any(name in SEARCH_PARAMETERS for name in given):
        return _start_page()
    wanted, problems = _small_enough(*page_search_request(given))
    for problem in problems:
        if problem.parameter == "q":
            return _not_searched(wanted, problem, " ".join(given["q"]))
    wanted, problems, is_too_deep = _deepest(wanted, problems)
    engine = services().engine
    wanted, result, problems = _search_leniently(engine, wanted, problems)
    wanted = resolve_kommunen(wanted, result.facets)
    active = chips(wanted, result.facets)
    official_keys = if_possible(lambda: _official_keys().of(engine, result.generation), {}, "official keys")
    unknown: Sequence[str] = ()
    if result.total and not result.total_all_words:
        unknown = if_possible(lambda: unknown_words(engine, wanted), (), "unknown words")
    return render_template(
        "search.html",
        request=wanted,
        result=result,
        notices=[problem_text(problem) for problem in problems],
        warnings=[warning_text(warning) for warning in result.warnings],
        facets=facet_views(wanted, result.facets, official_keys),
        dates=date_view(wanted, result.facets),
        chips=active,
        all_removed=without_filters(wanted),
        sorts=_sorts(wanted),
        views=_views(wanted),
        paging=paging(wanted, result, is_too_deep=is_too_deep),
        cause=None if result.total else if_possible(lambda: cause(engine, wanted, active), None, "cause"),
        can_mail=bool(services().settings.smtp_host),
        unknown_words=unknown,
        offered_date=if_possible(lambda: offered_date(engine, wanted), None, "documents of a day"),
        preferred=_preferred(wanted, result) if wanted.sort is Sort.RELEVANCE else (),
        first_lacking=_first_lacking(result),
    )


def _not_searched(wanted: SearchRequest, problem: Problem, typed: str) -> str:
    """Keep what was typed, and say why it is not searched: without it, everything would be found."""
    return render_template(
        "not_searched.html", request=replace(wanted, q=typed), notice=unsearched_text(problem, typed)
    )


def _deepest(wanted: SearchRequest, problems: tuple[Problem, ...]) -> tuple[SearchRequest, tuple[Problem, ...], bool]:
    """Return the last page that a number can ask for if one beyond it was asked for, and whether it was."""
    others = tuple(problem for problem in problems if (problem.parameter, problem.code) != ("page", "too_deep"))
    if len(others) == len(problems):
        return wanted, problems, False
    return replace(wanted, page=MAX_PAGED_HITS // wanted.per_page), others, True


def _preferred(wanted: SearchRequest, result: SearchResult) -> list[tuple[str, SearchRequest, SearchRequest]]:
    """Return each Kommune named in the query: its name, the search for its documents only, and one without the wish."""
    if wanted.kommune:
        return []
    return [
        (
            named.kommune.name,
            changed(wanted, kommune=(named.kommune.id,)),
            changed(wanted, q=wanted.q.replace(named.typed, f'"{named.typed}"', 1)),
        )
        for named in result.preferred
    ]


def _first_lacking(result: SearchResult) -> int | None:
    """Return the place on the page (from 1) of the hits that lack a word; None: there is no other hit before them."""
    places = [place for place, hit in enumerate(result.hits, start=1) if hit.missing]
    return places[0] if places and places[0] > 1 else None


def opensearch() -> Response:
    """Describe the search to browsers, which then offer it in their address bar."""
    response = make_response(render_template("opensearch.xml", base=public_links().base))
    response.mimetype = "application/opensearchdescription+xml"
    return response


def _start_page() -> str:
    engine = services().engine
    stats = engine.stats()
    newest = engine.search(page_search(sort=Sort.DATE_DESC, per_page=NEWEST_ON_START_PAGE, facets=(), highlight=False))
    kommunen = [(kommune, count) for kommune, count in stats.documents_by_kommune if kommune]
    return render_template(
        "start.html",
        request=page_search(),
        stats=stats,
        kommunen=[
            (kommune.name, count, page_search(kommune=(kommune.id,)))
            for kommune, count in kommunen[:KOMMUNEN_ON_START_PAGE]
        ],
        kommunen_count=len(kommunen),
        newest=newest.hits,
        examples=if_possible(lambda: _examples().of(engine, stats), (), "examples"),
        all_kommunen=page_search(facet_size=MAX_FACET_SIZE),
        last_update=services().store.documents.last_changed_at() if stats.documents and not bounds() else None,
        canonical=f"{public_links().base}/",
    )


def _examples() -> Examples:
    return cast(Examples, current_app.extensions.setdefault("searchsvc_examples", Examples()))


def _official_keys() -> OfficialKeys:
    return cast(OfficialKeys, current_app.extensions.setdefault("searchsvc_official_keys", OfficialKeys()))


def _small_enough(wanted: SearchRequest, problems: tuple[Problem, ...]) -> tuple[SearchRequest, tuple[Problem, ...]]:
    """Return a search that fills no page with more hits than a phone can take, and what that changed."""
    hint = f"1 bis {MAX_HITS_ON_PAGE}"
    problems = tuple(replace(found, hint=hint) if found.parameter == "per_page" else found for found in problems)
    if wanted.per_page > MAX_HITS_ON_PAGE:
        problems += (Problem("per_page", "invalid_number", "too many for a page", str(wanted.per_page), hint),)
        wanted = replace(wanted, per_page=default_of("per_page"))
    return wanted, problems


def _search_leniently(
    engine: SearchEngine, wanted: SearchRequest, problems: tuple[Problem, ...]
) -> tuple[SearchRequest, SearchResult, tuple[Problem, ...]]:
    """Search without the fields that the engine refuses, such as a cursor of another search, and report them."""
    while True:
        try:
            return wanted, engine.search(replace(wanted, facets=SHOWN_FACETS, explain=True)), problems
        except InvalidRequest as error:
            name = error.field
            if not is_field(name) or getattr(wanted, name) == default_of(name):
                raise
            problems += (Problem(name, "invalid", error.message, value=str(getattr(wanted, name))[:80]),)
            wanted = replace(wanted, **{name: default_of(name)})


def _views(wanted: SearchRequest) -> list[tuple[str, SearchRequest, bool]]:
    """Return what a hit may be: label, search, whether it is the current one."""
    labels = {Collapse.PAPER: gettext("Nach Vorgängen"), None: gettext("Alle Dateien einzeln")}
    return [(label, changed(wanted, collapse=kind), wanted.collapse is kind) for kind, label in labels.items()]


def _sorts(wanted: SearchRequest) -> list[tuple[str, SearchRequest, bool]]:
    """Return the orders to choose from: label, search, whether it is the current one.

    Without words nothing is relevant, and the engine lists the newest first.
    """
    searched = bool(wanted.q.strip())
    current = wanted.sort if searched or wanted.sort is not Sort.RELEVANCE else Sort.DATE_DESC
    return [
        (label, changed(wanted, sort=sort), sort is current)
        for sort, label in sort_labels().items()
        if searched or sort is not Sort.RELEVANCE
    ]
