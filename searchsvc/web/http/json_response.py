"""Values -> JSON answers: UTF-8 and compact."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response


def json_text(value: Any) -> str:
    """Return ``value`` as compact JSON. Raises ``TypeError`` for what JSON cannot say, but NaN and infinities: null."""
    return orjson.dumps(value).decode()


def json_response(value: Any, status: int = 200) -> Response:
    """Answer with ``value`` as JSON, not to be cached without asking again."""
    body = orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
    response = Response(body, status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    return response
