"""The store and the data folder know each other: nothing is served or removed because a store is missing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from searchsvc.documents.input import parse_document
from searchsvc.indexing.worker import Worker
from searchsvc.settings import Settings
from searchsvc.store import (
    Store,
    StoreReplaced,
    adopt,
    check_identity,
    open_store,
    prune,
    restore_backup,
    write_backup,
)
from searchsvc.store.identity import MARK
from tests.fakes import FakeIndex
from tests.fixtures_service import undo_servers
from tests.test_cli import environment, free_port


def fill(settings: Settings, name: str = "a") -> str:
    """Store a document with a file that has been here for long; return the checksum of the file."""
    with open_store(settings) as store:
        checksum = store.originals.add(name.encode())
        store.documents.put(parse_document({"id": name, "text": "Haushalt", "sha256": checksum}))
        path = store.originals.path(checksum)
        assert path is not None
        os.utime(path, (1, 1))
    return checksum


def lose(settings: Settings) -> None:
    """Remove the database."""
    for path in settings.data_dir.glob("searchsvc.db*"):
        path.unlink()


def everything(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_a_new_folder_and_its_store_know_each_other(service_settings: Settings):
    """Opening makes the store and tells both folders, once."""
    with open_store(service_settings) as store:
        check_identity(store, service_settings)
    marks = [folder / MARK for folder in (service_settings.data_dir, service_settings.originals_dir)]
    before = [mark.read_text() for mark in marks]
    assert before[0] == before[1]
    with open_store(service_settings):
        assert [mark.read_text() for mark in marks] == before


@pytest.mark.parametrize("loss", ["gone", "empty file", "no marks"])
def test_a_lost_store_is_not_made_anew(service_settings: Settings, loss: str):
    """Neither tables nor files are made or removed, and the message names the choices."""
    fill(service_settings)
    lose(service_settings)
    if loss == "empty file":
        (service_settings.data_dir / "searchsvc.db").touch()
    if loss == "no marks":  # a folder from before there were any
        for mark in service_settings.data_dir.rglob(MARK):
            mark.unlink()
    before = everything(service_settings.data_dir)
    with pytest.raises(StoreReplaced, match=r"is missing or empty.*restore FILE.*adopt-store"):
        open_store(service_settings)
    assert everything(service_settings.data_dir) - before <= {
        service_settings.data_dir / f"searchsvc.db{end}" for end in ("-wal", "-shm")
    }


@pytest.mark.parametrize("has_marks", [True, False])
def test_another_store_is_refused(service_settings: Settings, tmp_path: Path, has_marks: bool):
    """A store of another folder, or a fresh one with tables, is not taken for the folder's."""
    fill(service_settings)
    other = service_settings.model_copy(update={"data_dir": tmp_path / "other"})
    open_store(other).close()
    if not has_marks:
        for mark in service_settings.data_dir.rglob(MARK):
            mark.unlink()
    lose(service_settings)
    shutil.copy(other.data_dir / "searchsvc.db", service_settings.data_dir)
    reason = "is another one" if has_marks else "has no documents"
    with pytest.raises(StoreReplaced, match=reason):
        open_store(service_settings)
    with Store.open(service_settings) as store:
        assert prune(store, service_settings) == 0
        with pytest.raises(StoreReplaced):
            check_identity(store, service_settings)


@pytest.mark.parametrize("with_columns", [True, False])
def test_folders_from_before_there_were_names_are_adopted(service_settings: Settings, with_columns: bool):
    """A store with documents and its files belong together; an update asks nothing."""
    checksum = fill(service_settings)
    for mark in service_settings.data_dir.rglob(MARK):
        mark.unlink()
    if not with_columns:
        connection = sqlite3.connect(service_settings.data_dir / "searchsvc.db")
        with connection:
            for column in ("identity", "history_at"):
                connection.execute(f"ALTER TABLE state DROP COLUMN {column}")
            undo_servers(connection)
            for table in ("journal", "journal_state"):
                connection.execute(f"DROP TABLE {table}")
            connection.execute("UPDATE alembic_version SET version_num = '0003_takedowns'")
        connection.close()
    with open_store(service_settings) as store:
        assert store.documents.count() == 1
        store.documents.delete("a")
        assert prune(store, service_settings) == 1
        assert store.originals.path(checksum) is None


def test_an_adopted_store_removes_nothing_for_a_while(service_settings: Settings):
    """Who goes on with an empty store keeps the files for as long as the trash would."""
    checksum = fill(service_settings)
    lose(service_settings)
    with Store.open(service_settings) as store:
        adopt(store, service_settings)
    with open_store(service_settings) as store:
        assert prune(store, service_settings) == 0
        assert prune(store, service_settings.model_copy(update={"trash_days": 0.0})) == 1
        assert store.originals.has(checksum)


def test_a_restored_backup_removes_nothing_for_a_while(service_settings: Settings, tmp_path: Path):
    """Files that are newer than the backup stay, also when the store was lost; the folder is served again."""
    first = fill(service_settings)
    with open_store(service_settings) as store:
        write_backup(store, tmp_path / "backup.tar")
    newer = fill(service_settings, "newer")
    lose(service_settings)
    with Store.open(service_settings) as store:
        store.migrate()
        restore_backup(store, service_settings, tmp_path / "backup.tar")
    with open_store(service_settings) as store:
        assert store.documents.count() == 1
        assert prune(store, service_settings) == 0
        assert store.originals.is_intact(first)
        assert store.originals.is_intact(newer)


def test_an_older_copy_of_the_store_removes_nothing_for_a_while(service_settings: Settings, tmp_path: Path):
    """A database file that was put back by hand is found out by the index, which knows newer changes."""
    fill(service_settings)
    shutil.copy(service_settings.data_dir / "searchsvc.db", tmp_path / "older.db")
    newer = fill(service_settings, "newer")
    index = FakeIndex()
    with open_store(service_settings) as store:
        Worker(store, index, service_settings).catch_up()
    lose(service_settings)
    shutil.copy(tmp_path / "older.db", service_settings.data_dir / "searchsvc.db")
    with open_store(service_settings) as store:
        Worker(store, index, service_settings).catch_up()
        assert (index.rebuilds, set(index.documents)) == (1, {"a"})
        assert prune(store, service_settings) == 0
        assert store.originals.is_intact(newer)


@pytest.mark.parametrize("command", ["serve", "worker", "ingest", "gunicorn", "migrate", "status"])
def test_no_process_starts_without_the_folders_store(service_settings: Settings, tmp_path: Path, command: str):
    """Whatever is started says what is wrong, and invents no documents; afterwards the choice is the operator's."""
    checksum = fill(service_settings)
    lose(service_settings)
    arguments = ["-m", "searchsvc", command]
    if command == "gunicorn":
        arguments = ["-m", "gunicorn", "--config", "config/gunicorn.conf.py"]
    if command == "ingest":
        (tmp_path / "a.ndjson").write_text('{"id": "x", "text": "y"}\n')
        arguments.append(str(tmp_path / "a.ndjson"))
    variables = environment(service_settings.data_dir, PORT=str(free_port()), SEARCHSVC_SAMPLE="1")
    refused = subprocess.run(
        [sys.executable, *arguments], env=variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 1
    assert "searchsvc: the document store " in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "adopt-store" in refused.stderr
    assert not (service_settings.data_dir / "searchsvc.db").exists()
    path = service_settings.originals_dir / checksum[:2] / checksum[2:4] / checksum
    assert path.exists()
    if command == "status":
        subprocess.run([sys.executable, "-m", "searchsvc", "adopt-store"], env=variables, check=True, timeout=60)
        subprocess.run([sys.executable, "-m", "searchsvc", "status"], env=variables, check=True, timeout=60)
        assert path.exists()
