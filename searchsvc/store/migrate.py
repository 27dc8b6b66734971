"""Bringing the tables of a store to the version this code works with."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from searchsvc.errors import StoreUnavailable
from searchsvc.store.database import Database
from searchsvc.store.tables import TABLES_VERSION

_FOLDER = Path(__file__).parent / "migrations"
_NOTE = "alembic_version"


def migrate(database: Database) -> None:
    """Run the migrations that are missing; safe when several processes start at once.

    All of them are one transaction, so that a killed migration leaves nothing behind. Raises ``StoreUnavailable``.
    """
    with database.transaction() as connection:
        if _version(connection) == TABLES_VERSION:
            return
    # Needed once after each update, and takes longer to load than most commands take.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(_FOLDER))
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
    """Return the revision that Alembic has noted, None before the first one."""
    if not inspect(connection).has_table(_NOTE):
        return None
    return connection.execute(select(column("version_num")).select_from(table(_NOTE))).scalar_one_or_none()
