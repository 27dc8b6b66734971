"""The one table that says how an error is answered, and the handlers that answer it as JSON or as a German page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import structlog
from flask import Flask, Response, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from index.contract import IndexDamaged, IndexUnavailable, InvalidRequest, SearchRequest, SearchTimeout
from searchsvc.errors import (
    NO_SPACE,
    DocumentMoved,
    DocumentNotFound,
    Forbidden,
    HistoryChanged,
    InvalidDocument,
    NotAuthorized,
    PreconditionFailed,
    ServiceError,
    StorageFull,
    StoreUnavailable,
    UnreadableFile,
)
from searchsvc.indexing.verification import suspect_index
from searchsvc.interface.parameters import InvalidParameter, page_search_request
from searchsvc.web.http.gone import DocumentGone
from searchsvc.web.http.json_response import json_response
from searchsvc.web.http.services import services

RETRY_AFTER_S = 5

_log = structlog.get_logger(__name__)


class MalformedBody(ServiceError):
    """A request body cannot be read as what it says it is."""

    kind = "malformed_body"


class UnsupportedBody(ServiceError):
    """A request body comes in a media type or encoding this route does not take."""

    kind = "unsupported_media_type"


class BodyTooLarge(ServiceError):
    """A request body, or one item of it, is larger than the service takes."""

    kind = "payload_too_large"


class Busy(ServiceError):
    """The service has too much to do at once to answer this request now."""

    kind = "busy"


class TooManyRequests(ServiceError):
    """A client asks more often than it may; ``retry_after_s`` says when this request would be let through."""

    kind = "too_many_requests"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client is told: HTTP ``status``, stable ``code``, English ``message`` and the ``field`` it is about."""

    status: int
    code: str
    message: str
    field: str | None = None

    def body(self, request_id: str) -> dict[str, object]:
        """Return the JSON shape of every error."""
        return {
            "error": {"code": self.code, "message": self.message, "field": self.field},
            "request_id": request_id,
        }


@dataclass(frozen=True, slots=True)
class _Rule:
    """``code`` None: the error's own kind. ``message`` None: the error's own message, which is meant for callers."""

    error: type[Exception]
    status: int
    code: str | None = None
    message: str | None = None


FULL = "there is no space left to store anything; reading goes on; try again later"

TABLE = (
    _Rule(InvalidParameter, 400),
    _Rule(InvalidRequest, 400, "invalid_parameter"),
    _Rule(MalformedBody, 400),
    _Rule(NotAuthorized, 401),
    _Rule(Forbidden, 403),
    _Rule(DocumentGone, 410),
    _Rule(DocumentNotFound, 404),
    _Rule(HistoryChanged, 409),
    _Rule(PreconditionFailed, 412),
    _Rule(BodyTooLarge, 413),
    _Rule(UnsupportedBody, 415),
    _Rule(InvalidDocument, 422),
    _Rule(UnreadableFile, 422),
    _Rule(TooManyRequests, 429),
    _Rule(IndexUnavailable, 503, "index_unavailable", "the search index cannot be read right now; try again later"),
    _Rule(SearchTimeout, 503, "search_timeout"),
    _Rule(Busy, 503),
    _Rule(StorageFull, 503, None, FULL),
    _Rule(StoreUnavailable, 503, None, "the document store cannot be reached right now; try again later"),
)
"""The first rule that fits an error counts."""

_HTTP = {
    400: ("bad_request", "the request cannot be understood"),
    404: ("not_found", "there is nothing at this address"),
    405: ("method_not_allowed", "this address does not take this method; see the Allow header"),
    408: ("request_timeout", "the request did not arrive in time"),
    413: ("payload_too_large", "the request body is larger than this service takes"),
    415: ("unsupported_media_type", "this address does not take this media type"),
    429: ("too_many_requests", "too many requests; slow down"),
}
_PROGRAMS = ("/api/", "/feed.atom", "/healthz", "/metrics", "/openapi.json", "/readyz")
INTERNAL = Answer(500, "internal_error", "an unexpected error happened; it has been logged with this request id")


def answer_for(error: Exception) -> Answer:
    """Return what ``error`` is answered with; errors that no rule knows are internal and say nothing."""
    for rule in TABLE:
        if isinstance(error, rule.error):
            code = rule.code or str(getattr(error, "kind", "error"))
            message = rule.message or str(getattr(error, "message", error))
            return Answer(rule.status, code, message, getattr(error, "field", None))
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return Answer(503, StorageFull.kind, FULL)
    if isinstance(error, HTTPException) and error.code is not None and error.code < 500:
        code, message = _HTTP.get(error.code, (error.name.lower().replace(" ", "_"), error.name.lower()))
        return Answer(error.code, code, message)
    return INTERNAL


def wants_json() -> bool:
    """Tell whether the current request is one of a program: below ``/api/``, to a feed or to an operator's route."""
    return request.path.startswith(_PROGRAMS) or request.path == "/api"


def _moved(error: DocumentMoved) -> Response:
    """Send whoever asks for a document's former address to its present one."""
    arguments = {**request.args.to_dict(flat=False), **(request.view_args or {}), "document_id": error.new_id}
    status = 301 if request.method in ("GET", "HEAD") else 308
    return cast(Response, redirect(url_for(str(request.endpoint), **arguments), status))


def init_app(app: Flask) -> None:
    """Answer every error of ``app`` by the table."""
    app.register_error_handler(Exception, _handle)


def _handle(error: Exception) -> Response:
    if isinstance(error, DocumentMoved):
        return _moved(error)
    answer = answer_for(error)
    if answer.status == 500 or isinstance(error, IndexDamaged):
        # What is read wrongly may go wrong in any way; looking takes the worker a second.
        suspect_index(services().settings.data_dir)
    if answer.status >= 500:
        level = _log.exception if answer.status == 500 else _log.warning
        level("request_failed", code=answer.code, error=f"{type(error).__name__}: {error}")
    if wants_json():
        response = json_response(answer.body(g.get("request_id", "")), answer.status)
    else:
        response = Response(_error_page(answer, error), answer.status, mimetype="text/html")
    _add_headers(response, error)
    return response


def _error_page(answer: Answer, error: Exception) -> str:
    return render_template("error.html", answer=answer, source_url=getattr(error, "source_url", None), search=_search())


def _search() -> SearchRequest:
    """Return the search one came from, so that it can be gone on with."""
    return page_search_request(dict(request.args.lists()))[0]


def _add_headers(response: Response, error: Exception) -> None:
    response.headers["Cache-Control"] = "no-store"
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="searchsvc"'
    if response.status_code in (429, 503):
        response.headers["Retry-After"] = str(getattr(error, "retry_after_s", RETRY_AFTER_S))
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
