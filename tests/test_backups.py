"""Backups: every byte of one counts, nothing is replaced before all is verified, old ones go when a new one is good."""

from __future__ import annotations

import errno
import gc
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.contract import Document
from searchsvc.cli import main
from searchsvc.indexing.backups import Backups
from searchsvc.indexing.housekeeping import Housekeeping
from searchsvc.periodic import Troubles
from searchsvc.settings import Settings
from searchsvc.store import (
    BackupError,
    BackupFolder,
    BackupState,
    Store,
    find_damage,
    open_store,
    read_backup_state,
    restore_backup,
    verify_backup,
    write_backup,
    write_backup_state,
)
from searchsvc.store.backups import archive
from searchsvc.web import create_app

_RESTORE = """
import sys
from pathlib import Path
from searchsvc.settings import Settings
from searchsvc.store import Store, restore_backup
settings = Settings(data_dir=Path(sys.argv[1]))
with Store.open(settings) as store:
    print("begin", flush=True)
    restore_backup(store, settings, Path(sys.argv[2]), force=True)
    print("end", flush=True)
"""


def fill(store: Store, count: int, prefix: str = "a", *, with_file: bool = True) -> None:
    checksum = store.originals.add(f"file of {prefix}".encode() * 50) if with_file else None
    documents = [
        Document(id=f"{prefix}{number}", title="Vorlage", pages=(f"Text {prefix} {number}",) * 3, sha256=checksum)
        for number in range(count)
    ]
    store.documents.put_many(documents)


def ids(store: Store) -> set[str]:
    _, documents = store.documents.snapshot()
    return {document.id for document in documents}


def state_of(folder: Path) -> dict[str, bytes]:
    """Return all files of a data folder but those that SQLite writes when it is only read."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }


@pytest.fixture
def backup(store: Store, tmp_path: Path) -> Path:
    """A backup of a store with three documents and a file, which has one more document by now."""
    fill(store, 3)
    write_backup(store, tmp_path / "backup.tar")
    fill(store, 1, "later", with_file=False)
    return tmp_path / "backup.tar"


def test_a_backup_says_what_is_in_it(store: Store, backup: Path):
    """Its manifest has size and checksum of everything, the store, its last change, the version and the moment."""
    manifest = verify_backup(backup)
    assert (manifest.documents, manifest.change, manifest.has_originals, manifest.missing) == (3, 3, True, ())
    assert manifest.history == store.documents.history_id()
    assert abs(datetime.now(UTC) - manifest.made_at) < timedelta(minutes=5)
    with tarfile.open(backup) as tar:  # any tar reads it
        assert tar.getnames() == [*(member.name for member in manifest.members), "manifest.json", "seal"]
        sizes = {member.name: member.size for member in tar}
    assert all(sizes[member.name] == member.size for member in manifest.members)
    assert archive.read_manifest(backup) == manifest
    assert [path.name for path in backup.parent.iterdir() if path.name.startswith(".")] == []


def test_no_byte_of_a_backup_may_differ(store: Store, service_settings: Settings, backup: Path, tmp_path: Path):
    """Wherever a bit is flipped, also between the files and behind them, it is found, and nothing is replaced."""
    content = backup.read_bytes()
    broken = tmp_path / "broken.tar"
    places = {*range(0, len(content), 997), *range(600), *range(len(content) - 4_096, len(content))}
    for place in sorted(places):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        broken.write_bytes(changed)
        with pytest.raises(BackupError):
            verify_backup(broken)
    before = ids(store)
    for place in random.Random(7).sample(sorted(places), 40):
        changed = bytearray(content)
        changed[place] ^= 0x41
        broken.write_bytes(changed)
        with pytest.raises(BackupError):
            restore_backup(store, service_settings, broken, force=True)
    assert ids(store) == before
    assert not list(service_settings.data_dir.glob(".restore-*"))
    assert not (service_settings.data_dir / ".trash").exists()
    restore_backup(store, service_settings, backup, force=True)
    assert ids(store) == {"a0", "a1", "a2"}
    gc.collect()


def test_a_backup_that_was_cut_is_found_out(backup: Path, tmp_path: Path):
    """However much of it is missing or was added."""
    content = backup.read_bytes()
    broken = tmp_path / "broken.tar"
    lengths = {*range(0, len(content), 1_531), *(len(content) - count for count in range(1, 2_100, 37))}
    for length in lengths:
        broken.write_bytes(content[:length])
        with pytest.raises(BackupError):
            verify_backup(broken)
    for added in (b"\0", b"\0" * 512, b"x" * 10_240):
        broken.write_bytes(content + added)
        with pytest.raises(BackupError):
            verify_backup(broken)
    with pytest.raises(BackupError, match="cannot read"):
        verify_backup(tmp_path / "missing.tar")


def members_of(path: Path) -> list[tuple[str, bytes]]:
    found = []
    with tarfile.open(path) as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None
            found.append((member.name, content.read()))
    return found


def test_swapped_members_are_found_out(store: Store, tmp_path: Path):
    """Two files under each other's names, or in another order, are no backup, even with a seal that fits."""
    fill(store, 1, "a")
    fill(store, 1, "b")
    write_backup(store, tmp_path / "backup.tar")
    manifest = verify_backup(tmp_path / "backup.tar")
    database, first, second = members_of(tmp_path / "backup.tar")[:3]
    for changed in (
        [database, (first[0], second[1]), (second[0], first[1])],
        [database, second, first],
        [first, database, second],
        [database, first],
        [database, first, second, second],
    ):
        path = tmp_path / "changed.tar"
        with path.open("w+b") as file:
            writer = archive.ArchiveWriter(file)
            for number, (name, content) in enumerate(changed):
                (tmp_path / f"member-{number}").write_bytes(content)
                writer.add(name, tmp_path / f"member-{number}")
            writer.finish(manifest)
        with pytest.raises(BackupError, match=r"damaged"):
            verify_backup(path)


def test_the_backup_of_another_store_is_refused(store: Store, service_settings: Settings, tmp_path: Path):
    """Force replaces what the store had, not which store it is; that takes another word, of which the folder learns."""
    fill(store, 2)
    settings = Settings(data_dir=tmp_path / "other")
    with open_store(settings) as other:
        fill(other, 1, "other")
        write_backup(other, tmp_path / "other.tar")
    with pytest.raises(BackupError, match="another store"):
        restore_backup(store, service_settings, tmp_path / "other.tar", force=True)
    assert ids(store) == {"a0", "a1"}
    restore_backup(store, service_settings, tmp_path / "other.tar", force=True, other_store=True)
    with open_store(service_settings) as again:
        assert ids(again) == {"other0"}


def test_a_lost_store_takes_back_its_own_backups_only(store: Store, service_settings: Settings, tmp_path: Path):
    """Its folder still knows whose it is; afterwards earlier backups of it are its own as well."""
    fill(store, 1)
    write_backup(store, tmp_path / "first.tar")
    fill(store, 2)
    write_backup(store, tmp_path / "second.tar")
    store.close()
    with open_store(Settings(data_dir=tmp_path / "other")) as other:
        fill(other, 1, "other")
        write_backup(other, tmp_path / "other.tar")
    for path in service_settings.data_dir.glob("searchsvc.db*"):
        path.unlink()
    with Store.open(service_settings) as lost:
        lost.migrate()
        with pytest.raises(BackupError, match="another store"):
            restore_backup(lost, service_settings, tmp_path / "other.tar")
        restore_backup(lost, service_settings, tmp_path / "second.tar")
    with open_store(service_settings) as found:
        assert ids(found) == {"a0", "a1"}
        restore_backup(found, service_settings, tmp_path / "first.tar", force=True)
        assert ids(found) == {"a0"}


def test_what_was_replaced_can_be_brought_back(store: Store, service_settings: Settings, backup: Path):
    """The store that was there goes to the trash as a backup of its own, and leaves it after ``trash_days``."""
    report = restore_backup(store, service_settings, backup, force=True)
    assert report.replaced is not None
    assert ids(store) == {"a0", "a1", "a2"}
    report = restore_backup(store, service_settings, report.replaced, force=True)
    assert ids(store) == {"a0", "a1", "a2", "later0"}
    assert report.missing == ()
    trash = service_settings.data_dir / ".trash"
    old, new = sorted(trash.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    long_ago = time.time() - 31 * 86_400
    os.utime(old, (long_ago, long_ago))
    with Housekeeping(store, service_settings):
        pass
    assert list(trash.iterdir()) == [new]


def test_a_damaged_store_is_not_backed_up_but_can_be_replaced(
    store: Store, service_settings: Settings, backup: Path, tmp_path: Path
):
    """A backup of it would be damaged, and take the place of a good one; a good one can be put in its place."""
    with store.database.transaction() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        root = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'failures'").scalar_one()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    store.close()
    with (service_settings.data_dir / "searchsvc.db").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    with open_store(service_settings) as damaged:
        with pytest.raises(BackupError, match="the store is damaged"):
            write_backup(damaged, tmp_path / "bad.tar")
        assert not (tmp_path / "bad.tar").exists()
        restore_backup(damaged, service_settings, backup, force=True)
        assert list(find_damage(damaged)) == []
        assert ids(damaged) == {"a0", "a1", "a2"}


def test_a_damaged_original_file_is_named_and_left_out(store: Store, tmp_path: Path):
    """The backup is good without it, and says that it lacks it."""
    fill(store, 1)
    (checksum,) = {one.original_sha256 for one in [store.documents.get("a0")] if one}
    assert checksum is not None
    path = store.originals.path(checksum)
    assert path is not None
    path.write_bytes(b"other")
    report = write_backup(store, tmp_path / "backup.tar")
    assert report.missing == (checksum,)
    assert verify_backup(tmp_path / "backup.tar").missing == (checksum,)


@pytest.mark.slow
def test_a_restore_that_is_killed_leaves_the_old_store_or_the_new_one(service_settings: Settings, tmp_path: Path):
    """Whenever it is killed, and the next one goes through."""
    with open_store(service_settings) as store:
        for number in range(20):
            fill(store, 20, f"new{number}-")
        write_backup(store, tmp_path / "new.tar")
        new = ids(store)
        store.documents.delete_many(sorted(new))
        fill(store, 50, "old")
        old = ids(store)
        write_backup(store, tmp_path / "old.tar")
    chance, seen, killed = random.Random(11), [], 0
    for _ in range(14):
        with open_store(service_settings) as store:
            restore_backup(store, service_settings, tmp_path / "old.tar", force=True)
        command = [sys.executable, "-c", _RESTORE, str(service_settings.data_dir), str(tmp_path / "new.tar")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begin\n"
            time.sleep(chance.uniform(0.0, 0.25))
            process.send_signal(signal.SIGKILL)
            killed += "end" not in process.stdout.read()
        with open_store(service_settings) as store:
            found = ids(store)
            assert found in (old, new)
            seen.append(found == new)
            assert list(find_damage(store)) == []
    assert killed > 0
    with open_store(service_settings) as store:
        restore_backup(store, service_settings, tmp_path / "new.tar", force=True)
        assert ids(store) == new


def test_verifying_changes_nothing(store: Store, service_settings: Settings, backup: Path, monkeypatch):
    """Neither in the data folder nor beside the backup, and it says what is wrong."""
    monkeypatch.setenv("SEARCHSVC_DATA_DIR", str(service_settings.data_dir))
    before, beside = state_of(service_settings.data_dir), sorted(backup.parent.iterdir())
    result = CliRunner().invoke(main, ["backup", "--verify", str(backup)])
    assert result.exit_code == 0, result.output
    assert "intact; 3 documents, 1 original file, change 3" in result.output
    shutil.copy(backup, backup.with_suffix(".bad"))
    with backup.with_suffix(".bad").open("r+b") as file:
        file.seek(5_000)
        file.write(b"\x00\x01\x02")
    result = CliRunner().invoke(main, ["backup", "--verify", str(backup.with_suffix(".bad"))])
    assert result.exit_code == 1
    assert "damaged" in result.output
    backup.with_suffix(".bad").unlink()
    assert state_of(service_settings.data_dir) == before
    assert sorted(backup.parent.iterdir()) == beside


def test_old_backups_go_when_a_new_one_is_good(store: Store, service_settings: Settings, tmp_path: Path):
    """Also the newest one with all files stays, whatever its age, as long as the new ones lack some."""
    folder = BackupFolder(tmp_path / "backups", store)
    fill(store, 2)
    paths = [folder.make(2)[0] for _ in range(4)]
    assert [one.path for one in folder.kept()] == paths[2:]
    foreign = tmp_path / "backups" / "searchsvc-notes.tar"
    foreign.write_bytes(b"not ours")
    for path in store.originals._folder.glob("??/??/*"):
        path.unlink()
    later = [folder.make(2)[0] for _ in range(3)]
    assert [one.path for one in folder.kept()] == [paths[3], *later[1:]]
    assert foreign.exists()


def test_a_failing_disk_costs_no_backup(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The same as on a full one, on machines that let nobody mount any."""
    folder = BackupFolder(tmp_path / "backups", store)
    fill(store, 2)
    good, _ = folder.make(1)

    class Failing(archive.ArchiveWriter):
        def add(self, name: str, path: Path, *, checksum: str | None = None) -> None:
            if checksum is not None:
                raise OSError(errno.EIO, "Input/output error", str(path))
            super().add(name, path, checksum=checksum)

    monkeypatch.setattr("searchsvc.store.backups.making.ArchiveWriter", Failing)
    with pytest.raises(BackupError, match="Input/output error"):
        folder.make(1)
    assert {path for path in (tmp_path / "backups").iterdir() if path.name != ".backup.lock"} == {good}


def test_a_backup_that_fails_removes_no_other_and_leaves_nothing(store: Store, tmp_path: Path, monkeypatch):
    """Whatever goes wrong while it is made."""
    folder = BackupFolder(tmp_path / "backups", store)
    fill(store, 2)
    good, _ = folder.make(1)

    def fail(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.make(1, progress=fail)
    (tmp_path / "backups" / ".scheduled-killed").mkdir()
    (tmp_path / "backups" / ".scheduled-killed" / "backup.tar").write_bytes(b"half")
    monkeypatch.setattr("searchsvc.store.backups.making.verify_backup", lambda _path: fail(0))
    with pytest.raises(KeyboardInterrupt):
        folder.make(1)
    assert {path for path in (tmp_path / "backups").iterdir() if path.name != ".backup.lock"} == {good}
    verify_backup(good)


def test_a_full_disk_costs_no_backup(store: Store, service_settings: Settings, small_disk: Path):
    """What cannot be written leaves nothing behind; the good one stays, and the reason is told."""
    settings = service_settings.model_copy(update={"backup_folder": small_disk, "backup_keep": 1})
    folder = BackupFolder(small_disk, store)
    fill(store, 2)
    good, _ = folder.make(1)
    big = store.originals.add(os.urandom(2_900_000))
    store.documents.put(Document(id="big", title="Groß", sha256=big))
    with pytest.raises(BackupError, match="No space left"):
        folder.make(1)
    assert [path.name for path in small_disk.iterdir() if path.suffix == ".tar"] == [good.name]
    assert not list(small_disk.glob(".scheduled-*"))
    verify_backup(good)
    write_backup_state(settings.data_dir, BackupState(since=datetime.now(UTC)))
    troubles = Troubles()
    with Backups(store, settings, troubles=troubles):
        deadline = time.monotonic() + 20
        while "backup" not in troubles.current() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert "No space left" in troubles.current()["backup"]
    assert "No space left" in (read_backup_state(settings.data_dir).error or "")
    verify_backup(good)


def test_the_worker_makes_backups_by_schedule(store: Store, service_settings: Settings, tmp_path: Path):
    """The first one at once, the next when it is due; what the worker tells of it can be read."""
    settings = service_settings.model_copy(update={"backup_folder": tmp_path / "backups"})
    fill(store, 2)
    for _ in range(2):
        with Backups(store, settings):
            deadline = time.monotonic() + 20
            while not read_backup_state(settings.data_dir).good_at and time.monotonic() < deadline:
                time.sleep(0.02)
    told = read_backup_state(settings.data_dir)
    (path,) = (tmp_path / "backups").glob("*.tar")
    assert (told.file, told.documents, told.missing, told.error) == (path.name, 2, 0, None)
    assert told.problem(settings) is None
    late = datetime.now(UTC) + timedelta(hours=49)
    assert "the last good backup is of" in (told.problem(settings, late) or "")
    assert "there is no good backup" in (BackupState().problem(settings) or "")
    assert BackupState().problem(service_settings) is None
    assert json.loads((settings.data_dir / "backup.json").read_text())["file"] == path.name


def test_what_is_told_of_backups(web_settings: Settings, web_store: Store, set_engine: object, tmp_path: Path):
    """Status and metrics have when the last good one was made; readiness names it when that is too long ago."""
    settings = web_settings.model_copy(update={"backup_folder": tmp_path / "backups"})
    web = create_app(settings, engine=set_engine, store=web_store).test_client()
    assert web.get("/readyz").get_json()["warnings"]["backup"].startswith("there is no good backup")
    long_ago = datetime(2026, 1, 1, 2, tzinfo=UTC)
    told = BackupState(
        since=long_ago, good_at=long_ago, file="searchsvc-1.tar", bytes=7, error="No space", log_error="x"
    )
    write_backup_state(settings.data_dir, told)
    warnings = web.get("/readyz").get_json()["warnings"]
    assert warnings["backup"].startswith("the last good backup is of 2026-01-01 02:00 UTC")
    assert "No space" in warnings["backup"]
    assert "x" in warnings["backup-log"]
    status = web.get("/api/v1/status").get_json()["backup"]
    assert (status["good_at"], status["failing"], status["late"]) == ("2026-01-01T02:00:00+00:00", True, True)
    metrics = web.get("/metrics").get_data(as_text=True)
    (line,) = [line for line in metrics.splitlines() if line.startswith("searchsvc_backup_timestamp_seconds")]
    assert float(line.split()[1]) == long_ago.timestamp()
    assert "searchsvc_backup_failing 1.0" in metrics


def test_a_key_that_was_revoked_stays_so(store: Store, service_settings: Settings, tmp_path: Path):
    """Whoever it was stolen by must not be let in again by a restore; the same holds for one that was replaced."""
    revoked, rotated, kept = (store.keys.create(name, ["write"]) for name in ("revoked", "rotated", "kept"))
    fill(store, 1)
    write_backup(store, tmp_path / "backup.tar")
    numbers = {key.name: key.id for key in store.keys.list()}
    store.keys.revoke(numbers["revoked"])
    new = store.keys.rotate(numbers["rotated"])
    restore_backup(store, service_settings, tmp_path / "backup.tar", force=True)
    assert store.keys.verify(revoked) is None
    assert store.keys.verify(rotated) is None
    assert store.keys.verify(kept) is not None
    assert new is not None
    assert store.keys.verify(new) is not None


def test_backups_that_are_there_already_are_known(store: Store, service_settings: Settings, tmp_path: Path):
    """A data folder that was moved or put back does not say that there is no backup."""
    settings = service_settings.model_copy(update={"backup_folder": tmp_path / "backups", "backup_log": False})
    fill(store, 2)
    BackupFolder(tmp_path / "backups", store).make(3)
    with Backups(store, settings):
        deadline = time.monotonic() + 20
        while not read_backup_state(settings.data_dir).good_at and time.monotonic() < deadline:
            time.sleep(0.02)
    told = read_backup_state(settings.data_dir)
    assert told.good_at is not None
    assert told.documents == 2
    assert len(list((tmp_path / "backups").glob("*.tar"))) == 1


_KILLED = """
import os, signal, sys
from pathlib import Path
from searchsvc.settings import Settings
from searchsvc.store import Store, restore_backup
from searchsvc.store.backups import restoring

name, number = sys.argv[3].split(":")
place = restoring.sqlite if name == "copy_in" else restoring
real, calls = getattr(place, name), []

def killing(*given, **named):
    calls.append(name)
    if len(calls) == int(number):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **named)

setattr(place, name, killing)
settings = Settings(data_dir=Path(sys.argv[1]))
with Store.open(settings) as store:
    store.migrate()
    restore_backup(store, settings, Path(sys.argv[2]), force=True, other_store=True)
"""


@pytest.mark.parametrize("is_empty", [False, True])
@pytest.mark.parametrize(
    "step",
    ["_unpack:1", "_prepare:1", "_bring_files:1", "_to_trash:1", "write_marks:1", "copy_in:1", "write_marks:2"],
)
def test_a_restore_that_is_killed_at_a_step_leaves_a_store_that_works(
    store: Store, service_settings: Settings, tmp_path: Path, step: str, is_empty: bool
):
    """Also when the data folder comes to belong to another store by it."""
    with open_store(Settings(data_dir=tmp_path / "other")) as other:
        fill(other, 2, "other")
        write_backup(other, tmp_path / "other.tar")
    if not is_empty:
        fill(store, 1)
    old = ids(store)
    store.close()
    command = [sys.executable, "-c", _KILLED, str(service_settings.data_dir), str(tmp_path / "other.tar"), step]
    code = subprocess.run(command, check=False, timeout=60).returncode
    if is_empty and step == "_to_trash:1":
        assert code == 0  # there was nothing to keep
        return
    assert code == -signal.SIGKILL
    expected = {"other0", "other1"} if step == "write_marks:2" else old
    with open_store(service_settings) as again:
        assert ids(again) == expected
        restore_backup(again, service_settings, tmp_path / "other.tar", force=True, other_store=True)
    with open_store(service_settings) as again:
        assert ids(again) == {"other0", "other1"}


def test_backups_of_a_wrong_clock_keep_none_from_being_made(
    store: Store, service_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """One from next year does not put off the next, is no good one that is told of, and goes first."""
    settings = service_settings.model_copy(
        update={"backup_folder": tmp_path / "backups", "backup_keep": 2, "backup_log": False}
    )
    folder = BackupFolder(tmp_path / "backups", store)
    fill(store, 2)

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(days=365)

    with monkeypatch.context() as patched:
        patched.setattr("searchsvc.store.backups.making.datetime", Ahead)
        patched.setattr("searchsvc.store.backups.rotation.datetime", Ahead)
        ahead = [folder.make(2)[0] for _ in range(2)]
    write_backup_state(settings.data_dir, BackupState(good_at=datetime.now(UTC) + timedelta(days=365)))
    assert "the last good backup is of" in (read_backup_state(settings.data_dir).problem(settings) or "")
    with Backups(store, settings):
        deadline = time.monotonic() + 20
        while read_backup_state(settings.data_dir).file is None and time.monotonic() < deadline:
            time.sleep(0.02)
    told = read_backup_state(settings.data_dir)
    assert told.problem(settings) is None
    assert told.file is not None
    assert {one.path.name for one in folder.kept()} == {ahead[1].name, told.file}
    second, _ = folder.make(2)
    assert {one.path.name for one in folder.kept()} == {told.file, second.name}
