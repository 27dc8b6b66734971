"""What has changed lately, newest first, without any text: what feeds are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from index.contract import Document
from searchsvc.store.database import Database
from searchsvc.store.document_rows import decode_metadata
from searchsvc.store.tables import documents
from searchsvc.store.values import moment_text


@dataclass(frozen=True, slots=True)
class Deletion:
    """A document that is gone, and since when."""

    document_id: str
    deleted_at: datetime


class Recent:
    """Reads the change log backwards."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def documents(self, *, skip: int, limit: int) -> list[Document]:
        """Return the documents that were stored last, latest first, without their pages."""
        columns = (documents.c.id, documents.c.metadata, documents.c.indexed_at)
        query = (
            select(*columns)
            .where(documents.c.deleted.is_(False))
            .order_by(documents.c.change_number.desc())
            .offset(skip)
            .limit(limit)
        )
        with self._database.transaction() as connection:
            rows: Sequence[Any] = connection.execute(query).all()
        return [decode_metadata(row) for row in rows]

    def deletions(self, *, after: datetime | None, until: datetime | None, limit: int) -> list[Deletion]:
        """Return what was deleted after one moment and not after another, latest first."""
        query = select(documents.c.id, documents.c.indexed_at).where(documents.c.deleted.is_(True))
        if after is not None:
            query = query.where(documents.c.indexed_at > moment_text(after))
        if until is not None:
            query = query.where(documents.c.indexed_at <= moment_text(until))
        query = query.order_by(documents.c.indexed_at.desc(), documents.c.change_number.desc()).limit(limit)
        with self._database.transaction() as connection:
            rows = connection.execute(query).all()
        return [Deletion(row.id, datetime.fromisoformat(row.indexed_at)) for row in rows]
