"""Searching over HTTP: hits and facets, several searches at once, and completions while typing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from index.contract import InvalidRequest
from searchsvc.interface import serializers
from searchsvc.interface.links import DocumentLinks
from searchsvc.interface.multi_search import searches
from searchsvc.interface.parameters import InvalidParameter, suggestion_request
from searchsvc.interface.search_parameters import ApiSearch, api_search
from searchsvc.web.api.arguments import arguments, no_arguments
from searchsvc.web.api.bodies import json_object_body
from searchsvc.web.http.conditional import answer_of_index
from searchsvc.web.http.errors import answer_for
from searchsvc.web.http.json_response import json_response
from searchsvc.web.http.links import public_links
from searchsvc.web.http.rate_limits import spend
from searchsvc.web.http.services import services


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/search")(search)
    blueprint.post("/msearch")(msearch)
    blueprint.get("/suggest")(suggest)


def search() -> Response:
    """Answer a search with hits and exact facet counts."""
    wanted = api_search(arguments())
    # Who asks for times wants those of this search.
    return answer_of_index(("search", wanted), lambda: _found(wanted, public_links()), keep=not wanted.search.explain)


def msearch() -> Response:
    """Answer several searches, each on its own: one that is wrong has an error in place of its result."""
    no_arguments()
    links = public_links()
    results: list[dict[str, Any]] = []
    chosen = searches(json_object_body())
    spend(len(chosen) - 1)
    for given in chosen:
        try:
            results.append(_found(api_search(given), links))
        except (InvalidParameter, InvalidRequest) as error:
            told = answer_for(error)
            results.append({"error": {"code": told.code, "message": told.message, "field": told.field}})
    return json_response({"results": results})


def suggest() -> Response:
    """Complete what has been typed so far."""
    typed, limit = suggestion_request(arguments())
    links = public_links()

    def make() -> dict[str, Any]:
        completions = services().engine.suggest(typed, limit=limit)
        return {"q": typed, "suggestions": [serializers.completion(item, links) for item in completions]}

    return answer_of_index(("suggest", typed, limit), make)


def _found(wanted: ApiSearch, links: DocumentLinks) -> dict[str, Any]:
    result = services().engine.search(wanted.search)
    answer = serializers.search_result(result, links)
    if wanted.search.collapse is not None:
        answer["total_documents"] = result.total_documents
    if wanted.fields is not None:
        answer["hits"] = [{name.value: hit[name] for name in wanted.fields if name in hit} for hit in answer["hits"]]
    if wanted.search.explain:
        answer["timings_ms"] = {phase: round(ms, 3) for phase, ms in result.timings_ms.items()}
    return answer
