"""Searching over HTTP: hits and facets, and completions while typing."""

from __future__ import annotations

from flask import Blueprint, Response

from searchsvc.web.api import serializers
from searchsvc.web.api.arguments import arguments
from searchsvc.web.json_response import json_response
from searchsvc.web.links import public_links
from searchsvc.web.parameters import search_request, suggestion_request
from searchsvc.web.services import services


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/search")(search)
    blueprint.get("/suggest")(suggest)


def search() -> Response:
    """Answer a search with hits and exact facet counts."""
    result = services().engine.search(search_request(arguments()))
    return json_response(serializers.search_result(result, public_links()))


def suggest() -> Response:
    """Complete what has been typed so far."""
    typed, limit = suggestion_request(arguments())
    completions = services().engine.suggest(typed, limit=limit)
    return json_response({"q": typed, "suggestions": [serializers.completion(item) for item in completions]})
