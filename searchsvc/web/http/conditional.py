"""Answers that need not be sent, or not made, again: validators made of what an answer depends on.

An answer of the index depends on the index's generation, the request, the address it was called by and this start of
the service (settings, word lists and code only change with a start). Times in it may differ, so validators are weak.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable
from typing import cast
from zlib import crc32

from flask import Flask, Response, current_app, g, request
from werkzeug.datastructures import ETags

from searchsvc.settings import Settings
from searchsvc.store import Precondition
from searchsvc.web.http.answer_cache import AnswerCache
from searchsvc.web.http.json_response import json_response
from searchsvc.web.http.reach import bounds
from searchsvc.web.http.services import services

START_VARIABLE = "_SEARCHSVC_START"
"""Environment variable that names this start of the service, the same for all web processes."""

_KEY = "searchsvc_start"
_ALSO = "+"
_CACHE_KEY = "searchsvc_answer_cache"


def init_app(app: Flask, settings: Settings) -> None:
    """Give ``app`` the name of this start, and room for the answers of its index."""
    app.extensions[_KEY] = os.environ.get(START_VARIABLE) or uuid.uuid4().hex
    app.extensions[_CACHE_KEY] = AnswerCache(settings.search_cache_mb * 1_000_000)


def etag(*parts: object) -> str:
    """Return the validator of an answer that depends on ``parts`` (each with a meaningful ``repr``)."""
    text = repr((current_app.extensions[_KEY], request.url_root, bounds().mark, parts))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def answer_unless_known(validator: str, make: Callable[[], Response]) -> Response:
    """Answer by ``make``, or 304 if the sender of the current request has the answer with this validator."""
    known = request.if_none_match.contains_weak(validator) if "If-None-Match" in request.headers else False
    response = Response(status=304) if known else make()
    response.headers["ETag"] = f'W/"{validator}"'
    response.headers["Cache-Control"] = "no-cache"
    return response


def document_validator(version: str, also: object = None) -> str:
    """Return the validator of a document's answer, in which ``also`` stands too: what others change about it."""
    return f"{version}{_ALSO}{crc32(repr(also).encode()):08x}" if also else version


def precondition() -> Precondition | None:
    """Return what the current write's headers If-Match and If-None-Match ask of the document; None: nothing.

    Weak validators count as well: those of documents name exactly one state, only their transfer may have differed.
    What others change about a document's answer is no change of the document, whose version alone is compared.
    """
    matching, not_matching = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if matching is None and not_matching is None:
        return None
    return Precondition(
        versions=None if matching is None else _versions(request.if_match),
        not_versions=frozenset() if not_matching is None else _versions(request.if_none_match),
    )


def _versions(tags: ETags) -> frozenset[str]:
    if tags.star_tag:
        return frozenset({Precondition.ANY})
    # Of what is no validator, werkzeug makes None.
    return frozenset(tag.partition(_ALSO)[0] for tag in tags.as_set(include_weak=True) if tag)


def answer_of_index(key: tuple[object, ...], make: Callable[[], object], *, keep: bool = True) -> Response:
    """Answer with the JSON of what ``make`` returns, or 304 if the sender has what this index answers to ``key``.

    Unless ``keep`` is false, an answer that this process gave before is given again.
    """
    generation = services().engine.state().generation
    if generation is None:
        return json_response(make())
    # A commit that comes in between makes the validator too old, and then the next request is answered in full.
    validator = etag(generation, *key)
    return answer_unless_known(validator, lambda: _kept_or_made(validator, make) if keep else json_response(make()))


def _kept_or_made(validator: str, make: Callable[[], object]) -> Response:
    cache = cast(AnswerCache, current_app.extensions[_CACHE_KEY])
    body = cache.get(validator)
    if body is not None:
        g.is_kept_answer = True
        return Response(body, mimetype="application/json")
    response = json_response(make())
    cache.put(validator, response.get_data())
    return response
