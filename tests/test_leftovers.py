"""What killed processes have left is cleared away: only ours, and only when nobody can be using it any more."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from searchsvc.indexing.housekeeping import Housekeeping
from searchsvc.ingest import FileReader
from searchsvc.settings import Settings
from searchsvc.store import Store, clear_leftovers, write_backup
from tests.fixtures_service import MakePdf

LEFT = (".restore-x1/searchsvc.db", ".worker.json-x1", "originals/.new-x1", "uploads/upload-x1/upload.pdf")
OTHERS = ("originals/.newer", "uploads/notes.txt", ".restored", "restore-x1/searchsvc.db")


def make(folder: Path, name: str, *, age_s: float) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    moment = path.stat().st_mtime - age_s
    for one in (path, path.parent):
        os.utime(one, (moment, moment))
    return path


def test_old_leftovers_go_and_nothing_else(service_settings: Settings, store: Store):
    """What is new may be in use, what has another name is not ours."""
    new = [make(service_settings.data_dir, name.replace("x1", "x2"), age_s=60) for name in LEFT]
    others = [make(service_settings.data_dir, name, age_s=10 * 86_400) for name in OTHERS]
    old = [make(service_settings.data_dir, name, age_s=2 * 86_400) for name in LEFT]
    with Housekeeping(store, service_settings):
        pass
    assert not any(path.exists() for path in old)
    assert not (service_settings.data_dir / ".restore-x1").exists()
    assert all(path.exists() for path in (*new, *others))
    assert clear_leftovers(service_settings) == 0
    assert store.documents.count() == 0


def test_a_folder_whose_file_is_being_written_is_new(service_settings: Settings, store: Store):
    """Who writes a large file for long changes the file and not its folder."""
    path = make(service_settings.data_dir, "uploads/upload-x1/upload.pdf", age_s=2 * 86_400)
    path.write_bytes(b"more")
    os.utime(path.parent, (1, 1))
    assert clear_leftovers(service_settings) == 0
    assert path.exists()


def test_the_next_backup_clears_what_a_killed_one_left(store: Store, tmp_path: Path):
    """A copy of the database beside the target is removed, unless it is new or has anything else in it."""
    old = make(tmp_path, ".backup-x1/searchsvc.db", age_s=2 * 86_400)
    new = make(tmp_path, ".backup-x2/searchsvc.db", age_s=60)
    foreign = make(tmp_path, ".backup-x3/thesis.odt", age_s=2 * 86_400)
    write_backup(store, tmp_path / "backup.tar")
    assert not old.parent.exists()
    assert new.exists()
    assert foreign.exists()


def test_uploads_are_where_they_are_looked_for(
    web: FlaskClient,
    web_settings: Settings,
    write_headers: dict[str, str],
    make_pdf: MakePdf,
    monkeypatch: pytest.MonkeyPatch,
):
    """An upload waits in the data folder, from where it would be cleared, and leaves nothing when all goes well."""
    seen: list[Path] = []
    real = FileReader.extract

    def extract(self: FileReader, path: Path, **names: str | None) -> object:
        seen.append(path)
        return real(self, path, **names)

    monkeypatch.setattr(FileReader, "extract", extract)
    form = {"file": (io.BytesIO(make_pdf().read_bytes()), "a.pdf")}
    assert web.post("/api/v1/documents", data=form, headers=write_headers).status_code == 201
    (path,) = seen
    assert path.parent.name.startswith("upload-")
    assert path.parent.parent == web_settings.data_dir / "uploads"
    assert not path.parent.exists()
