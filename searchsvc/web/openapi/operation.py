"""What is said of one operation of the HTTP interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from searchsvc.web.api.schemas import Error

JSON = "application/json"
HTML = "text/html"

MEANINGS = {
    200: "Done.",
    201: "Stored as a new document.",
    206: "The part of the file that was asked for.",
    303: "Back to the document's page.",
    304: "Nothing has changed since the answer whose ETag was sent.",
    400: "A parameter or the body is wrong; field names it.",
    401: "No valid API key.",
    403: "The API key lacks the scope.",
    404: "There is no such document.",
    409: "The numbers are of another history; begin again with since=0.",
    412: "The document is not in the state that If-Match or If-None-Match asks for; nothing was written.",
    413: "The body is too large.",
    415: "The body is of another media type, or compressed.",
    416: "The file has no such part.",
    422: "The document or file breaks a rule; field names it.",
    429: "Too many requests; try again after Retry-After seconds.",
    500: "A defect; it is logged with the request id.",
    503: "Index or store cannot be reached; try again after Retry-After seconds.",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What an answer with one status holds. ``models``: by media type; None for text that is no JSON."""

    description: str
    models: Mapping[str, type[BaseModel] | None] = field(default_factory=dict)
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body: its model by media type; None for lines of text."""

    models: Mapping[str, type[BaseModel] | None]


@dataclass(frozen=True, slots=True)
class Example:
    """A request and its answer. ``body``: JSON, or a text for other media types; ``answer``: JSON, None for texts."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    status: int = 200
    answer: Any = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route. ``path`` is written as in OpenAPI; ``scope`` is that of the API key it needs."""

    method: str
    path: str
    id: str
    tag: str
    summary: str
    replies: Mapping[int, Reply]
    description: str = ""
    parameters: type[BaseModel] | None = None
    headers: type[BaseModel] | None = None
    body: Body | None = None
    scope: str | None = None
    example: Example | None = None


def replies(
    model: type[BaseModel] | None,
    *errors: int,
    media_types: tuple[str, ...] = (JSON,),
    others: Mapping[int, Reply] | None = None,
    error_media_type: str = JSON,
) -> dict[int, Reply]:
    """Return the replies of an operation: 200 with ``model``, the named statuses, and what can always happen."""
    found = {200: Reply(MEANINGS[200], dict.fromkeys(media_types, model))} | dict(others or {})
    for status in (*errors, 500):
        if status < 400:
            found[status] = Reply(MEANINGS[status], headers=("ETag",) if status == 304 else ())
        else:
            shape = Error if error_media_type == JSON else None
            headers = ("Retry-After",) if status in (429, 503) else ()
            found[status] = Reply(MEANINGS[status], {error_media_type: shape}, headers)
    if 304 in found:
        found[200] = Reply(found[200].description, found[200].models, ("ETag",))
    return dict(sorted(found.items()))
