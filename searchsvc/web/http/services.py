"""What the views work with: the settings, the store and the engine of the running application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from index.contract import SearchEngine
from searchsvc.errors import DocumentMoved, DocumentNotFound
from searchsvc.ingest import FileReader
from searchsvc.settings import Settings
from searchsvc.store import Store, StoredDocument

_KEY = "searchsvc"


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the service that views may use."""

    settings: Settings
    store: Store
    engine: SearchEngine
    extractor: FileReader


def init_app(app: Flask, parts: Services) -> None:
    """Make ``parts`` reachable from the views of ``app``."""
    app.extensions[_KEY] = parts


def services() -> Services:
    """Return the services of the current application."""
    return cast(Services, current_app.extensions[_KEY])


def stored_document(document_id: str) -> StoredDocument:
    """Return a document from the store. Raises ``DocumentNotFound``."""
    stored = services().store.documents.get(document_id)
    if stored is None:
        raise_if_moved(document_id)
        raise DocumentNotFound("there is no document with this id")
    return stored


def raise_if_moved(document_id: str) -> None:
    """Raise ``DocumentMoved`` if a document had this id before its server moved."""
    new_id = services().store.moves.new_id(document_id)
    if new_id is not None:
        raise DocumentMoved(new_id)
