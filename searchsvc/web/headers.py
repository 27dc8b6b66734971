"""Headers every answer carries: what browsers may do with it, and how long anyone may keep it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

from searchsvc.web.languages import site_root

STATIC_PATH = "/static"
STATIC_FOLDER = Path(__file__).with_name("static")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SECURITY = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def init_app(app: Flask) -> None:
    """Add the headers to every answer of ``app`` and give its templates ``static_url``."""
    app.after_request(_add)
    app.add_template_global(static_url)


def static_url(name: str) -> str:
    """Return the address of a static file; it changes with the file's content, so browsers keep it for good."""
    return f"{site_root()}{STATIC_PATH}/{name}?v={_content_hash(name)}"


@lru_cache
def _content_hash(name: str) -> str:
    return hashlib.sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()[:16]


def _add(response: Response) -> Response:
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static" and response.status_code in (200, 304):
        name = (request.view_args or {}).get("filename", "")
        if request.args.get("v") == _content_hash(name):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers.setdefault("Cache-Control", "no-cache")
    return response
