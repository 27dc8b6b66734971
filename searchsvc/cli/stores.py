"""Opening the store for a command."""

from __future__ import annotations

from searchsvc.settings import Settings
from searchsvc.store import Store


def open_store(settings: Settings) -> Store:
    """Open the store with its tables up to date."""
    store = Store.open(settings)
    store.migrate()
    return store
