"""Answers that need not be sent again: validators made of what an answer depends on.

An answer of the index depends on the index's generation, the request, the address it was called by and this start of
the service (settings, word lists and code only change with a start). Times in it may differ, so validators are weak.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable

from flask import Flask, Response, current_app, request

from searchsvc.web.services import services

START_VARIABLE = "_SEARCHSVC_START"
"""Environment variable that names this start of the service, the same for all web processes."""

_KEY = "searchsvc_start"


def init_app(app: Flask) -> None:
    """Give ``app`` the name of this start."""
    app.extensions[_KEY] = os.environ.get(START_VARIABLE) or uuid.uuid4().hex


def etag(*parts: object) -> str:
    """Return the validator of an answer that depends on ``parts`` (each with a meaningful ``repr``)."""
    text = repr((current_app.extensions[_KEY], request.url_root, parts))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def answer_unless_known(validator: str, make: Callable[[], Response]) -> Response:
    """Answer by ``make``, or 304 if the sender of the current request has the answer with this validator."""
    known = request.if_none_match.contains_weak(validator) if "If-None-Match" in request.headers else False
    response = Response(status=304) if known else make()
    response.headers["ETag"] = f'W/"{validator}"'
    response.headers["Cache-Control"] = "no-cache"
    return response


def answer_of_index(key: tuple[object, ...], make: Callable[[], Response]) -> Response:
    """Answer by ``make`` unless the sender has what the current generation of the index answers to ``key``."""
    generation = services().engine.health().generation
    # A commit that comes in between makes the validator too old, and then the next request is answered in full.
    return make() if generation is None else answer_unless_known(etag(generation, *key), make)
