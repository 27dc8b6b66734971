"""``searchsvc doctor``: each thing that operators get wrong is found, and nothing is changed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from searchsvc.cli import main
from searchsvc.doctor import Finding, Level, examine, folders, machine, network, work
from searchsvc.indexing.heartbeat import WorkerState, WorkerStatus
from searchsvc.settings import Settings
from searchsvc.store import BackupState, Store, open_store, write_backup_state
from tests.gunicorn_server import running_gunicorn
from tests.test_cli import free_port


def levels(findings: Iterator[Finding]) -> list[Level]:
    return [finding.level for finding in findings]


def contents(folder: Path) -> dict[str, tuple[float, int, bytes]]:
    """Return all that can be seen of a folder's files."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime, path.stat().st_mode, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def environ(service_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of an operator; also that of this process, so that the machine's own does not count."""
    for name in [name for name in os.environ if name.startswith("SEARCHSVC_")]:
        monkeypatch.delenv(name)
    given = {"SEARCHSVC_DATA_DIR": str(service_settings.data_dir), "PORT": str(free_port())}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


def test_nothing_is_made_where_there_is_nothing(environ: dict[str, str], service_settings: Settings) -> None:
    """A data folder that is not there is not there afterwards."""
    findings = {finding.part: finding for finding in examine(environ)}
    assert findings["data folder"].level is Level.WARN
    assert findings["store"].text == "not made yet"
    assert not service_settings.data_dir.exists()


@pytest.mark.parametrize("log_is_left", [False, True], ids=["closed", "killed"])
def test_nothing_is_changed(
    environ: dict[str, str], service_settings: Settings, tmp_path: Path, *, log_is_left: bool
) -> None:
    """Neither database nor files, nor when they were written; what a killed process left in its log is read."""
    with open_store(service_settings) as store:
        store.keys.create("tests", ["write"])
        if log_is_left:
            shutil.copytree(service_settings.data_dir, tmp_path / "left")
    if log_is_left:
        shutil.rmtree(service_settings.data_dir)
        (tmp_path / "left").rename(service_settings.data_dir)
        (service_settings.data_dir / "searchsvc.db-shm").unlink()
    before = contents(service_settings.data_dir)
    findings = list(examine(environ))
    assert [one for one in findings if one.level is Level.FAIL] == []
    after = contents(service_settings.data_dir)
    after.pop("searchsvc.db-shm", None)  # SQLite's own scratch, which whoever reads a left log makes
    assert after == before


def test_wrong_settings_are_findings(environ: dict[str, str]) -> None:
    """Each of them; the machine is looked at all the same."""
    found = list(examine(environ | {"SEARCHSVC_STEMER": "x", "SEARCHSVC_PORT": "no"}))
    failed = [one for one in found if one.level is Level.FAIL]
    assert [one.part for one in failed] == ["settings", "settings"]
    assert "did you mean 'stemmer'" in " ".join(one.text for one in failed)
    assert any(one.part == "python" for one in found)


def test_a_look_that_goes_wrong_hides_no_other(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be looked at is a failure, and the others are looked at."""

    def broken(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "disk_usage", broken)
    found = {one.part: one for one in examine(environ)}
    assert found["free space"].level is Level.FAIL
    assert "Permission denied" in found["free space"].text
    assert "backups" in found


def test_the_data_folder(service_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open to everybody, of somebody else, not writable, no folder, with files of the future."""
    folder = service_settings.data_dir
    folder.mkdir(mode=0o700)
    (folder / "worker.json").touch()
    assert levels(folders.data_folder(service_settings)) == [Level.OK]
    folder.chmod(0o755)
    assert [one.advice for one in folders.data_folder(service_settings)] == [f"chmod 700 {folder}"]
    folder.chmod(0o700)
    future = time.time() + 90_000
    os.utime(folder / "worker.json", (future, future))
    assert [one.part for one in folders.data_folder(service_settings)][-1] == "clock"
    os.utime(folder / "worker.json")
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "may not write there" in next(folders.data_folder(service_settings)).text
    file = service_settings.model_copy(update={"data_dir": folder / "worker.json"})
    assert "is no folder" in next(folders.data_folder(file)).text
    none = service_settings.model_copy(update={"data_dir": folder / "a" / "b"})
    assert levels(folders.data_folder(none)) == [Level.FAIL]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_files_of_others_in_the_data_folder(service_settings: Settings) -> None:
    """Commands that were run as another user left files that the service cannot write."""
    folder = service_settings.data_dir
    folder.mkdir(mode=0o700)
    (folder / "searchsvc.db").touch()
    os.chown(folder, 12345, 12345)
    first, second = folders.data_folder(service_settings)
    assert (first.level, "belongs to user 12345, this is root" in first.text) == (Level.FAIL, True)
    assert "searchsvc.db in it are not user 12345's" in second.text


@pytest.mark.parametrize(
    ("kind", "level"),
    [("ext4", "ok"), ("xfs", "ok"), ("nfs4", "warn"), ("fuse.sshfs", "warn"), ("cifs", "warn"), ("tmpfs", "warn")],
)
def test_file_systems(
    service_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, level: str
) -> None:
    """The mount that a folder is really on counts: the innermost, whatever blanks its name has."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"22 1 8:1 / / rw - overlay none rw\n23 22 8:2 / {tmp_path} rw shared:1 - {kind} x rw\n"
        f"24 22 8:2 / {tmp_path}da rw - proc x rw\n25 22 8:2 / /with\\040blank rw - proc x rw\n"
    )
    monkeypatch.setattr(folders, "_MOUNTS", mounts)
    assert levels(folders.file_system(service_settings)) == [level]


def test_locks_that_are_not_known(service_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that has no locks is told, and one that has them is not."""
    service_settings.data_dir.mkdir()
    (service_settings.data_dir / "serve.lock").touch()
    assert Level.FAIL not in levels(folders.file_system(service_settings))

    def refuse(*_arguments: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(folders.fcntl, "fcntl", refuse)
    assert levels(folders.file_system(service_settings)) == [Level.FAIL]


def test_passwords_that_everybody_may_read(
    service_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where there are some."""
    file = tmp_path / "searchsvc.toml"
    file.touch()
    file.chmod(0o644)
    monkeypatch.setenv("SEARCHSVC_CONFIG", str(file))
    assert levels(folders.settings_file(service_settings)) == []
    secret = service_settings.model_copy(update={"smtp_password": "geheim"})
    assert [(one.level, "geheim" in one.text) for one in folders.settings_file(secret)] == [(Level.FAIL, False)]
    file.chmod(0o640)
    assert levels(folders.settings_file(secret)) == [Level.OK]


def test_clocks() -> None:
    """One that begins in 1970 is wrong."""
    assert levels(machine.clock(datetime(1970, 1, 2, tzinfo=UTC)))[0] is Level.FAIL
    assert levels(machine.clock()) == [Level.OK, Level.OK]


def test_ports(service_settings: Settings) -> None:
    """Free, and taken by something that is not the service."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = service_settings.model_copy(update={"port": other.getsockname()[1]})
        other.settimeout(10)

        def answer() -> None:
            client, _ = other.accept()
            with client:
                client.recv(1_000)
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

        thread = Thread(target=answer)
        thread.start()
        found = next(network.port(taken))
        thread.join()
        assert (found.level, "another program" in found.text) == (Level.FAIL, True)
    assert levels(network.port(service_settings.model_copy(update={"port": free_port()}))) == [Level.WARN]
    other_machine = service_settings.model_copy(update={"host": "192.0.2.1", "port": free_port()})
    assert levels(network.port(other_machine)) == [Level.FAIL]


def test_a_service_that_runs(service_settings: Settings) -> None:
    """It answers at its port and at its public address, and says whether it is ready."""
    with (
        open_store(service_settings) as store,
        running_gunicorn(service_settings, store, SEARCHSVC_PUBLIC_URL="http://127.0.0.1:1/rat") as url,
    ):
        running = service_settings.model_copy(update={"port": int(url.rpartition(":")[2]), "public_url": f"{url}/rat"})
        assert [one.part for one in network.port(running)][:2] == ["port", "readiness"]
        assert Level.FAIL not in levels(network.port(running))
        assert levels(network.public_address(running)) == [Level.OK]
        wrong = running.model_copy(update={"public_url": f"{url}/anderswo"})
        assert levels(network.public_address(wrong)) == [Level.FAIL]


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ({}, "ok"),
        ({"public_url": "http://127.0.0.1:8000"}, "ok"),
        ({"public_url": "https://suche.stadt.de"}, "warn"),
        ({"public_url": "https://suche.stadt.de", "trusted_proxies": 1}, "ok"),
        ({"host": "0.0.0.0", "trusted_proxies": 1}, "warn"),
    ],
)
def test_proxies(service_settings: Settings, values: dict[str, object], level: str) -> None:
    """One that is there should be trusted, and only where nobody comes past it."""
    assert levels(network.proxy_headers(service_settings.model_copy(update=values))) == [level]


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "ok"),
        ({"written_at": 5.0}, "fail"),
        ({"state": WorkerState.STOPPED}, "fail"),
        ({"state": WorkerState.FAILING}, "fail"),
        ({"error": "the disk is full"}, "fail"),
        ({"state": WorkerState.REBUILDING, "total": 5}, "warn"),
        ({"last_change": 5_000}, "warn"),
    ],
)
def test_workers(service_settings: Settings, changes: dict[str, object], level: str) -> None:
    """Dead, failing, busy, late."""
    status = {"pid": 1, "state": WorkerState.IDLE, "written_at": time.time()} | changes
    service_settings.data_dir.mkdir()
    (service_settings.data_dir / "worker.json").write_text(json.dumps(asdict(WorkerStatus(**status))))  # type: ignore[arg-type]
    assert levels(work.worker(service_settings)) == [level]


@pytest.mark.parametrize(
    ("age_days", "problems", "level"), [(0, 0, "ok"), (0, 2, "fail"), (90, 0, "warn"), (None, 0, "warn")]
)
def test_verifications(service_settings: Settings, age_days: int | None, problems: int, level: str) -> None:
    """With problems, too old, never."""
    service_settings.data_dir.mkdir()
    if age_days is not None:
        told = {
            "verified_at": time.time() - age_days * 86_400, "problem_count": problems, "problems": ["x"] * problems,
        }  # fmt: skip
        (service_settings.data_dir / "verification.json").write_text(json.dumps(told))
    assert levels(work.verification(service_settings)) == [level]
    off = service_settings.model_copy(update={"verify_days": 0})
    assert levels(work.verification(off)) == ["fail" if problems else "warn"]


def test_backups(service_settings: Settings, tmp_path: Path) -> None:
    """None, of a folder that is not there, on the same disk, too old."""
    assert levels(work.backups(service_settings)) == [Level.WARN]
    service_settings.data_dir.mkdir()
    made = service_settings.model_copy(update={"backup_folder": tmp_path / "backups"})
    assert "is not there" in next(work.backups(made)).text
    (tmp_path / "backups").mkdir()
    now = datetime.now(UTC)
    write_backup_state(made.data_dir, BackupState(since=now, good_at=now, file="a.tar"))
    assert "disk of the data folder" in next(work.backups(made)).text
    write_backup_state(made.data_dir, BackupState(since=now, good_at=now - timedelta(days=90), file="a.tar"))
    assert levels(work.backups(made)) == [Level.FAIL]


def test_another_store(service_settings: Settings) -> None:
    """A store that is gone or replaced is told; what is damaged too."""
    open_store(service_settings).close()
    file = service_settings.data_dir / "searchsvc.db"
    assert levels(work.store_identity(service_settings)) == [Level.OK]
    kept = file.rename(file.with_suffix(".kept"))
    assert levels(work.store_identity(service_settings)) == [Level.FAIL]
    assert not file.exists()
    other = service_settings.model_copy(update={"data_dir": service_settings.data_dir.with_name("other")})
    open_store(other).close()
    shutil.copy(other.data_dir / "searchsvc.db", file)
    assert levels(work.store_identity(service_settings)) == [Level.FAIL]
    kept.replace(file)
    assert levels(work.store_identity(service_settings)) == [Level.OK]
    file.write_bytes(b"no database" * 1_000)
    assert "damaged" in next(work.store_identity(service_settings)).text


def test_a_store_that_is_written(service_settings: Settings) -> None:
    """The look waits for nobody and sees what was committed."""
    with open_store(service_settings):
        file = service_settings.data_dir / "searchsvc.db"
        with sqlite3.connect(file, isolation_level=None) as writer:
            writer.execute("BEGIN IMMEDIATE")
            assert levels(work.store_identity(service_settings)) == [Level.OK]
            writer.execute("ROLLBACK")
        writer.close()


def test_a_store_on_a_server_that_is_not_there(service_settings: Settings) -> None:
    """It is told like any other failure."""
    away = service_settings.model_copy(
        update={"database_url": f"postgresql+pg8000://wer:geheim@127.0.0.1:{free_port()}/x"}
    )
    found = next(work.store_identity(away))
    assert (found.level, "geheim" in found.text) == (Level.FAIL, False)


def test_the_command(environ: dict[str, str], service_settings: Settings) -> None:
    """One line each and a sum; JSON with the same; the exit code tells of failures only."""
    with Store.open(service_settings):
        pass
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == 0, done.output
    *lines, summary = done.output.splitlines()
    assert all(line.split()[0] in ("ok", "warn", "fail") for line in lines)
    assert summary.startswith("0 failed, ")
    told = json.loads(CliRunner().invoke(main, ["doctor", "--json"]).stdout)
    assert [one["part"] for one in told["findings"]] == [
        *("python", "sqlite", "pdfium", "clock", "time zone", "settings", "tesseract", "data folder", "free space"),
        *("file system", "store", "port", "public address", "proxy", "legal pages", "worker", "verified", "backups"),
    ]
    assert all(one["advice"] for one in told["findings"] if one["level"] != "ok")
    assert CliRunner().invoke(main, ["doctor"], env={"SEARCHSVC_PORT": "0"}).exit_code == 1
