"""Connections to the database of the store, and the translation of its errors into the service's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError

from searchsvc.errors import StorageFull, StoreUnavailable, cannot_write
from searchsvc.shown import shown_address
from searchsvc.store import postgresql, sqlite

_POOL_SIZE = 5
_POOL_OVERFLOW = 20


class Database:
    """A database; safe to use from many threads, each process opens its own."""

    def __init__(self, engine: Engine, place: str, file: Path | None = None) -> None:
        self._engine = engine
        self.place = place
        self._file = file

    @classmethod
    def open(cls, url: str) -> Database:
        """Prepare connections to a database; none is made yet. Raises ``StoreUnavailable``."""
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):
            raise StoreUnavailable("database_url is not an SQLAlchemy URL; see 'searchsvc settings'") from None
        place = parsed.database if parsed.get_backend_name() == "sqlite" else shown_address(parsed.render_as_string())
        try:
            engine = create_engine(
                parsed, pool_size=_POOL_SIZE, max_overflow=_POOL_OVERFLOW, pool_pre_ping=not cls._is_sqlite(url)
            )
        except ModuleNotFoundError as error:
            raise StoreUnavailable(
                f"the database driver {error.name!r} is not installed; install it with 'pip install {error.name}'"
            ) from error
        if cls._is_sqlite(url):
            sqlite.set_up(engine)
        file = Path(parsed.database) if cls._is_sqlite(url) and parsed.database else None
        return cls(engine, f"the document store {place or 'in memory'}", file)

    @staticmethod
    def _is_sqlite(url: str) -> bool:
        return make_url(url).get_backend_name() == "sqlite"

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a local SQLite file."""
        return self._engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path:
        """The SQLite file; there is none on a server."""
        assert self._file is not None
        return self._file

    @property
    def files(self) -> tuple[Path, ...]:
        """The SQLite file with what belongs to it; none on a server."""
        if self._file is None:
            return ()
        return tuple(self._file.with_name(self._file.name + suffix) for suffix in ("", "-wal", "-shm"))

    @contextmanager
    def transaction(self, *, isolation: str | None = None) -> Iterator[Connection]:
        """Run a block as one transaction, committed at its end. Raises ``StoreUnavailable``.

        ``isolation`` names a stronger level for servers; SQLite's transactions are snapshots anyway.
        """
        with self.translated_errors(), self._engine.connect() as connection:
            if isolation is not None and not self.is_sqlite:
                connection.execution_options(isolation_level=isolation)
            before = sqlite.changes_of(connection) if self.is_sqlite else 0
            with connection.begin():
                yield connection
                if self.is_sqlite and sqlite.changes_of(connection) != before:
                    sqlite.close_journal_entry(connection)

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Turn the database's errors that an operator can mend into ``StoreUnavailable``."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            explain = sqlite.explain if self.is_sqlite else postgresql.explain
            if isinstance(error, IntegrityError) or (message := explain(cause, self.place)) is None:
                raise
            is_full = (sqlite.is_full if self.is_sqlite else postgresql.is_full)(cause)
            raise (StorageFull if is_full else StoreUnavailable)(message) from error
        except SQLAlchemyError as error:
            if type(error).__name__ != "TimeoutError":
                raise
            raise StoreUnavailable(f"{self.place} has no free connection; try again") from error

    def has_tables(self) -> bool:
        """Tell whether there is anything in the database. An SQLite file that is not there is not made."""
        if self._file is not None and not self._file.exists():
            return False
        with self.transaction() as connection:
            return inspect(connection).has_table("state")

    def has_column(self, connection: Connection, table: str, name: str) -> bool:
        """Tell whether a table has a column, which a migration may have yet to add."""
        return any(column["name"] == name for column in inspect(connection).get_columns(table))

    def lock_for_migration(self, connection: Connection) -> None:
        """Make sure that no other process migrates until the end of the connection's transaction."""
        (sqlite if self.is_sqlite else postgresql).lock_for_migration(connection)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


@contextmanager
def translated_os_errors(path: Path) -> Iterator[None]:
    """Turn errors of the operating system about the store's files into ``StoreUnavailable``."""
    try:
        yield
    except OSError as error:
        raise cannot_write(error, path) from error
