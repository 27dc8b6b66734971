"""The document store: changes, snapshots, originals, and what happens when the disk fails."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from index.contract import Document, Kommune
from searchsvc.documents.input import parse_document
from searchsvc.errors import InvalidDocument, StoreUnavailable
from searchsvc.settings import Settings
from searchsvc.store import BackupError, Store, checksum_of, find_damage, prune, pruning, restore_backup, write_backup
from searchsvc.store.pruning import picture_folder


def document(identifier: str, text: str = "Haushalt", **fields: object) -> Document:
    return parse_document({"id": identifier, "text": text, **fields})


def test_a_document_comes_back_as_it_was_stored(store: Store):
    """All that was put is got, and the time of storing with it."""
    value = document("a", kommune="Brühl", date="2013-11-13", paper={"name": "P"}, created="2013-01-01T00:00:00+01:00")
    result = store.documents.put(value)
    stored = store.documents.get("a")
    assert stored is not None
    assert stored.document.kommune == Kommune("bruehl", "Brühl")
    assert stored.document.indexed_at is not None
    assert stored.document.metadata() | {"indexed_at": None} == value.metadata() | {"indexed_at": None}
    assert stored.document.pages == ("Haushalt",)
    assert (stored.change_number, stored.version) == (result.change_number, result.version)


def test_equal_content_is_no_change(store: Store):
    """Storing the same again gives no change number; other content does."""
    first = store.documents.put(document("a"))
    again = store.documents.put(document("a"))
    other = store.documents.put(document("a", "anders"))
    assert (first.created, first.changed, first.change_number) == (True, True, 1)
    assert (again.created, again.changed, again.change_number, again.version) == (False, False, 1, first.version)
    assert (other.created, other.changed, other.change_number) == (False, True, 2)
    assert other.version != first.version


def test_deleted_documents_leave_a_change_and_can_return(store: Store):
    """A deletion is a change of its own; unknown ids are none."""
    store.documents.put(document("a"))
    assert store.documents.delete("a") == 2
    assert store.documents.delete("a") is None
    assert store.documents.get("a") is None
    assert [(c.number, c.document_id, c.document) for c in store.documents.changes_after(0, 10)] == [(2, "a", None)]
    assert store.documents.put(document("a")).created
    assert store.documents.count() == 1


def test_changes_come_in_order_and_only_the_latest_of_each_document(store: Store):
    """Whoever reads on from a number misses nothing, however small the steps are."""
    store.documents.put_many([document("a"), document("b"), document("a", "neu"), document("c")])
    store.documents.put(document("b", "neu"))
    seen, number = [], 0
    while changes := store.documents.changes_after(number, 1):
        seen.append((changes[0].number, changes[0].document_id))
        number = changes[0].number
    assert seen == [(3, "a"), (4, "c"), (5, "b")]
    assert number == store.documents.last_change()


def test_put_many_reports_each_document_in_order(store: Store):
    """A batch answers for each of its documents, also for one that comes twice."""
    results = store.documents.put_many([document("a"), document("a"), document("a", "neu")])
    assert [(r.change_number, r.created, r.changed) for r in results] == [
        (1, True, True),
        (1, False, False),
        (2, False, True),
    ]


def test_large_texts_are_returned_in_portions(store: Store, monkeypatch: pytest.MonkeyPatch):
    """The worker's memory does not depend on how large the waiting documents are."""
    monkeypatch.setattr("searchsvc.store.documents._CHANGES_MAX_BYTES", 10)
    store.documents.put_many([document("a"), document("b")])
    assert [change.document_id for change in store.documents.changes_after(0, 10)] == ["a"]


def test_a_snapshot_is_of_one_moment(store: Store):
    """Writes after a snapshot was begun do not show in it, and do not wait for it."""
    store.documents.put_many([document("a"), document("b")])
    number, documents = store.documents.snapshot()
    store.documents.put(document("a", "neu"))
    store.documents.delete("b")
    assert number == 2
    assert [(d.id, d.pages) for d in documents] == [("a", ("Haushalt",)), ("b", ("Haushalt",))]


def test_two_processes_see_each_others_writes(store: Store, service_settings: Settings):
    """Every process opens the store for itself."""
    with Store.open(service_settings) as other:
        other.documents.put(document("a"))
        assert store.documents.get("a") is not None


def test_concurrent_writers_get_numbers_without_gaps(store: Store):
    """Writers of many threads are put in one order; nobody fails and no number is given twice."""

    def write(name: str) -> None:
        numbers.extend(store.documents.put(document(f"{name}{number}")).change_number for number in range(10))

    numbers: list[int] = []
    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 41))
    assert [change.number for change in store.documents.changes_after(0, 100)] == list(range(1, 41))


def test_originals_are_kept_under_their_checksum(store: Store, tmp_path: Path):
    """A document's file is found by checksum, once however often it is added."""
    path = tmp_path / "a.pdf"
    path.write_bytes(b"content")
    checksum = checksum_of(path)
    store.documents.put(document("a"), original=path)
    assert store.originals.add(b"content") == checksum
    kept = store.originals.path(checksum)
    assert kept is not None
    assert kept.read_bytes() == b"content"
    stored = store.documents.get("a")
    assert stored is not None
    assert stored.original_sha256 == checksum
    assert store.originals.path("../../etc/passwd") is None


def test_new_metadata_keeps_the_file_unless_it_names_another(store: Store):
    """Correcting a title does not lose the file; another checksum does not keep the wrong one."""
    checksum = store.originals.add(b"content")
    store.documents.put(document("a", sha256=checksum))
    for fields, expected in (({"title": "neu"}, checksum), ({"sha256": "b" * 64}, None)):
        store.documents.put(document("a", **fields))
        stored = store.documents.get("a")
        assert stored is not None
        assert stored.original_sha256 == expected


def test_failures_are_kept_until_they_are_cleared(store: Store):
    """An item fails once, however often it is tried, and is forgotten when it succeeds."""
    store.failures.record("a.pdf", "damaged", "first")
    store.failures.record("a.pdf", "timeout", "second")
    store.failures.record("b\n.pdf", "damaged", "third")
    assert {(one.item, one.message) for one in store.failures.list(10)} == {("a.pdf", "second"), ("b .pdf", "third")}
    store.failures.clear_many(["a.pdf", "b\n.pdf", "c.pdf"])
    assert store.failures.count() == 0


def test_extractions_are_found_by_checksum_and_version(store: Store):
    """Text read by another version of the extractor is not used."""
    store.extractions.put("a" * 64, "1", {"pages": ["ä"]})
    assert store.extractions.get("a" * 64, "1") == {"pages": ["ä"]}
    assert store.extractions.get("a" * 64, "2") is None


def test_reports_are_listed_until_they_are_closed(store: Store):
    """What readers report waits for somebody to deal with it."""
    number = store.reports.add("a", "Falscher Text", "Seite 2\x00", "me@example.org")
    (report,) = store.reports.list()
    assert (report.id, report.document_id, report.message) == (number, "a", "Seite 2")
    assert store.reports.close(number)
    assert not store.reports.close(number)
    assert store.reports.count() == 0


def test_text_that_is_not_unicode_is_refused(store: Store):
    """A lone surrogate that came in past the parser is a refusal, not a crash."""
    with pytest.raises(InvalidDocument, match="Unicode"):
        store.documents.put(Document(id="a", title="a", pages=("\ud800",)))


def test_a_full_disk_loses_nothing_that_was_acknowledged(store: Store):
    """When the database cannot grow, the write is refused with a clear message and earlier ones stay."""
    store.documents.put(document("a"))
    with store.database.transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    # The limit belongs to a connection; the pool has this one only.
    with store.database.transaction() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    big = document("b", " ".join(str(number) for number in range(50_000)))
    with pytest.raises(StoreUnavailable, match=r"disk is full.*free some space"):
        store.documents.put(big)
    assert store.documents.last_change() == 1
    with store.database.transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert store.documents.put(big).change_number == 2


def test_a_file_that_cannot_be_written_leaves_no_original(store: Store):
    """When the disk ends in the middle of a file, no half file is kept under its checksum."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    content = b"x" * 3_000_000
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
        with pytest.raises(StoreUnavailable, match="cannot write"):
            store.originals.add(content)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    checksum = checksum_of(content)
    assert store.originals.path(checksum) is None
    assert store.originals.add(content) == checksum


def test_a_damaged_database_is_named(service_settings: Settings):
    """A file that is no database gives a message that says what to do."""
    service_settings.data_dir.mkdir()
    (service_settings.data_dir / "searchsvc.db").write_bytes(b"not a database " * 500)
    with Store.open(service_settings) as broken, pytest.raises(StoreUnavailable, match=r"damaged.*restore"):
        broken.migrate()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    """A data folder below a file is refused before anything else happens."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="file"):
        Store.open(Settings(data_dir=tmp_path / "file" / "data"))


def test_a_missing_driver_is_named(tmp_path: Path):
    """PostgreSQL without its driver, or without a server, says what is missing."""
    settings = Settings(data_dir=tmp_path, database_url="postgresql+psycopg://me:secret@127.0.0.1:1/x")
    with pytest.raises(StoreUnavailable, match=r"psycopg|cannot be used") as caught, Store.open(settings) as store:
        store.documents.count()
    assert "secret" not in str(caught.value)


def test_a_store_without_tables_says_so(service_settings: Settings):
    """Forgotten migrations are an instruction, not a traceback."""
    with Store.open(service_settings) as empty, pytest.raises(StoreUnavailable, match="searchsvc migrate"):
        empty.documents.count()


def test_damage_is_found(store: Store):
    """A check names missing and altered files and documents that cannot be read."""
    altered, missing = store.originals.add(b"one"), store.originals.add(b"two")
    store.documents.put_many([document("a", sha256=altered), document("b", sha256=missing)])
    assert list(find_damage(store)) == []
    paths = [store.originals.path(checksum) for checksum in (altered, missing)]
    assert all(paths)
    paths[0].write_bytes(b"other")
    paths[1].unlink()
    with store.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE documents SET pages = x'00' WHERE id = 'b'")
    problems = "\n".join(find_damage(store))
    assert f"{altered} is damaged" in problems
    assert f"{missing} is missing" in problems
    assert "document 'b' is damaged" in problems


def test_a_backup_can_be_restored_elsewhere(store: Store, tmp_path: Path):
    """Documents, files and keys come back; the restored store begins another history of changes."""
    checksum = store.originals.add(b"content")
    store.documents.put_many([document("a", sha256=checksum), document("b")])
    token = store.keys.create("me", ["write"])
    report = write_backup(store, tmp_path / "backup.tar")
    assert (report.documents, report.originals, report.missing) == (2, 1, ())
    settings = Settings(data_dir=tmp_path / "other")
    with Store.open(settings) as other:
        other.migrate()
        assert restore_backup(other, settings, tmp_path / "backup.tar").documents == 2
        assert other.documents.get("a") is not None
        assert other.originals.is_intact(checksum)
        assert other.keys.verify(token) is not None
        assert other.documents.history_id() != store.documents.history_id()
        assert list(find_damage(other)) == []


def test_a_file_removed_while_a_backup_is_written_is_missing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A deleted document's file may be removed at any moment; the backup is complete but for it, and says so."""
    checksum = store.originals.add(b"content")
    store.documents.put_many([document("a", sha256=checksum), document("b")])
    monkeypatch.setattr(type(store.originals), "path", lambda *_: tmp_path / "gone")
    report = write_backup(store, tmp_path / "backup.tar")
    assert (report.documents, report.originals, report.missing) == (2, 0, (checksum,))


def test_a_file_that_comes_again_is_not_removed_before_its_document(store: Store, service_settings: Settings):
    """However long an import takes between keeping a file and storing its document, and whatever is removed then."""
    checksum = store.originals.add(b"content")
    store.documents.put(document("a", sha256=checksum))
    store.documents.delete("a")
    assert store.originals.add(b"content") == checksum
    assert prune(store, service_settings, grace_s=-1) == 1
    store.documents.put(document("a", sha256=checksum))
    stored = store.documents.get("a")
    assert stored is not None
    assert stored.original_sha256 == checksum
    assert store.originals.is_intact(checksum)
    assert prune(store, service_settings, grace_s=-1) == 0


def test_a_file_that_was_kept_again_is_new(store: Store, service_settings: Settings):
    """An import under way has the whole grace period, also for a file that has been here for long."""
    checksum = store.originals.add(b"content")
    path = store.originals.path(checksum)
    assert path is not None
    os.utime(path, (1, 1))
    store.originals.add(b"content")
    assert prune(store, service_settings) == 0
    os.utime(path, (1, 1))
    assert prune(store, service_settings) == 1


def test_writes_find_their_files_whatever_is_removed_meanwhile(store: Store, service_settings: Settings):
    """Imports and removals that run into each other leave every document with its file."""
    stop = threading.Event()

    def remove() -> None:
        while not stop.is_set():
            prune(store, service_settings, grace_s=-60)

    thread = threading.Thread(target=remove)
    thread.start()
    for number in range(60):
        checksum = store.originals.add(b"content")
        store.documents.put(document("a", f"text {number}", sha256=checksum))
        stored = store.documents.get("a")
        assert stored is not None
        assert (stored.original_sha256, store.originals.is_intact(checksum)) == (checksum, True)
        store.documents.delete("a")
    stop.set()
    thread.join()


def test_removed_files_stay_in_the_trash_for_a_while(store: Store, service_settings: Settings):
    """A mistake can be undone by moving the file back; after the days that are set it is gone for good."""
    store.originals.add(b"content")
    assert prune(store, service_settings, grace_s=-1) == 1
    (trashed,) = (service_settings.originals_dir / ".trash").rglob("??/??/*")
    assert trashed.read_bytes() == b"content"
    assert prune(store, service_settings) == 0
    assert trashed.exists()
    os.utime(trashed, (time.time() - 31 * 86_400,) * 2)
    assert prune(store, service_settings) == 0
    assert not trashed.exists()


def test_removing_very_many_files_lets_writes_pass(
    store: Store, service_settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    """The store is locked for one small batch at a time, and released before the next."""
    monkeypatch.setattr(pruning, "_BATCH", 5)
    for number in range(23):
        store.originals.add(b"%d" % number)
    written: list[int] = []

    class Pause:
        def is_set(self) -> bool:
            return False

        def wait(self, _timeout: float) -> bool:
            written.append(store.documents.put(document(f"d{len(written)}")).change_number)
            return False

    assert prune(store, service_settings, grace_s=-1, stop=Pause()) == 23
    assert written == [1, 2, 3, 4, 5]


def test_removing_files_ends_when_it_is_told_to(store: Store, service_settings: Settings, monkeypatch):
    """A worker that is stopped does not go on to remove half a million files."""
    monkeypatch.setattr(pruning, "_BATCH", 2)
    for number in range(9):
        store.originals.add(b"%d" % number)
    stop = threading.Event()
    monkeypatch.setattr(stop, "wait", lambda _timeout: stop.set() or True)
    assert prune(store, service_settings, grace_s=-1, stop=stop) == 2


def test_restoring_replaces_all_or_nothing(store: Store, service_settings: Settings, tmp_path: Path):
    """A store with content is replaced only by force, and a damaged backup changes nothing."""
    store.documents.put(document("a"))
    backup = tmp_path / "backup.tar"
    write_backup(store, backup)
    store.documents.put(document("b"))
    with pytest.raises(BackupError, match="--force"):
        restore_backup(store, service_settings, backup)
    (tmp_path / "cut.tar").write_bytes(backup.read_bytes()[:5000])
    with pytest.raises(BackupError):
        restore_backup(store, service_settings, tmp_path / "cut.tar", force=True)
    assert store.documents.count() == 2
    with Store.open(service_settings) as running:
        assert running.documents.count() == 2
        restore_backup(store, service_settings, backup, force=True)
        assert running.documents.count() == 1
        assert running.documents.put(document("c")).change_number == 2


def test_commits_are_durable(store: Store, service_settings: Settings):
    """The database runs with a write-ahead log and full synchronous commits."""
    with store.database.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    plain = sqlite3.connect(service_settings.data_dir / "searchsvc.db")
    try:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    finally:
        plain.close()


def test_files_of_deleted_documents_are_removed(store: Store, service_settings: Settings, tmp_path: Path):
    """A deleted document's file, text and pictures go; one that another document has, or that is new, stays."""
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(b"%PDF-1.4 " + name.encode())
    stored = {name: parse_document({"id": name, "text": name}) for name in ("a", "b", "b2", "c")}
    for document_id, file in (("a", "a"), ("b", "b"), ("b2", "b"), ("c", "c")):
        store.documents.put(stored[document_id], original=tmp_path / file)
    checksums = {name: checksum_of(tmp_path / name) for name in ("a", "b", "c")}
    store.extractions.put(checksums["a"], "1", {"pages": ["persönlich"]})
    picture = picture_folder(service_settings, checksums["a"]) / "1.webp"
    picture.parent.mkdir(parents=True)
    picture.touch()
    store.documents.delete_many(["a", "b"])
    assert prune(store, service_settings) == 0
    assert prune(store, service_settings, grace_s=-1) == 1
    assert [name for name in checksums if store.originals.path(checksums[name])] == ["b", "c"]
    assert store.extractions.get(checksums["a"], "1") is None
    assert not picture.exists()
    assert prune(store, service_settings, grace_s=-1) == 0
