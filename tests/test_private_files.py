"""Nobody else on the machine reads the service's files."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.contract import Document
from searchsvc.private_files import tighten
from searchsvc.settings import Settings
from searchsvc.store import BackupFolder, Store, open_store, ship, write_backup
from tests.fixtures_service import MakePdf


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def open_umask() -> Iterator[None]:
    """The mask that most machines have."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_everything_that_commands_make_is_private(tmp_path: Path, make_pdf: MakePdf):
    """Database, write-ahead log, originals, index, backups and their log: whatever the mask of who starts them."""
    data, backups = tmp_path / "data", tmp_path / "backups"
    environment = {**os.environ, "SEARCHSVC_DATA_DIR": str(data), "SEARCHSVC_SAMPLE": "0"}
    for arguments in (["ingest", str(make_pdf())], ["rebuild"], ["backup", str(tmp_path / "b.tar")]):
        subprocess.run([sys.executable, "-m", "searchsvc", *arguments], env=environment, check=True, timeout=120)
    settings = Settings(data_dir=data)
    with open_store(settings) as store:
        store.documents.put(Document(id="a", title="Titel", sha256=store.originals.add(b"Datei")))
        ship(store, backups)
        store.documents.put(Document(id="b", title="Titel", sha256=store.originals.add(b"Datei 2")))
        ship(store, backups)
        BackupFolder(backups, store).make(3)
        write_backup(store, tmp_path / "c.tar")
    assert mode(data) == 0o700
    for path in (tmp_path / "b.tar", tmp_path / "c.tar", *backups.glob("*.tar"), *backups.rglob("log/*/*.gz")):
        assert mode(path) == 0o600, path
    for path in data.iterdir():
        assert not mode(path) & 0o007, path


@pytest.mark.usefixtures("open_umask")
def test_what_was_open_is_closed_at_the_next_start(service_settings: Settings):
    """Folders of earlier versions, down to the database and its log; who has let a group in keeps that."""
    with open_store(service_settings) as store:
        store.documents.put(Document(id="a", title="Titel", sha256=store.originals.add(b"Datei")))
        opened = [service_settings.data_dir, *service_settings.data_dir.iterdir()]
        for path in opened:
            path.chmod(0o755 if path.is_dir() else 0o644)
        assert {"searchsvc.db", "searchsvc.db-wal", "originals"} <= {path.name for path in opened}
        Store.open(service_settings).close()
        for path in opened:
            assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    service_settings.data_dir.chmod(0o750)
    Store.open(service_settings).close()
    assert mode(service_settings.data_dir) == 0o750


@pytest.mark.usefixtures("open_umask")
def test_what_is_not_ours_is_left_alone(service_settings: Settings):
    """A folder that has anything else in it stays open, and so does that; what is ours in it is closed."""
    open_store(service_settings).close()
    folder = service_settings.data_dir
    folder.chmod(0o755)
    (folder / "searchsvc.db").chmod(0o644)
    (folder / "notes.txt").touch()
    (folder / "notes.txt").chmod(0o644)
    Store.open(service_settings).close()
    assert (mode(folder), mode(folder / "notes.txt"), mode(folder / "searchsvc.db")) == (0o755, 0o644, 0o600)


def test_links_and_missing_files_are_passed_over(tmp_path: Path):
    """Only what is there, and itself."""
    target = tmp_path / "target"
    target.touch()
    target.chmod(0o644)
    (tmp_path / "link").symlink_to(target)
    assert tighten([tmp_path / "link", tmp_path / "missing"]) == 0
    assert mode(target) == 0o644
