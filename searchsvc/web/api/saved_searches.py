"""Saved searches over HTTP: their new hits are told by webhook or e-mail as documents arrive."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from searchsvc.errors import DocumentNotFound
from searchsvc.interface.multi_search import searches
from searchsvc.interface.search_parameters import saved_search
from searchsvc.interface.search_url import query_string
from searchsvc.store import Channel, SavedSearch
from searchsvc.web.api.arguments import no_arguments
from searchsvc.web.api.bodies import json_object_body
from searchsvc.web.http.auth import requires_scope, sent_key
from searchsvc.web.http.json_response import json_response
from searchsvc.web.http.services import services
from searchsvc.web.http.subscription_input import check_mail_address, check_webhook, invalid


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.post("/saved-searches")(save_search)
    blueprint.get("/saved-searches")(list_saved_searches)
    blueprint.get("/saved-searches/<token>")(read_saved_search)
    blueprint.delete("/saved-searches/<token>")(end_saved_search)


@requires_scope("write")
def save_search() -> Response:
    """Save a search. A webhook is told from now on; an e-mail address is asked first."""
    no_arguments()
    body = json_object_body()
    for name in body:
        if name not in ("search", "webhook", "email"):
            raise invalid(name, f"unknown field {name!r}; known are: search, webhook, email")
    if ("webhook" in body) == ("email" in body):
        raise invalid("webhook", "exactly one of 'webhook' and 'email' is needed")
    request = saved_search(searches({"searches": [body.get("search", {})]})[0])
    channel = Channel.WEBHOOK if "webhook" in body else Channel.EMAIL
    check = check_webhook if channel is Channel.WEBHOOK else check_mail_address
    target = check(body[channel.value], services())
    key = sent_key()
    saved = services().store.saved_searches.create(
        query_string(request),
        channel,
        target,
        key_id=key.id if key else None,
        is_confirmed=channel is Channel.WEBHOOK,
    )
    return json_response(_described(saved) | {"secret": saved.secret}, 201)


@requires_scope("write")
def list_saved_searches() -> Response:
    """Return the saved searches made with this key, and all of them to admins."""
    no_arguments()
    found = services().store.saved_searches.saved(_own_only())
    return json_response({"saved_searches": [_described(one) for one in found]})


@requires_scope("write")
def read_saved_search(token: str) -> Response:
    """Return one saved search."""
    no_arguments()
    return json_response(_described(_own(token)))


@requires_scope("write")
def end_saved_search(token: str) -> Response:
    """Forget a saved search and everything about it."""
    no_arguments()
    services().store.saved_searches.end(_own(token).token)
    return json_response({"token": token, "deleted": True})


def _own_only() -> int | None:
    key = sent_key()
    return None if key is None or "admin" in key.scopes else key.id


def _own(token: str) -> SavedSearch:
    found = services().store.saved_searches.get(token)
    if found is None or _own_only() not in (None, found.key_id):
        raise DocumentNotFound("there is no saved search with this token")
    return found


def _described(saved: SavedSearch) -> dict[str, Any]:
    return {
        "token": saved.token,
        "search": saved.search,
        "channel": saved.channel.value,
        "target": saved.target,
        "state": "active" if saved.confirmed_at else "unconfirmed",
        "created_at": saved.created_at.isoformat(),
        "error": saved.error,
    }
