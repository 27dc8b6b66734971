"""Everything that is particular to SQLite: how connections are set up, what its errors mean, online copies."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError

BUSY_TIMEOUT_S = 30.0
_WAL_RETRY_S = 0.05


def set_up(engine: Engine) -> None:
    """Make every connection durable (WAL, full synchronous commits), patient with locks and explicit in BEGIN."""

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling begins too late for reads; BEGIN is sent by the hook below.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        # A text that damage has made invalid must not keep the rows beside it from being read; whoever reads it finds
        # that it cannot be what was written.
        connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")


def lock_for_migration(connection: Connection) -> None:
    """Turn the connection's transaction, in which nothing was done yet, into the only writing one."""
    connection.exec_driver_sql("ROLLBACK")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def explain(error: BaseException | None, path: str) -> str | None:
    """Say in English what an error of the driver means and what to do; None: nothing an operator can mend."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith("SQLITE_FULL"):
        return f"the disk is full or a size limit is reached, {path} cannot grow; free some space and try again"
    if name.startswith("SQLITE_READONLY"):
        return f"{path} is read-only; make it and its folder writable for this user"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")):
        return f"{path} was locked by another process for more than {BUSY_TIMEOUT_S:.0f} s; try again"
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return f"{path} is damaged ({error}); restore a backup with 'searchsvc restore FILE --force'"
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return f"{path} cannot be opened; check that its folder exists and is writable for this user"
    if name.startswith(("SQLITE_IOERR", "SQLITE_NOMEM", "SQLITE_TOOBIG")):
        return f"{path} cannot be read or written ({error}); check the disk and free some space"
    if "no such table" in str(error) or "no such column" in str(error):
        return f"{path} has no tables of this version yet; run 'searchsvc migrate'"
    return None


def is_full(error: BaseException | None) -> bool:
    """Tell whether an error of the driver says that there is no space."""
    name = getattr(error, "sqlite_errorname", None) or ""
    return name.startswith(("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"))


def changes_of(connection: Connection) -> int:
    """Return how many rows a connection has changed since it was made."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver.total_changes


def close_journal_entry(connection: Connection) -> None:
    """Note in the journal, if this transaction has written to it, that it ends here."""
    try:
        connection.exec_driver_sql(
            "INSERT INTO journal (moment, kind) SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'), 'commit' "
            "WHERE (SELECT kind FROM journal ORDER BY number DESC LIMIT 1) IN ('put', 'delete')"
        )
    except OperationalError as error:
        if "no such table" not in str(error.orig):  # before the first migrations
            raise


@contextmanager
def erasing(connection: Connection) -> Iterator[None]:
    """Overwrite with zeros what is replaced or deleted meanwhile, instead of leaving it in the file; SQLite only."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA secure_delete = OFF")


def find_damage(connection: Connection) -> list[str]:
    """Return what SQLite's own integrity check finds, one line each."""
    lines = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(20)"))]
    return [] if lines == ["ok"] else lines


def copy_out(connection: Connection, target: Path) -> None:
    """Write a consistent copy of the database to a new file while others use it."""
    _copy(_driver(connection), target, into_file=True)


def copy_in(connection: Connection, source: Path) -> None:
    """Replace the whole content of the database by that of a file, as one transaction others see at once."""
    _copy(_driver(connection), source, into_file=False)


def _copy(connection: sqlite3.Connection, path: Path, *, into_file: bool) -> None:
    with_file = sqlite3.connect(path)
    try:
        if into_file:
            connection.backup(with_file)
        else:
            with_file.backup(connection)
    finally:
        with_file.close()


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.rollback()
    return driver


def _use_wal(connection: sqlite3.Connection) -> None:
    # Changing the journal mode does not wait for locks by itself; two processes may open a new file at once.
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_WAL_RETRY_S)
        else:
            return
