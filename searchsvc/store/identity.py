"""Which store a data folder belongs to: an empty or another one must not be taken for the truth.

A store has a name, given when it is made. The data folder and the folder of original files know it, each from a small
file. Where they disagree nothing is served, written or removed until somebody who knows says what is right.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from searchsvc.atomic_files import write_atomically
from searchsvc.errors import ServiceError
from searchsvc.settings import Settings
from searchsvc.store.database import translated_os_errors
from searchsvc.store.store import Store
from searchsvc.store.tables import state
from searchsvc.store.values import now_text

MARK = "store.id"
_NAME = re.compile(r"[0-9a-f]{32}")
_UNREADABLE = frozenset({"unreadable"})


class StoreReplaced(ServiceError):
    """The store is not the one that the data folder was filled from; the message names the choices."""

    kind = "store_replaced"


def open_store(settings: Settings) -> Store:
    """Open the store that belongs to the data folder, with its tables up to date; make it if the folder is new.

    Raises ``StoreReplaced`` before anything is made or changed, or ``StoreUnavailable``.
    """
    store = Store.open(settings)
    try:
        check_identity(store, settings)
        store.migrate()
        check_identity(store, settings)  # a store from before there were names has got one
        write_marks(store, settings)
    except BaseException:
        store.close()
        raise
    return store


def check_identity(store: Store, settings: Settings) -> None:
    """Raise ``StoreReplaced`` if the store is not that of the folders. Changes nothing.

    Folders from before stores had names are taken for the store's, unless it is empty and they are not.
    """
    # In this order: who makes a store makes its tables first, then the marks, and keeps files only after that.
    marks = _marks(settings)
    has_files = store.originals.any()
    if not store.database.has_tables():
        if marks or has_files:
            raise StoreReplaced(_message(store, settings, "is missing or empty"))
        return
    with store.database.transaction() as connection:
        if not store.database.has_column(connection, "state", "identity"):
            return
        row = connection.execute(select(state.c.identity, state.c.last_change)).one()
    if any(row.identity not in names for names in marks):
        raise StoreReplaced(_message(store, settings, "is another one"))
    if not marks and has_files and not row.last_change:
        raise StoreReplaced(_message(store, settings, "has no documents"))


def adopt(store: Store, settings: Settings) -> None:
    """Make the store that of the data folder from now on. Files are kept for ``trash_days`` whatever it says."""
    store.migrate()
    begin_history(store)
    write_marks(store, settings)


def begin_history(store: Store) -> None:
    """Note that documents may have vanished by more than deletions: nothing is removed for ``trash_days``."""
    with store.database.transaction() as connection:
        connection.execute(update(state).values(history_at=now_text("seconds")))


def write_marks(store: Store, settings: Settings, *, and_also: str | None = None) -> None:
    """Let the folders know the store. Raises ``StoreUnavailable``.

    ``and_also`` is another store that they belong to as well, while the one is being replaced by the other.
    """
    names = frozenset({_identity(store)} | ({and_also} if and_also else set()))
    for folder in _folders(settings):
        if _mark(folder) != names:
            with translated_os_errors(folder):
                folder.mkdir(parents=True, exist_ok=True)
                write_atomically(folder / MARK, "".join(f"{name}\n" for name in sorted(names)), durable=True)


def known_names(settings: Settings) -> set[str]:
    """Return the names of the stores that the folders know."""
    return {name for names in _marks(settings) for name in names}


def may_remove(store: Store, settings: Settings) -> bool:
    """Tell whether files that the store does not know may be removed: they are its own, and for long enough."""
    with store.database.transaction() as connection:
        row = connection.execute(select(state.c.identity, state.c.history_at)).one()
    if row.identity is None or any(_mark(folder) != frozenset({row.identity}) for folder in _folders(settings)):
        return False
    if row.history_at is None:
        return True
    return datetime.now(UTC) - datetime.fromisoformat(row.history_at) > timedelta(days=settings.trash_days)


def _identity(store: Store) -> str:
    with store.database.transaction() as connection:
        return str(connection.execute(select(state.c.identity)).scalar_one())


def _folders(settings: Settings) -> tuple[Path, Path]:
    return settings.data_dir, settings.originals_dir


def _marks(settings: Settings) -> set[frozenset[str]]:
    return {mark for folder in _folders(settings) if (mark := _mark(folder)) is not None}


def _mark(folder: Path) -> frozenset[str] | None:
    """Return the name of the store that a folder knows, two if one was being replaced by the other.

    A file that cannot be read counts, too, and is no store's.
    """
    try:
        names = (folder / MARK).read_text(encoding="ascii").split()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        return _UNREADABLE
    return frozenset(names) if names and all(map(_NAME.fullmatch, names)) else _UNREADABLE


def _message(store: Store, settings: Settings, what: str) -> str:
    return (
        f"{store.database.place} {what}, but {settings.data_dir} was filled from a store that is not there. Nothing "
        "was changed. Bring that store back: set database_url as it was, or restore a backup with "
        "'searchsvc restore FILE'. Or go on with this one: 'searchsvc adopt-store'; original files that it does not "
        f"know are kept for {settings.trash_days:g} days, and then moved to a trash"
    )
