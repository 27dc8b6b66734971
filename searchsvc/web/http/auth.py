"""API keys: who may call a view."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, g, request
from werkzeug.datastructures import Headers

from searchsvc.errors import Forbidden, NotAuthorized
from searchsvc.settings import Settings
from searchsvc.store import ApiKey
from searchsvc.web.http.services import services

P = ParamSpec("P")
R = TypeVar("R")


READING = frozenset(
    {
        "api.search", "api.msearch", "api.export_hits", "api.changes", "api.suggest", "api.similar", "api.document",
        "api.text", "api.status", "feed.atom",
    }
)  # fmt: skip
"""Views that need a key when reading does; one with any scope."""


def init_app(app: Flask, settings: Settings) -> None:
    """Let ``app`` be read with a key only, if the settings say so."""
    if settings.read_needs_key:
        app.before_request(_authorize_reading)


def _authorize_reading() -> None:
    if request.endpoint in READING and request.method != "OPTIONS":
        _valid_key()


def requires_scope(scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view be called only with an API key that has ``scope`` or ``admin``.

    The view raises ``NotAuthorized`` without a valid key and ``Forbidden`` with one that lacks the scope, both
    before anything else of the request is looked at.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            _authorize(scope)
            return view(*args, **kwargs)

        return guarded

    return decorate


def api_key_of(headers: Headers) -> str | None:
    """Return the key sent as ``Authorization: Bearer …`` or ``X-API-Key``; None without one."""
    scheme, _, token = headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("X-API-Key", "").strip() or None


def sent_key() -> ApiKey | None:
    """Return the valid key that came with the current request, looked up once. Raises ``StoreUnavailable``."""
    token = api_key_of(request.headers)
    if token is None:
        return None
    if "api_key" not in g:
        g.api_key = services().store.keys.verify(token)
    return cast(ApiKey | None, g.api_key)


def _valid_key() -> ApiKey:
    if api_key_of(request.headers) is None:
        raise NotAuthorized("an API key is needed: send 'Authorization: Bearer ssk_…' or 'X-API-Key'")
    key = sent_key()
    if key is None:
        raise NotAuthorized("this API key is not valid")
    return key


def _authorize(scope: str) -> None:
    key = _valid_key()
    if scope not in key.scopes and "admin" not in key.scopes:
        raise Forbidden(f"this API key lacks the scope {scope!r}")
