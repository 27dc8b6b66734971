"""Values -> JSON answers: UTF-8, compact, and without what JSON cannot say."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def json_text(value: Any) -> str:
    """Return ``value`` as compact JSON. Raises ``ValueError`` for NaN and infinities."""
    return _encoder.encode(value)


def json_response(value: Any, status: int = 200) -> Response:
    """Answer with ``value`` as JSON, not to be cached without asking again."""
    response = Response(json_text(value) + "\n", status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    return response
