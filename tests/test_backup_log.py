"""The log of changes between backups: every moment can be restored, and nothing acknowledged is missing from it."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from index.contract import Document
from searchsvc.cli import main
from searchsvc.indexing.backups import Backups
from searchsvc.settings import Settings
from searchsvc.store import (
    BackupError,
    BackupFolder,
    Channel,
    Journal,
    Store,
    backup_before,
    find_damage,
    open_store,
    restore_backup,
    ship,
    write_backup,
)
from searchsvc.store.backups.segments import LOG, LogFolder, files_of
from searchsvc.store.tables import metadata, state

_DERIVED = {"extractions", "signatures", "signature_bands", "signature_state", "journal", "journal_state", "state"}

_SHIP = """
import sys
from pathlib import Path
from searchsvc.settings import Settings
from searchsvc.store import Store, ship
with Store.open(Settings(data_dir=Path(sys.argv[1]))) as store:
    print("begin", flush=True)
    while True:
        ship(store, Path(sys.argv[2]))
"""


def content(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables that are not made from others."""
    with store.database.transaction() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name not in _DERIVED
        }


def moment() -> datetime:
    """Return a moment between what was done and what is done next; commits are known to the millisecond."""
    time.sleep(0.003)
    now = datetime.now(UTC)
    time.sleep(0.003)
    return now


@pytest.fixture
def settings(service_settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a service that makes backups."""
    return service_settings.model_copy(update={"backup_folder": tmp_path / "backups"})


@pytest.fixture
def folder(store: Store, settings: Settings) -> Path:
    """The folder of backups, with a first one and a log that leads on from it."""
    assert settings.backup_folder is not None
    store.documents.put(Document(id="first", title="Erste", pages=("Text",)))
    ship(store, settings.backup_folder)
    BackupFolder(settings.backup_folder, store).make(7)
    return settings.backup_folder


def do_something(store: Store, chance: random.Random, number: int) -> None:
    """Change something, as the service would."""
    name = f"d{chance.randrange(8)}"
    kind = chance.randrange(9)
    if kind <= 2:
        checksum = store.originals.add(f"Datei {number}".encode())
        store.documents.put(Document(id=name, title=f"Titel {number}", pages=(f"Seite {number}\0",), sha256=checksum))
    elif kind == 3:
        store.documents.put_many([Document(id=f"d{one}", title=f"Viele {number}") for one in range(3)])
    elif kind == 4:
        store.documents.delete(name)
    elif kind == 5:
        store.takedowns.take_down(name, "Persönliche Daten")
    elif kind == 6:
        store.takedowns.lift(name)
    elif kind == 7:
        store.keys.create(f"key {number}", ["write"])
    else:
        store.saved_searches.create(f"q={number}", Channel.EMAIL, "a@example.org")
        store.failures.record(name, "damaged", f"Ü {number}")


def test_every_moment_can_be_restored(store: Store, settings: Settings, folder: Path, tmp_path: Path):
    """Between any two changes of anything: documents, files, deletions, takedowns, keys, saved searches, failures."""
    chance = random.Random(5)
    known = [(moment(), content(store))]
    for number in range(40):
        do_something(store, chance, number)
        known.append((moment(), content(store)))
        if chance.random() < 0.3:
            ship(store, folder)
        if number == 25:
            BackupFolder(folder, store).make(7)
    ship(store, folder)
    for number, (when, expected) in enumerate(known):
        if number % 3 and number not in (25, 26, 27):
            continue
        other = Settings(data_dir=tmp_path / f"other-{number}")
        with Store.open(other) as restored:
            restored.migrate()
            report = restore_backup(restored, other, backup_before(folder, when), to=when, log_folder=folder)
            assert content(restored) == expected
            assert report.as_of <= when
            assert report.missing == ()
            assert list(find_damage(restored)) == []


def test_documents_that_changed_between_two_looks_are_all_in_the_log(
    store: Store, settings: Settings, folder: Path, tmp_path: Path
):
    """Also the state that nobody looked at before the next one came."""
    moments = []
    for number in range(5):
        store.documents.put(Document(id="a", title=f"Titel {number}"))
        moments.append(moment())
    store.documents.delete("a")
    ship(store, folder)
    for number, when in enumerate(moments):
        other = Settings(data_dir=tmp_path / f"other-{number}")
        with Store.open(other) as restored:
            restored.migrate()
            restore_backup(restored, other, backup_before(folder, when), to=when, log_folder=folder)
            found = restored.documents.get("a")
            assert found is not None
            assert found.document.title == f"Titel {number}"


def test_a_damaged_or_missing_part_of_the_log_is_found_before_anything_is_replaced(
    store: Store, settings: Settings, folder: Path
):
    """Every byte of it counts; moments before the damage can be restored."""
    moments = []
    for number in range(4):
        store.documents.put(Document(id=f"a{number}", title="Titel"))
        moments.append(moment())
        ship(store, folder)
    log = LogFolder(folder)
    (log_id,) = log.logs()
    segments = [one for one in log.segments(log_id) if one.until <= moments[2]]
    broken = segments[-1].path
    good = broken.read_bytes()
    base = backup_before(folder, moments[0])
    before = content(store)
    for place in range(0, len(good), 7):
        changed = bytearray(good)
        changed[place] ^= 4
        broken.write_bytes(changed)
        with pytest.raises(BackupError, match="damaged"):
            restore_backup(store, settings, base, force=True, to=moments[3], log_folder=folder)
    broken.unlink()
    with pytest.raises(BackupError, match="the log lacks the entries"):
        restore_backup(store, settings, base, force=True, to=moments[3], log_folder=folder)
    assert content(store) == before
    restore_backup(store, settings, base, force=True, to=moments[0], log_folder=folder)
    assert store.documents.count() == 2
    with pytest.raises(BackupError, match="has no backup of this store from before"):
        backup_before(folder, moments[0] - timedelta(days=1))


def test_without_a_log_no_moment_is_promised(store: Store, settings: Settings, folder: Path, tmp_path: Path):
    """A backup that no log leads on from, or whose log is lost, is not passed off as the state of a later moment."""
    base = backup_before(folder, moment())
    restore_backup(store, settings, base, force=True, to=moment(), log_folder=folder)
    shutil.rmtree(folder / LOG)
    with pytest.raises(BackupError, match="no log"):
        restore_backup(store, settings, base, force=True, to=moment(), log_folder=folder)
    Journal(store.database).end()
    write_backup(store, tmp_path / "unlogged.tar")
    with pytest.raises(BackupError, match="no log"):
        restore_backup(store, settings, tmp_path / "unlogged.tar", force=True, to=moment())
    restore_backup(store, settings, tmp_path / "unlogged.tar", force=True)


def test_after_a_restore_the_log_begins_anew_with_a_backup(store: Store, settings: Settings, folder: Path):
    """What is done then belongs to another history, and the backup it needs is due at once."""
    store.documents.put(Document(id="a", title="Titel"))
    when = moment()
    ship(store, folder)
    schedule = BackupFolder(folder, store)
    assert schedule.is_in_log(schedule.kept()[-1].manifest)
    restore_backup(store, settings, backup_before(folder, when), force=True, to=when, log_folder=folder)
    assert store.documents.count() == 2
    ship(store, folder)
    assert not schedule.is_in_log(schedule.kept()[-1].manifest)
    schedule.make(7)
    store.documents.put(Document(id="b", title="Titel"))
    later = moment()
    store.documents.put(Document(id="c", title="Titel"))
    ship(store, folder)
    restore_backup(store, settings, backup_before(folder, later), force=True, to=later, log_folder=folder)
    assert store.documents.count() == 3
    assert store.documents.get("c") is None


@pytest.mark.slow
def test_shipping_that_is_killed_loses_nothing_and_writes_nothing_twice(
    store: Store, settings: Settings, folder: Path, tmp_path: Path
):
    """Whenever it is killed the next one goes on where it was, without a gap."""
    chance = random.Random(3)
    for number in range(6):
        command = [sys.executable, "-c", _SHIP, str(settings.data_dir), str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begin\n"
            for one in range(25):
                do_something(store, chance, 100 * number + one)
            time.sleep(chance.uniform(0, 0.02))
            process.send_signal(signal.SIGKILL)
    ship(store, folder)
    assert Journal(store.database).waiting() == 0
    (log_id,) = LogFolder(folder).logs()
    segments = LogFolder(folder).segments(log_id)
    assert all(one.last + 1 == two.first for one, two in pairwise(segments))
    when = moment()
    other = Settings(data_dir=tmp_path / "other")
    with Store.open(other) as restored:
        restored.migrate()
        restore_backup(restored, other, backup_before(folder, when), to=when, log_folder=folder)
        assert content(restored) == content(store)


def test_the_log_waits_when_its_disk_fails(store: Store, settings: Settings, folder: Path):
    """Changes stay in the journal, and are shipped when it works again."""
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.write_text("no folder")
    store.documents.put(Document(id="a", title="Titel"))
    with pytest.raises(BackupError, match="cannot write the log"):
        ship(store, folder)
    assert Journal(store.database).waiting() > 0
    folder.unlink()
    aside.rename(folder)
    assert ship(store, folder).entries > 0
    assert Journal(store.database).waiting() == 0


def test_a_full_disk_costs_nothing_of_the_log(store: Store, small_disk: Path):
    """What does not fit waits in the journal, with nothing half-written beside, and comes when there is room."""
    store.documents.put(Document(id="a", title="Titel"))
    ship(store, small_disk)
    filler = small_disk / "filler"
    checksum = store.originals.add(random.Random(1).randbytes(500_000))
    store.documents.put(Document(id="b", title="Titel", sha256=checksum))
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 65_536)
    waiting = Journal(store.database).waiting()
    for _ in range(2):
        with pytest.raises(BackupError, match="No space left"):
            ship(store, small_disk)
    assert Journal(store.database).waiting() == waiting > 0
    assert not list(small_disk.rglob(".segment-*"))
    filler.unlink()
    assert ship(store, small_disk).entries == waiting
    assert LogFolder(small_disk).file(checksum).is_file()


def test_the_log_is_as_long_as_the_oldest_backup_is_old(store: Store, settings: Settings, folder: Path):
    """What led to backups that are gone goes with them, and so do files that are in every backup kept."""
    for number in range(4):
        checksum = store.originals.add(f"Datei {number}".encode())
        store.documents.put(Document(id=f"a{number}", title="Titel", sha256=checksum))
        ship(store, folder)
        BackupFolder(folder, store).make(2)
    (log_id,) = LogFolder(folder).logs()
    positions = [one.manifest.log.position for one in BackupFolder(folder, store).kept() if one.manifest.log]
    assert len(positions) == 2
    assert all(one.last > positions[0] for one in LogFolder(folder).segments(log_id))
    assert len(list((folder / LOG / "originals").glob("??/*"))) == 1
    Journal(store.database).end()
    ship(store, folder)
    BackupFolder(folder, store).make(1)
    assert log_id not in LogFolder(folder).logs()


def test_without_the_setting_nothing_is_written_down(store: Store, settings: Settings, folder: Path):
    """Whoever switches it off has no journal that grows for ever."""
    store.documents.put(Document(id="a", title="Titel"))
    assert Journal(store.database).waiting() > 0
    with Backups(store, settings.model_copy(update={"backup_folder": None})):
        pass
    assert Journal(store.database).waiting() == 0
    store.documents.put(Document(id="b", title="Titel"))
    assert Journal(store.database).waiting() == 0


def test_a_transaction_is_in_the_log_as_a_whole_or_not_at_all(store: Store, settings: Settings, folder: Path):
    """One that failed has left nothing."""
    before = Journal(store.database).waiting()

    def fail() -> None:
        with store.database.transaction() as connection:
            connection.execute(state.update().values(last_change=99))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert Journal(store.database).waiting() == before


def test_a_moment_is_restored_on_the_command_line(
    store: Store, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    """The newest backup before it is found, and what the log does not have yet is shipped first."""
    store.documents.put(Document(id="a", title="Titel"))
    when = moment()
    store.documents.put(Document(id="b", title="Titel"))
    monkeypatch.setenv("SEARCHSVC_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SEARCHSVC_BACKUP_FOLDER", str(folder))

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["restore", *arguments])
        return result.exit_code, result.output

    assert run()[0] == 2
    assert run("--to", "yesterday")[0] == 2
    code, output = run("--to", when.isoformat())
    assert code == 1
    assert "--force" in output
    code, output = run("--to", when.isoformat(), "--force")
    assert code == 0, output
    assert "restored 2 documents" in output
    assert "and 1 transactions of the log" in output
    assert store.documents.get("b") is None
    shutil.rmtree(folder / LOG)
    with open_store(settings) as again:
        assert again.documents.count() == 2
    assert list((settings.data_dir / ".trash").iterdir())


def test_files_that_a_backup_has_are_not_kept_twice(store: Store, settings: Settings, folder: Path, tmp_path: Path):
    """New metadata of a document bring its file into the log only if no backup has it; it is found all the same."""
    first, second = store.originals.add(b"Datei 1"), store.originals.add(b"Datei 2")
    store.documents.put(Document(id="a", title="Titel", sha256=first))
    ship(store, folder)
    BackupFolder(folder, store).make(7)
    store.documents.put(Document(id="a", title="Anderer Titel", sha256=first))
    store.documents.put(Document(id="b", title="Titel", sha256=second))
    ship(store, folder)
    (log_id,) = LogFolder(folder).logs()
    assert files_of(LogFolder(folder).segments(log_id)[-1]) == [second]
    when = moment()
    for number, base in enumerate(sorted(folder.glob("*.tar"))):
        other = Settings(data_dir=tmp_path / f"other-{number}")
        with Store.open(other) as restored:
            restored.migrate()
            assert restore_backup(restored, other, base, to=when, log_folder=folder).missing == ()
            assert restored.originals.is_intact(first)
            assert restored.originals.is_intact(second)
