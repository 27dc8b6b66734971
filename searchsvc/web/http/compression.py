"""Compressed answers: gzip for whole texts that are worth it; what is streamed or compressed already is left alone."""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

MIN_BYTES = 1_000
LEVEL = 5
MEDIA_TYPES = frozenset(
    {
        "application/atom+xml", "application/json", "application/opensearchdescription+xml", "image/svg+xml",
        "text/css", "text/html", "text/javascript", "text/plain",
    }
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Compress answers of ``app`` for those who ask for it."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype not in MEDIA_TYPES:
        return response
    # Whatever this answer is, another sender may get it in another form.
    response.vary.add("Accept-Encoding")
    if (
        not request.accept_encodings["gzip"]
        or response.status_code in (204, 206, 304)
        or response.is_streamed
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
        or len(plain := response.get_data()) < MIN_BYTES
    ):
        return response
    # No time of compression in it: the same text is always the same bytes.
    response.set_data(gzip.compress(plain, LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    validator, _ = response.get_etag()
    if validator is not None:
        # Two forms of one answer are not byte for byte the same.
        response.set_etag(validator, weak=True)
    return response
