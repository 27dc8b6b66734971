"""Request ids and one log line per request."""

from __future__ import annotations

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from searchsvc.shown import HIDDEN

HEADER = "X-Request-ID"
_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

_log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    """Give every request of ``app`` an id, return it, and log the request when it is answered."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    ms = round((time.perf_counter() - g.started) * 1000, 1)
    _log.info("request", method=request.method, path=_shown_path(), status=response.status_code, ms=ms)
    return response


def _shown_path() -> str:
    """Return the path without what only its owner knows: whoever knows the token of a saved search can end it."""
    token = (request.view_args or {}).get("token")
    return request.path.replace(token, HIDDEN) if isinstance(token, str) and token else request.path
