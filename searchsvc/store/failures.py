"""What could not be imported, and why; an item's entry goes away when it is imported at last."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from searchsvc.documents.text import clean_text, one_line
from searchsvc.store.database import Database
from searchsvc.store.tables import failures
from searchsvc.store.values import now_text, portions

_MAX_MESSAGE_CHARS = 2_000
_MAX_KIND_CHARS = 50

UNINDEXABLE = "unindexable"
DAMAGED_IN_STORE = "damaged_in_store"
SET_ASIDE = (UNINDEXABLE, DAMAGED_IN_STORE)
"""Kinds of documents that are in the store and left out of the index. Imports neither replace nor clear their entries,
which are kept apart from those of imports of the same name."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One item (a path, a line of a file, an id) that failed, with a stable ``kind`` and an English message.

    ``source`` says how it is imported again, if whoever recorded it knows how.
    """

    item: str
    kind: str
    message: str
    failed_at: datetime
    source: Mapping[str, Any] | None = None


class Failures:
    """Repository of failed items."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, item: str, kind: str, message: str, *, source: Mapping[str, Any] | None = None) -> None:
        """Remember that an item failed, replacing what is known of it. ``source`` must be JSON-compatible."""
        label = one_line(item)
        # Another process may record the same item at the same moment; one of both entries is enough.
        with suppress(IntegrityError), self._database.transaction() as connection:
            connection.execute(delete(failures).where(failures.c.key == _key(label, kind)))
            connection.execute(
                insert(failures).values(
                    key=_key(label, kind),
                    item=label,
                    kind=kind[:_MAX_KIND_CHARS],
                    message=clean_text(message)[:_MAX_MESSAGE_CHARS],
                    failed_at=now_text(),
                    source=None if source is None else json.dumps(source),
                )
            )

    def clear(self, item: str) -> None:
        """Forget that an item failed."""
        self.clear_many([item])

    def clear_many(self, items: Collection[str]) -> None:
        """Forget that items failed. Writes only if one of them had."""
        keys = [_key(one_line(item)) for item in items]
        for portion in portions(keys):
            chosen = failures.c.key.in_(portion)
            with self._database.transaction() as connection:
                found = connection.execute(select(failures.c.key).where(chosen).limit(1)).first()
            if found is not None:
                with self._database.transaction() as connection:
                    connection.execute(delete(failures).where(chosen))

    def clear_set_aside(self, document_ids: Collection[str] | None = None) -> None:
        """Forget that documents were left out of the index; None: that any were."""
        if not self.count_set_aside():
            return
        with self._database.transaction() as connection:
            if document_ids is None:
                connection.execute(delete(failures).where(failures.c.kind.in_(SET_ASIDE)))
                return
            keys = [_key(one_line(one), UNINDEXABLE) for one in document_ids]
            for portion in portions(keys):
                connection.execute(delete(failures).where(failures.c.key.in_(portion)))

    def count_set_aside(self) -> int:
        """Return how many documents of the store were left out of the index."""
        query = select(func.count()).select_from(failures).where(failures.c.kind.in_(SET_ASIDE))
        with self._database.transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def with_source(self) -> list[Failure]:
        """Return the failures that can be imported again, in order of their items."""
        query = select(failures).where(failures.c.source.is_not(None)).order_by(failures.c.item)
        with self._database.transaction() as connection:
            return [_failure(row) for row in connection.execute(query)]

    def list(self, limit: int = 100) -> list[Failure]:
        """Return the latest failures, latest first."""
        query = select(failures).order_by(failures.c.failed_at.desc(), failures.c.item).limit(limit)
        with self._database.transaction() as connection:
            return [_failure(row) for row in connection.execute(query)]

    def count_by_kind(self) -> dict[str, int]:
        """Return how many items have failed for each reason, the most frequent first."""
        query = select(failures.c.kind, func.count()).group_by(failures.c.kind)
        with self._database.transaction() as connection:
            counts = {str(kind): int(count) for kind, count in connection.execute(query)}
        return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))

    def count(self) -> int:
        """Return how many items have failed and not been imported since."""
        with self._database.transaction() as connection:
            return int(connection.execute(select(func.count()).select_from(failures)).scalar_one())


def _failure(row: Row[Any]) -> Failure:
    source = json.loads(row.source) if row.source else None
    return Failure(row.item, row.kind, row.message, datetime.fromisoformat(row.failed_at), source)


def _key(item: str, kind: str = "") -> str:
    name = f"document\n{item}" if kind in SET_ASIDE else item
    return sha256(name.encode()).hexdigest()
