"""Documents by their Vorgang and by its reference, each within one Kommune."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select

from analyzers import name_key
from index.contract import Document
from searchsvc.store.database import Database
from searchsvc.store.document_rows import decode_metadata, paper_key, reference_key
from searchsvc.store.tables import documents

_MAX_REFERENCES = 500


class Papers:
    """Finds documents, without their pages.

    Tombstones have no keys. Asking for their absence as well would make SQLite read all documents by that index.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def documents_of(self, kommune_id: str | None, paper_id: str, *, limit: int) -> list[Document]:
        """Return the documents of a Vorgang, oldest first."""
        query = (
            select(documents.c.id, documents.c.metadata, documents.c.indexed_at)
            .where(documents.c.paper_key == paper_key(kommune_id, paper_id))
            .limit(limit)
        )
        with self._database.transaction() as connection:
            rows: Sequence[Any] = connection.execute(query).all()
        found = [decode_metadata(row) for row in rows]
        return sorted(found, key=lambda one: (one.date is None, one.date, name_key(one.title), one.id))

    def with_references(self, kommune_id: str | None, references: Collection[str]) -> dict[str, list[Document]]:
        """Return the documents whose Vorgang has one of some references, by reference as given."""
        keys: dict[str, list[str]] = {}
        for reference in list(references)[:_MAX_REFERENCES]:
            keys.setdefault(reference_key(kommune_id, reference), []).append(reference)
        query = select(documents.c.id, documents.c.metadata, documents.c.indexed_at, documents.c.reference_key).where(
            documents.c.reference_key.in_(list(keys))
        )
        with self._database.transaction() as connection:
            rows: Sequence[Any] = connection.execute(query).all()
        found: dict[str, list[Document]] = {}
        for row in rows:
            for reference in keys[row.reference_key]:
                found.setdefault(reference, []).append(decode_metadata(row))
        return found

    def with_original(self, checksum: str) -> list[str]:
        """Return the ids of the documents that have a file."""
        query = select(documents.c.id).where(documents.c.original_sha256 == checksum)
        with self._database.transaction() as connection:
            return [str(found) for found in connection.execute(query.order_by(documents.c.id)).scalars()]
