"""Reading the API from pages of other sites (CORS): only for the origins the settings name, and only reading."""

from __future__ import annotations

from flask import Flask, Response, request

from searchsvc.settings import Settings

PATHS = ("/api/", "/feed.atom", "/openapi.json")
METHODS = "GET, HEAD, OPTIONS"
MAX_AGE_S = 600
_EXPOSED = "ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-ID"
_ACCEPTED = "If-None-Match, X-API-Key, X-Request-ID"


def init_app(app: Flask, settings: Settings) -> None:
    """Let pages of the set origins read from ``app``."""
    origins = frozenset(settings.cors_origin_list)

    def allow(response: Response) -> Response:
        if not origins or not request.path.startswith(PATHS):
            return response
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin is None or (origin not in origins and "*" not in origins):
            return response
        asked = request.headers.get("Access-Control-Request-Method") if request.method == "OPTIONS" else None
        if (asked or request.method) not in METHODS.split(", "):
            return response
        response.headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
        if asked is not None:
            response.headers["Access-Control-Allow-Methods"] = METHODS
            response.headers["Access-Control-Allow-Headers"] = _ACCEPTED
            response.headers["Access-Control-Max-Age"] = str(MAX_AGE_S)
        return response

    app.after_request(allow)
