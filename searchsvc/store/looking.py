"""A look at the store that changes nothing: neither the database nor the files beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.engine import make_url

from searchsvc.errors import StoreUnavailable
from searchsvc.settings import Settings
from searchsvc.store import sqlite
from searchsvc.store.database import Database
from searchsvc.store.identity import StoreReplaced, known_names
from searchsvc.store.tables import state

_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class StoreLook:
    """Name and last change of a store; ``identity`` is None where it comes from before there were names."""

    identity: str | None
    last_change: int


def look_at_store(settings: Settings) -> StoreLook | None:
    """Return what the store says of itself, None if there is none and the folders know of none.

    Raises ``StoreReplaced`` when the folders know another one, or ``StoreUnavailable``.
    """
    path = make_url(settings.store_url).database if settings.store_url.startswith("sqlite") else None
    found = _in_file(Path(path)) if path else _on_server(settings)
    known = known_names(settings)
    if known and (found is None or (found.identity is not None and found.identity not in known)):
        raise StoreReplaced(f"the store is not that of {settings.data_dir}")
    return found


def _in_file(path: Path) -> StoreLook | None:
    if not path.exists():
        return None
    # Without a log beside it the file is all there is, and needs neither locks nor the file that they are kept in.
    log = path.with_name(f"{path.name}-wal")
    mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    try:
        with closing(
            sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True, timeout=_TIMEOUT_S)
        ) as one:
            columns = [row[1] for row in one.execute("PRAGMA table_info(state)")]
            if not columns:
                return None
            identity = "identity" if "identity" in columns else "NULL"
            row = one.execute(f"SELECT {identity}, last_change FROM state").fetchone()  # noqa: S608 - one of two names
    except sqlite3.Error as error:
        raise StoreUnavailable(sqlite.explain(error, str(path)) or f"{path} cannot be read: {error}") from error
    return StoreLook(row[0], int(row[1] or 0)) if row else None


def _on_server(settings: Settings) -> StoreLook | None:
    database = Database.open(settings.store_url)
    try:
        if not database.has_tables():
            return None
        with database.transaction() as connection:
            if not database.has_column(connection, "state", "identity"):
                return StoreLook(None, 0)
            row = connection.execute(select(state.c.identity, state.c.last_change)).one()
    finally:
        database.close()
    return StoreLook(row.identity, int(row.last_change or 0))
