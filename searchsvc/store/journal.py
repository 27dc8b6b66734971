"""The journal: what triggers write down of every change, in the change's own transaction. SQLite only.

Not in it is what can be made anew: texts read from files, signatures. Shipping it to files is not done here
(``searchsvc.store.backups``).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, Table, delete, func, insert, literal_column, select
from sqlalchemy.engine import Row

from searchsvc.store.database import Database
from searchsvc.store.tables import (
    extractions,
    journal,
    journal_state,
    metadata,
    signature_bands,
    signature_state,
    signatures,
)

_LEFT_OUT = frozenset({extractions, signatures, signature_bands, signature_state, journal, journal_state})
_NOW = "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"
_STREAM_ROWS = 50
_TRIM_ROWS = 500

PUT, DELETE, COMMIT = "put", "delete", "commit"


@dataclass(frozen=True, slots=True)
class Bounds:
    """A run of journal entries that ends with a transaction: the numbers of the first and last, and when it ended."""

    first: int
    last: int
    until: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry. ``kind``: ``PUT``, ``DELETE``, ``COMMIT``; ``values``: the row without its bytes, or its key."""

    number: int
    moment: str
    kind: str
    table: str | None = None
    values: dict[str, Any] | None = None
    content: bytes | None = None


class Journal:
    """The journal of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self) -> str:
        """See to it that every change is written down, and return the name of the log.

        Whenever that was not so before, the name is a new one: what came until now is in no log.
        """
        triggers = _triggers()
        definition = sha256("\n".join(triggers.values()).encode()).hexdigest()
        with self._database.transaction() as connection:
            row = connection.execute(select(journal_state)).one_or_none()
            if row is not None and row.definition == definition and _installed(connection) == set(triggers):
                return str(row.log_id)
        with self._database.transaction() as connection:
            self._database.lock_for_migration(connection)
            forget_journal(connection)
            for statement in triggers.values():
                connection.exec_driver_sql(statement)
            log_id = secrets.token_hex(16)
            connection.execute(insert(journal_state).values(id=1, log_id=log_id, definition=definition))
        return log_id

    def current(self) -> str | None:
        """Return the name of the log that the journal belongs to; None: nothing is written down."""
        with self._database.transaction() as connection:
            return connection.execute(select(journal_state.c.log_id)).scalar_one_or_none()

    def end(self) -> None:
        """Write nothing down any more, and forget what was."""
        with self._database.transaction() as connection:
            if connection.execute(select(journal_state)).one_or_none() is None:
                return
        with self._database.transaction() as connection:
            self._database.lock_for_migration(connection)
            forget_journal(connection)

    def next_run(self, after: int, most_rows: int) -> Bounds | None:
        """Return the next entries after a number, about ``most_rows`` and at least one transaction, if there is one."""
        ends = select(journal.c.number, journal.c.moment).where(journal.c.kind == COMMIT)
        with self._database.transaction() as connection:
            last = (
                connection.execute(
                    ends.where(journal.c.number > after + most_rows).order_by(journal.c.number).limit(1)
                ).one_or_none()
                or connection.execute(
                    ends.where(journal.c.number > after).order_by(journal.c.number.desc()).limit(1)
                ).one_or_none()
            )
            if last is None:
                return None
            first = connection.execute(select(func.min(journal.c.number)).where(journal.c.number > after)).scalar_one()
        return Bounds(int(first), int(last.number), str(last.moment))

    def entries(self, bounds: Bounds) -> Iterator[Entry]:
        """Yield the entries of a run, read as they are taken."""
        query = (
            select(journal)
            .where(journal.c.number >= bounds.first, journal.c.number <= bounds.last)
            .order_by(journal.c.number)
            .execution_options(yield_per=_STREAM_ROWS)
        )
        with self._database.transaction() as connection, connection.execute(query) as rows:
            for row in rows:
                yield _entry(row)

    def files(self, bounds: Bounds) -> list[str]:
        """Return the checksums of the original files that documents of a run have."""
        file: ColumnElement[str | None] = literal_column("json_extract(row_values, '$.original_sha256')")
        query = (
            select(file)
            .where(
                journal.c.number >= bounds.first,
                journal.c.number <= bounds.last,
                journal.c.kind == PUT,
                journal.c.table_name.in_(("documents", "takedowns")),
            )
            .distinct()
        )
        with self._database.transaction() as connection:
            return sorted(str(one) for one in connection.execute(query).scalars() if one)

    def trim(self, until: int) -> None:
        """Forget the entries up to a number, a few at a time so that others can write meanwhile."""
        while True:
            with self._database.transaction() as connection:
                first = connection.execute(select(func.min(journal.c.number))).scalar()
                if first is None or first > until:
                    return
                last = min(until, int(first) + _TRIM_ROWS - 1)
                connection.execute(delete(journal).where(journal.c.number <= last))

    def waiting(self) -> int:
        """Return how many entries there are."""
        with self._database.transaction() as connection:
            return int(connection.execute(select(func.count()).select_from(journal)).scalar_one())


def position_of(connection: Connection) -> tuple[str, int] | None:
    """Return the name of a database's log, and the number of the last entry there ever was; None: nothing is logged."""
    row = connection.execute(select(journal_state)).one_or_none()
    if row is None:
        return None
    last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").scalar()
    return str(row.log_id), int(last or 0)


def forget_journal(connection: Connection) -> None:
    """Take away the triggers and what they have written."""
    for name in _installed(connection):
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    connection.execute(delete(journal))
    connection.execute(delete(journal_state))


def replay(connection: Connection, entries: list[Entry]) -> None:
    """Do again what a transaction did."""
    for entry in entries:
        assert entry.table is not None
        assert entry.values is not None
        table = metadata.tables[entry.table]
        keys = [column.name for column in table.primary_key]
        values = dict(entry.values)
        if entry.kind == DELETE:
            chosen = " AND ".join(f'"{name}" = :{name}' for name in keys)
            connection.exec_driver_sql(f'DELETE FROM "{table.name}" WHERE {chosen}', values)  # noqa: S608
            continue
        if (content := _content_column(table)) is not None:
            values[content] = entry.content
        names = ", ".join(f'"{name}"' for name in values)
        places = ", ".join(f":{name}" for name in values)
        others = ", ".join(f'"{name}" = excluded."{name}"' for name in values if name not in keys)
        conflict = f"DO UPDATE SET {others}" if others else "DO NOTHING"
        connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({names}) VALUES ({places}) '  # noqa: S608 - names of our own tables
            f"ON CONFLICT ({', '.join(keys)}) {conflict}",
            values,
        )


def _entry(row: Row[Any]) -> Entry:
    values = None if row.row_values is None else json.loads(row.row_values)
    return Entry(int(row.number), row.moment, row.kind, row.table_name, values, row.content)


def _installed(connection: Connection) -> set[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'journal\\_%' ESCAPE '\\'"
    return {str(name) for name in connection.exec_driver_sql(query).scalars()}


def _triggers() -> dict[str, str]:
    """Return the statements that make all triggers, by their names."""
    found: dict[str, str] = {}
    for table in metadata.sorted_tables:
        if table in _LEFT_OUT:
            continue
        changed = " OR ".join(f'OLD."{column.name}" IS NOT NEW."{column.name}"' for column in table.columns)
        for event, when, kind, row in (
            ("INSERT", "", PUT, "NEW"),
            ("UPDATE", f" WHEN {changed}", PUT, "NEW"),
            ("DELETE", "", DELETE, "OLD"),
        ):
            name = f"journal_{table.name}_{event.lower()}"
            found[name] = (
                f'CREATE TRIGGER "{name}" AFTER {event} ON "{table.name}"{when} BEGIN '  # noqa: S608 - our own tables
                "INSERT INTO journal (moment, kind, table_name, row_values, content) "
                f"VALUES ({_NOW}, '{kind}', '{table.name}', {_row(table, kind, row)}); END"
            )
    return found


def _row(table: Table, kind: str, row: str) -> str:
    content = _content_column(table) if kind == PUT else None
    columns = table.primary_key.columns if kind == DELETE else table.columns
    pairs = ", ".join(
        f"'{column.name}', {row}.\"{column.name}\"" for column in columns if not isinstance(column.type, LargeBinary)
    )
    return f"json_object({pairs}), " + (f'{row}."{content}"' if content else "NULL")


def _content_column(table: Table) -> str | None:
    names = [column.name for column in table.columns if isinstance(column.type, LargeBinary)]
    assert len(names) <= 1, f"{table.name} has several columns of bytes, the journal has room for one"
    return names[0] if names else None
