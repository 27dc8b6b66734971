"""What has changed since a number, with deletions: what mirrors read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from searchsvc.errors import HistoryChanged
from searchsvc.interface import serializers
from searchsvc.interface.links import DocumentLinks
from searchsvc.interface.parameters import changes_request
from searchsvc.store import Changes, LoggedChange
from searchsvc.web.api.arguments import arguments
from searchsvc.web.http.conditional import answer_unless_known, etag
from searchsvc.web.http.json_response import json_response
from searchsvc.web.http.links import public_links
from searchsvc.web.http.services import services


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/changes")(changes)


def changes() -> Response:
    """Return the next changes after a number. Raises ``HistoryChanged`` when the numbers are of another history."""
    wanted = changes_request(arguments())
    history, last_change = services().store.documents.position()
    if wanted.history not in (None, history) or wanted.since > last_change:
        raise HistoryChanged(
            "the document store was restored or replaced since; forget everything and begin again with since=0",
            field="history" if wanted.history not in (None, history) else "since",
        )

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
