"""What the sender of a request may know of: keys bound to filters, and tokens signed with a key, see within bounds.

For such a sender ``services().engine`` knows the documents within only, and what is read from the store has to pass
``is_visible`` or ``visible``. Routes that nobody has looked at are refused to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from flask import Flask, g, request

from index.contract import Bounds, Document
from searchsvc.errors import DocumentMoved, DocumentNotFound, Forbidden, NotAuthorized
from searchsvc.store import Duplicate, StoredDocument, is_bound
from searchsvc.web.http.auth import api_key_of, sent_key
from searchsvc.web.http.services import services, use_services

WITHIN_BOUNDS = frozenset(
    {
        "api.search", "api.msearch", "api.export_hits", "api.changes", "api.suggest", "api.similar", "api.document",
        "api.text", "api.status", "feed.atom", "pages.search", "pages.document", "pages.file", "pages.page_picture",
        "pages.report",
    }
)  # fmt: skip
"""Views that tell of documents, those within the sender's bounds only."""

WITHOUT_DOCUMENTS = frozenset(
    {
        "openapi.docs", "openapi.openapi", "operations.healthz", "pages.accessibility", "pages.imprint", "pages.logo",
        "pages.opensearch", "pages.privacy", "pages.robots", "pages.show", "static",
    }
)  # fmt: skip
"""Views that tell nothing of documents."""

REFUSED = frozenset(
    {
        "api.put", "api.delete", "api.upload", "api.bulk", "api.save_search", "api.list_saved_searches",
        "api.read_saved_search", "api.end_saved_search", "metrics.metrics", "operations.readyz", "pages.sitemap",
        "subscriptions.form", "subscriptions.subscribe", "subscriptions.sent", "subscriptions.show",
        "subscriptions.confirm", "subscriptions.unsubscribe",
    }
)  # fmt: skip
"""Views that write, tell of the whole service or go on telling later: whoever is bound is refused, as everywhere else
that is not named above."""

MAX_COMPARED = 500
MAX_SAME = 20


def init_app(app: Flask) -> None:
    """Keep within bounds who has some."""
    app.before_request(_enter)


def bounds() -> Bounds:
    """Return what the sender of the current request may know of; empty: everything."""
    found = g.get("bounds")
    return found if isinstance(found, Bounds) else Bounds()


def is_visible(document: Document) -> bool:
    """Tell whether the sender of the current request may know of a document."""
    return bounds().admits(document)


def visible(documents: Iterable[Document]) -> list[Document]:
    """Return the documents that the sender of the current request may know of."""
    within = bounds()
    return [document for document in documents if within.admits(document)]


def _enter() -> None:
    """Bind the current request. Raises ``NotAuthorized``, ``Forbidden`` or ``StoreUnavailable``."""
    token = api_key_of(request.headers)
    if token is None or not is_bound(token) or request.endpoint is None or request.method == "OPTIONS":
        return
    if request.endpoint in WITHOUT_DOCUMENTS:
        return
    # Whoever has a key that ended does not get what people without a key may get: perhaps more than the key gave.
    key = sent_key()
    if key is None:
        raise NotAuthorized("this API key or token is not valid")
    if request.endpoint not in WITHIN_BOUNDS:
        raise Forbidden("keys that are bound to filters, and tokens, cannot be used here")
    if key.bounds:
        g.bounds = key.bounds
        use_services(replace(services(), engine=services().engine.within(key.bounds)))


def stored_document(document_id: str) -> StoredDocument:
    """Return a document from the store.

    Raises ``DocumentMoved``, or ``DocumentNotFound``, also for one the sender may not know of.
    """
    stored = services().store.documents.get(document_id)
    if stored is None:
        _raise_if_moved(document_id)
    if stored is None or not is_visible(stored.document):
        raise DocumentNotFound("there is no document with this id")
    return stored


def _raise_if_moved(document_id: str) -> None:
    """Raise ``DocumentMoved`` if a document had this id before its server moved, and the sender may know of it."""
    store = services().store
    new_id = store.moves.new_id(document_id)
    if new_id is None:
        return
    if bounds():
        moved = store.documents.get(new_id)
        if moved is None or not is_visible(moved.document):
            return
    raise DocumentMoved(new_id)


def same_documents(document_id: str) -> list[Duplicate]:
    """Return the documents that are the same as one, those that the sender may know of."""
    of = services().store.duplicates.of
    if not bounds():
        return of(document_id)
    # Those outside must not take the places of others.
    found = of(document_id, limit=MAX_COMPARED)
    return [one for one in found if is_visible(one.document)][:MAX_SAME]
