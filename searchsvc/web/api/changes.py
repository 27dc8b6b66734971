"""What has changed since a number, with deletions: what mirrors read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from searchsvc.errors import HistoryChanged
from searchsvc.interface import serializers
from searchsvc.interface.links import DocumentLinks
from searchsvc.interface.parameters import ChangesRequest, changes_request
from searchsvc.store import Changes, LoggedChange
from searchsvc.web.api.arguments import arguments
from searchsvc.web.http.conditional import answer_unless_known, etag
from searchsvc.web.http.json_response import json_response
from searchsvc.web.http.links import public_links
from searchsvc.web.http.reach import bounds, is_visible
from searchsvc.web.http.services import services

PORTION = 500
MAX_PORTIONS = 20
"""Of a log in which next to nothing is within the sender's bounds, one answer reads so many portions."""


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/changes")(changes)


def changes() -> Response:
    """Return the next changes after a number. Raises ``HistoryChanged`` when the numbers are of another history."""
    wanted = changes_request(arguments())
    history, last_change = services().store.documents.position()
    # Whoever is bound may not find out how many changes there are, by asking for later ones.
    if wanted.history not in (None, history) or (wanted.since > last_change and not bounds()):
        raise HistoryChanged(
            "the document store was restored or replaced since; forget everything and begin again with since=0",
            field="history" if wanted.history not in (None, history) else "since",
        )

    if bounds():
        body = _bounded_body(history, wanted)
        return answer_unless_known(etag("changes", body), lambda: json_response(body))

    def make() -> Response:
        found = services().store.change_log.after(wanted.since, wanted.limit, with_pages=wanted.text)
        return json_response(_body(found, wanted.since, public_links(), with_pages=wanted.text))

    return answer_unless_known(etag("changes", history, last_change, wanted), make)


def _body(found: Changes, since: int, links: DocumentLinks, *, with_pages: bool) -> dict[str, Any]:
    end = found.changes[-1].number if found.changes else since
    return {
        "history": found.history,
        "last_change": found.last_change,
        "next": end,
        "more": end < found.last_change,
        "changes": [_change(change, links, with_pages=with_pages) for change in found.changes],
    }


def _bounded_body(history: str, wanted: ChangesRequest) -> dict[str, Any]:
    """Return the changes that left a document within the sender's bounds.

    What became of others is not told, deletions neither: what a deleted document was about is not kept. ``next`` and
    ``last_change`` are numbers of such changes, but where so many others came in between that reading ends for now.
    """
    links = public_links()
    told: list[LoggedChange] = []
    read, is_end = wanted.since, False
    for _ in range(MAX_PORTIONS):
        found = services().store.change_log.after(read, PORTION, with_pages=wanted.text)
        told += [one for one in found.changes if one.document is not None and is_visible(one.document)]
        read = found.changes[-1].number if found.changes else read
        is_end = not found.changes or read >= found.last_change
        # One more than is wanted tells whether there are more. With texts a portion is as much as fits into memory.
        if is_end or len(told) > wanted.limit or (told and wanted.text):
            break
    more = len(told) > wanted.limit or not is_end
    if is_end or len(told) > wanted.limit:
        # Whether others changed after the last one here is nobody's business.
        told = told[: wanted.limit]
        read = told[-1].number if told else wanted.since
    return {
        "history": history,
        "last_change": read,
        "next": read,
        "more": more,
        "changes": [_change(change, links, with_pages=wanted.text) for change in told],
    }


def _change(change: LoggedChange, links: DocumentLinks, *, with_pages: bool) -> dict[str, Any]:
    value: dict[str, Any] = {
        "number": change.number,
        "id": change.document_id,
        "changed_at": change.changed_at.isoformat(),
        "deleted": change.document is None,
        "document": None,
    }
    if change.document is not None:
        value["document"] = serializers.document(change.document, links)
        if with_pages:
            value["document"]["pages"] = list(change.document.pages)
    return value
