"""The description of the HTTP interface: as an OpenAPI document for programs, as a page for people."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, render_template

from searchsvc.web.api.arguments import no_arguments
from searchsvc.web.http.conditional import answer_unless_known, etag
from searchsvc.web.http.json_response import json_response
from searchsvc.web.http.links import public_links
from searchsvc.web.openapi.document import openapi_document
from searchsvc.web.openapi.outline import outline
from searchsvc.web.openapi.pages import OPERATING, PAGES
from searchsvc.web.openapi.reading import READING
from searchsvc.web.openapi.writing import WRITING

OPERATIONS = (*READING, *WRITING, *PAGES, *OPERATING)

blueprint = Blueprint("openapi", __name__)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Describe the interface to programs."""
    no_arguments()
    base = public_links().base
    return answer_unless_known(etag("openapi", base), lambda: json_response(described(base)))


@blueprint.get("/docs")
def docs() -> Response:
    """Describe the interface to people."""
    base = public_links().base

    def make() -> Response:
        return Response(render_template("docs.html", outline=outline(described(base))), mimetype="text/html")

    return answer_unless_known(etag("docs", base), make)


@lru_cache(maxsize=4)
def described(server: str) -> dict[str, Any]:
    """Return the OpenAPI document of a service at the address ``server``."""
    return openapi_document(OPERATIONS, server)


__all__ = ["OPERATIONS", "blueprint", "described"]
