"""Requests that are no HTTP: names of hosts that cannot be one, bodies cut into pieces that are none. Answered 400.

The server hands such names on as they are, and tells of such bodies only while they are read; to the views both would
be errors of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, RequestTimeout
from werkzeug.wrappers import Response

from searchsvc.web.http.errors import Answer
from searchsvc.web.http.json_response import json_text

MAX_HOST_CHARS = 253
_LABELS = re.compile(r"(?:[^.]{1,63}\.)*[^.]{1,63}\.?")


class OddRequests:
    """WSGI middleware: refuses names of hosts that cannot be one, and turns what is no body into ``BadRequest``."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        if host and not is_host(host):
            answer = Answer(400, "bad_request", "the Host header names no host", None)
            refusal = Response(json_text(answer.body("")), answer.status, content_type="application/json")
            return refusal(environ, start_response)
        environ["wsgi.input"] = _Body(environ["wsgi.input"])
        return self._application(environ, start_response)


def init_app(app: Flask) -> None:
    """Put the middleware around ``app``."""
    app.wsgi_app = OddRequests(app.wsgi_app)  # type: ignore[method-assign]


def is_host(value: str) -> bool:
    """Tell whether a Host header can name a host: an address, or labels that are neither empty nor too long."""
    name = value.rpartition("]")[0] + "]" if value.startswith("[") else value.partition(":")[0]
    return len(name) <= MAX_HOST_CHARS and (name.startswith("[") or _LABELS.fullmatch(name) is not None)


class _Body:
    """A request's body. Whoever reads it gets ``BadRequest`` when it is malformed or ends too early.

    When it does not come in time, that is ``RequestTimeout``.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, *size: int) -> bytes:
        return bytes(self._checked(self._stream.read, *size))

    def readline(self, *size: int) -> bytes:
        return bytes(self._checked(self._stream.readline, *size))

    def readlines(self, *hint: int) -> list[bytes]:
        return list(self._checked(self._stream.readlines, *hint))

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    @staticmethod
    def _checked(read: Callable[..., Any], *arguments: int) -> Any:
        try:
            return read(*arguments)
        except TimeoutError as error:
            raise RequestTimeout from error
        except (ParseException, OSError) as error:
            raise BadRequest("the body is malformed or ends too early") from error
