"""Engines under comparison: each makes an index of documents and ranks them for a query as typed.

``settings`` names everything that decides a ranking, for the reader of the table and for the cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from index.contract import Document

PEERS = {
    "tantivy-or": "tantivy_peer:TantivyOr",
    "tantivy-and": "tantivy_peer:TantivyAnd",
    "stock-whoosh": "stock_whoosh:StockWhoosh",
    "sqlite-fts5": "sqlite_peer:SqliteFts5",
    "bm25s": "bm25s_peer:Bm25s",
}
"""Other engines by name: module and class. Their libraries are no dependencies and are loaded only when asked for."""


class Ranker(Protocol):
    """An engine."""

    @property
    def name(self) -> str:
        """What the tables call it."""
        ...

    @property
    def index_name(self) -> str:
        """Engines with the same one share an index."""
        ...

    @property
    def index_settings(self) -> Mapping[str, Any]:
        """What decides what is in the index."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """What decides the ranking besides."""
        ...

    def build(self, folder: Path, documents: Iterable[Document]) -> None:
        """Index everything into ``folder``, which exists and is empty."""
        ...

    def open(self, folder: Path) -> None:
        """Open the index for ranking."""
        ...

    def rank(self, query: str, count: int) -> list[str]:
        """Return the ids of the best documents, best first."""
        ...


def make_peer(name: str) -> Ranker:
    """Return one of ``PEERS``."""
    module, _, class_name = PEERS[name].partition(":")
    ranker: Ranker = getattr(import_module(f"{__name__}.{module}"), class_name)()
    return ranker
