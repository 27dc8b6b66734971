"""Bringing the tables of a store to the version this code works with."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from searchsvc.errors import StoreUnavailable
from searchsvc.store.database import Database

_FOLDER = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Run the migrations that are missing; safe when several processes start at once.

    All of them are one transaction, so that a killed migration leaves nothing behind. Raises ``StoreUnavailable``.
    """
    scripts = ScriptDirectory(str(_FOLDER))
    newest = scripts.get_current_head()
    with database.transaction() as connection:
        if _version(connection) == newest:
            return
    with database.transaction() as connection:
        database.lock_for_migration(connection)
        version = _version(connection)
        if version is not None and version not in {script.revision for script in scripts.walk_revisions()}:
            raise StoreUnavailable(
                f"{database.place} was made by a newer version of searchsvc (its tables are of version {version}); "
                "install that version"
            )
        config = Config()
        config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
