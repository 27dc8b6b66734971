"""Reading what is left of a refused request's body, so that its sender gets to see the answer.

A connection that is closed while data is still arriving is reset, and most clients then report a broken connection
instead of the 413 or 401 they were sent.
"""

from __future__ import annotations

import time

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, RequestTimeout

MAX_BYTES = 200_000_000
MAX_S = 10.0
_CHUNK_BYTES = 1 << 16
_FIRST_ERROR = 400


def init_app(app: Flask) -> None:
    """Do so for every refused request of ``app``."""
    app.after_request(_drain)


def _drain(response: Response) -> Response:
    # Only servers that end the stream with the body (gunicorn does) can be read to the end without knowing where it is.
    if response.status_code >= _FIRST_ERROR and request.environ.get("wsgi.input_terminated"):
        read = request.environ["wsgi.input"].read
        left = MAX_BYTES
        deadline = time.monotonic() + MAX_S
        try:
            while left > 0 and time.monotonic() < deadline and (chunk := read(_CHUNK_BYTES)):
                left -= len(chunk)
        except (OSError, BadRequest, RequestTimeout):
            # The sender has gone, or what is left is no body.
            pass
    return response
