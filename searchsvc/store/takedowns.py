"""Takedowns: a document that must not be shown, whatever imports bring, until an operator lifts it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from searchsvc.documents.text import clean_line
from searchsvc.store.database import Database
from searchsvc.store.document_rows import key_of
from searchsvc.store.documents import delete_documents, lock_last_change
from searchsvc.store.tables import documents, state, takedown_marks, takedowns
from searchsvc.store.takedown_marks import Mark, add_marks, marks_of, marks_of_takedown, remove_marks
from searchsvc.store.values import now_text
from searchsvc.store.withheld import withheld_keys

_MAX_REASON_CHARS = 500
_CONTENT = ("content_hash", "original_sha256", "metadata", "pages", "paper_key", "reference_key")


@dataclass(frozen=True, slots=True)
class Takedown:
    """A document that must not be shown. ``has_content``: it can be shown again without another import."""

    document_id: str
    reason: str
    taken_down_at: datetime
    has_content: bool


class Lifted(StrEnum):
    """What lifting a takedown led to."""

    RESTORED = "restored"
    NO_CONTENT = "no_content"
    NOT_TAKEN_DOWN = "not_taken_down"


class Takedowns:
    """Repository of takedowns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take_down(self, document_id: str, reason: str, *, unknown_too: bool = False) -> int | None:
        """Hide a document and return the number of that change; None if there is no such document.

        Its content is kept for ``lift`` and is updated by imports, but nothing shows it. With ``unknown_too`` a
        document that is not here yet is hidden when it comes.
        """
        key = key_of(document_id)
        with self._database.transaction() as connection:
            number = lock_last_change(connection)
            if key in withheld_keys(connection, [key]):
                return None
            row = connection.execute(
                select(documents).where(documents.c.key == key, documents.c.deleted.is_(False))
            ).one_or_none()
            if row is None and not unknown_too:
                return None
            known = row._mapping if row is not None else {"content_hash": ""}
            marks = marks_of(document_id, row.metadata, row.pages) if row is not None else marks_of(document_id)
            connection.execute(
                insert(takedowns).values(
                    key=key,
                    document_id=document_id,
                    reason=clean_line(reason)[:_MAX_REASON_CHARS],
                    taken_down_at=now_text("seconds"),
                    **{name: known.get(name) for name in _CONTENT},
                )
            )
            add_marks(connection, key, marks)
            return delete_documents(connection, [document_id], erase=False)[0] or number

    def lift(self, document_id: str) -> tuple[Lifted, int]:
        """Show a document again; returns what came of it and the number of the last change."""
        key = key_of(document_id)
        with self._database.transaction() as connection:
            number = lock_last_change(connection)
            row = connection.execute(select(takedowns).where(takedowns.c.key == key)).one_or_none()
            if row is None:
                return Lifted.NOT_TAKEN_DOWN, number
            connection.execute(delete(takedowns).where(takedowns.c.key == key))
            remove_marks(connection, key)
            if row.metadata is None:
                return Lifted.NO_CONTENT, number
            known = row._mapping
            _show(connection, key, document_id, number + 1, {name: known[name] for name in _CONTENT})
            return Lifted.RESTORED, number + 1

    def get(self, document_id: str) -> Takedown | None:
        """Return the takedown of a document, if there is one."""
        with self._database.transaction() as connection:
            row = connection.execute(select(takedowns).where(takedowns.c.key == key_of(document_id))).one_or_none()
        return _takedown(row) if row is not None else None

    def mark_all(self) -> None:
        """Give marks to takedowns of the time when there were none."""
        marked = select(takedown_marks.c.takedown_key)
        query = select(takedowns).where(takedowns.c.key.not_in(marked))
        with self._database.transaction() as connection:
            rows = connection.execute(query).all()
        found = {row.key: marks_of(row.document_id, row.metadata, row.pages) for row in rows}
        if any(found.values()):
            with self._database.transaction() as connection:
                for key, marks in found.items():
                    add_marks(connection, key, marks)

    def marks(self, document_id: str) -> set[Mark]:
        """Return what a document that was taken down is recognised by."""
        with self._database.transaction() as connection:
            return marks_of_takedown(connection, key_of(document_id))

    def add_marks(self, document_id: str, marks: Set[Mark]) -> None:
        """Recognise a document that was taken down by these marks as well."""
        with self._database.transaction() as connection:
            add_marks(connection, key_of(document_id), marks)

    def list(self) -> list[Takedown]:
        """Return all takedowns, latest first."""
        query = select(takedowns).order_by(takedowns.c.taken_down_at.desc(), takedowns.c.key)
        with self._database.transaction() as connection:
            return [_takedown(row) for row in connection.execute(query)]


def _show(connection: Connection, key: str, document_id: str, number: int, content: dict[str, Any]) -> None:
    values = content | {"change_number": number, "deleted": False, "indexed_at": now_text("milliseconds")}
    tombstone = connection.execute(update(documents).where(documents.c.key == key).values(values))
    if not tombstone.rowcount:  # it was taken down before it ever came
        connection.execute(insert(documents).values(values | {"key": key, "id": document_id}))
    connection.execute(update(state).values(last_change=number))


def _takedown(row: Any) -> Takedown:
    return Takedown(
        row.document_id, row.reason, datetime.fromisoformat(row.taken_down_at), has_content=row.metadata is not None
    )
