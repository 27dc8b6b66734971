"""Opening the store for a command."""

from __future__ import annotations

from searchsvc.settings import Settings
from searchsvc.store import Store, open_store

__all__ = ["open_any_store", "open_store"]


def open_any_store(settings: Settings) -> Store:
    """Open the store with its tables up to date, whether or not it is that of the data folder."""
    store = Store.open(settings)
    store.migrate()
    return store
