"""Style, scripts and icon of the pages: a few kB, read once, kept by browsers for as long as their content stays."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, request

from searchsvc.web.pages.languages import site_root

PATH = "/static"
FOLDER = Path(__file__).parent.parent / "static"
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_GOOD = "public, max-age=31536000, immutable"


def init_app(app: Flask) -> None:
    """Give ``app`` the static files, and its templates ``static_url``."""
    # Flask's own view streams files, which cannot be compressed then.
    app.add_url_rule(f"{PATH}/<name>", "static", _static)
    app.add_template_global(static_url)


def static_url(name: str) -> str:
    """Return the address of a static file; it changes with the file's content, so browsers keep it for good."""
    return f"{site_root()}{PATH}/{name}?v={_hash(name)}"


def _static(name: str) -> Response:
    if name not in _names():
        abort(404)
    response = Response(_content(name), mimetype=_MEDIA_TYPES[Path(name).suffix])
    response.set_etag(_hash(name))
    if request.args.get("v") == _hash(name):
        response.headers["Cache-Control"] = _FOR_GOOD
    response.make_conditional(request)
    return response


@lru_cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in FOLDER.iterdir() if path.suffix in _MEDIA_TYPES)


@lru_cache
def _content(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@lru_cache
def _hash(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()[:16]
