"""Migrations of the store's tables."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from searchsvc.errors import StoreUnavailable
from searchsvc.settings import Settings
from searchsvc.store import Store, migrate
from searchsvc.store.tables import TABLES_VERSION, metadata

_MIGRATE = """
import sys
from pathlib import Path
from searchsvc.settings import Settings
from searchsvc.store import Store
sys.stdin.readline()
with Store.open(Settings(data_dir=Path(sys.argv[1]))) as store:
    store.migrate()
    print(store.documents.history_id())
"""


def test_migrated_tables_are_those_of_the_code(store: Store):
    """The migrations lead to exactly the tables the code works with."""
    with store.database.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_code_names_the_newest_migration():
    """Commands compare the store with this name, so that they need not look through the migrations."""
    assert ScriptDirectory(str(Path(migrate.__file__).parent / "migrations")).get_current_head() == TABLES_VERSION


def test_migrating_again_changes_nothing(store: Store):
    """A store that is up to date is left alone."""
    before = store.documents.history_id()
    store.migrate()
    assert store.documents.history_id() == before


def test_processes_that_start_at_once_migrate_once(service_settings: Settings):
    """Of several processes that find no tables one makes them and the others wait."""
    command = [sys.executable, "-c", _MIGRATE, str(service_settings.data_dir)]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert len(set(answers)) == 1
    assert answers[0]


def test_a_store_of_a_newer_version_is_left_alone(store: Store, service_settings: Settings):
    """An older program does not touch tables it does not know."""
    connection = sqlite3.connect(service_settings.data_dir / "searchsvc.db")
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreUnavailable, match="newer version"):
        store.migrate()
