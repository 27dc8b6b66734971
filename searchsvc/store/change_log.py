"""The change log as mirrors read it: which documents changed after a number, with their latest state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from index.contract import Document
from searchsvc.errors import DocumentDamaged
from searchsvc.store.database import Database
from searchsvc.store.document_rows import decode, decode_metadata
from searchsvc.store.tables import documents, state

PAGES_MAX_BYTES = 8_000_000
"""A portion with texts ends after so many bytes of compressed text."""

_STREAM_ROWS = 50
_NEVER = datetime.min.replace(tzinfo=UTC)

Damaged = Callable[[DocumentDamaged], object]
"""Is told of documents that cannot be read, so that these do not stop the reading of all others."""


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """The latest change of a document. ``document`` is None when it was deleted; its pages may have been left out."""

    number: int
    document_id: str
    changed_at: datetime
    document: Document | None


@dataclass(frozen=True, slots=True)
class Changes:
    """A portion of the log of ``history``, in order; ``last_change`` is the number of the newest one of all."""

    history: str
    last_change: int
    changes: tuple[LoggedChange, ...]


class ChangeLog:
    """Reads the change log forwards."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, number: int, limit: int, *, with_pages: bool) -> Changes:
        """Return the next changes, at most ``limit`` and with pages not more than fit well into memory.

        A document that changed several times appears once, with its latest state at its latest number.
        """
        with self._database.transaction(isolation="REPEATABLE READ") as connection:
            position = connection.execute(select(state.c.store_id, state.c.last_change)).one()
            changes = read_changes(connection, number, limit, max_bytes=PAGES_MAX_BYTES, with_pages=with_pages)
        return Changes(str(position.store_id), int(position.last_change), tuple(changes))

    def oldest_after(self, number: int) -> datetime | None:
        """Return when the first change after a number was stored, None if there is none."""
        query = (
            select(documents.c.indexed_at)
            .where(documents.c.change_number > number)
            .order_by(documents.c.change_number)
            .limit(1)
        )
        with self._database.transaction() as connection:
            moment = connection.execute(query).scalar()
        return datetime.fromisoformat(moment) if moment else None

    def documents_after(self, number: int, until: int, limit: int) -> list[tuple[int, str]]:
        """Return number and id of the changes after one number up to another that left a document, in order."""
        query = (
            select(documents.c.change_number, documents.c.id)
            .where(
                documents.c.change_number > number,
                documents.c.change_number <= until,
                documents.c.deleted.is_(False),
            )
            .order_by(documents.c.change_number)
            .limit(limit)
        )
        with self._database.transaction() as connection:
            return [(int(row.change_number), str(row.id)) for row in connection.execute(query)]


def read_changes(
    connection: Connection,
    number: int,
    limit: int,
    *,
    max_bytes: int,
    with_pages: bool = True,
    damaged: Damaged | None = None,
) -> list[LoggedChange]:
    """Return the changes after a number in order: at most ``limit``, and none after ``max_bytes`` of compressed text.

    A document that changed several times appears once, with its latest state at its latest number. One that cannot be
    read is told to ``damaged`` and has no ``document``; without ``damaged`` it raises ``DocumentDamaged``.
    """
    left_out = () if with_pages else (documents.c.pages,)
    query = (
        select(*(column for column in documents.c if column not in left_out))
        .where(documents.c.change_number > number)
        .order_by(documents.c.change_number)
        .limit(limit)
        .execution_options(yield_per=_STREAM_ROWS)
    )
    changes: list[LoggedChange] = []
    total_bytes = 0
    with connection.execute(query) as rows:
        for row in rows:
            try:
                change = _logged(row, with_pages=with_pages)
            except DocumentDamaged as error:
                if damaged is None:
                    raise
                damaged(error)
                change = LoggedChange(row.change_number, row.id, _NEVER, None)
            changes.append(change)
            total_bytes += len(row.pages or b"") if with_pages else 0
            if total_bytes > max_bytes:
                break
    return changes


def _logged(row: Row[Any], *, with_pages: bool) -> LoggedChange:
    read = decode if with_pages else decode_metadata
    document = None if row.deleted else read(row)
    try:
        changed_at = datetime.fromisoformat(row.indexed_at)
    except ValueError as error:
        raise DocumentDamaged(row.key, row.id, str(error)) from error
    return LoggedChange(row.change_number, row.id, changed_at, document)
