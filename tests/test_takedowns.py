"""Takedowns and readers' reports: in the store, on the command line, through imports, backups and migrations."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from index.contract import Document
from searchsvc.cli import main
from searchsvc.documents.input import parse_document
from searchsvc.settings import Settings
from searchsvc.store import Decision, Lifted, Store, picture_folder, prune, restore_backup, trim_pictures, write_backup
from tests.fixtures_service import MakePdf, undo_servers


def document(identifier: str, text: str = "Haushalt", **fields: object) -> Document:
    return parse_document({"id": identifier, "text": text, **fields})


def shown(store: Store) -> dict[str, str]:
    """Return the text of every document that anything shows: by id, from the snapshot and from the change log."""
    _, rows = store.documents.snapshot()
    found = {one.id: one.pages[0] for one in rows}
    logged = {change.document_id for change in store.documents.changes_after(0, 1000) if change.document}
    assert set(found) == logged == {one.id for one in store.recent.documents(skip=0, limit=1000)}
    return found


def test_taken_down_documents_are_hidden_and_stay_so(store: Store) -> None:
    """Nothing shows the document; other writes of it do not bring it back, and say so; lifting shows the latest."""
    store.documents.put_many([document("a"), document("b")])
    change = store.takedowns.take_down("a", "personal data")
    assert change == 3
    assert shown(store) == {"b": "Haushalt"}
    assert store.documents.get("a") is None
    assert store.documents.tombstones(["a"]) == {"a"}
    assert [one.document_id for one in store.recent.deletions(after=None, until=None, limit=10)] == ["a"]
    again, other = store.documents.put_many([document("a", "neu"), document("c")])
    assert (again.withheld, again.changed, again.created, other.change_number) == (True, False, False, 4)
    assert shown(store) == {"b": "Haushalt", "c": "Haushalt"}
    takedown = store.takedowns.get("a")
    assert takedown is not None
    assert (takedown.reason, takedown.has_content) == ("personal data", True)
    assert [one.document_id for one in store.takedowns.list()] == ["a"]
    assert store.takedowns.lift("a") == (Lifted.RESTORED, 5)
    assert shown(store) == {"b": "Haushalt", "c": "Haushalt", "a": "neu"}
    assert store.takedowns.get("a") is None
    assert store.takedowns.lift("a") == (Lifted.NOT_TAKEN_DOWN, 5)


def test_only_what_is_shown_can_be_taken_down(store: Store) -> None:
    """Unknown, deleted and hidden documents are no case for a takedown."""
    store.documents.put(document("a"))
    assert store.takedowns.take_down("b", "x") is None
    assert store.takedowns.take_down("a", "x") == 2
    assert store.takedowns.take_down("a", "y") is None
    assert [one.reason for one in store.takedowns.list()] == ["x"]


def test_deleting_erases_what_is_withheld(store: Store) -> None:
    """A deletion at the source leaves no copy behind; the takedown stays for the next import."""
    store.documents.put(document("a"))
    store.takedowns.take_down("a", "x")
    assert store.documents.delete("a") == 2
    assert store.documents.delete("a") is None
    takedown = store.takedowns.get("a")
    assert takedown is not None
    assert not takedown.has_content
    assert store.takedowns.lift("a") == (Lifted.NO_CONTENT, 2)
    assert store.documents.put(document("a")).created


def test_files_of_withheld_documents_are_kept_for_their_return(
    store: Store, service_settings: Settings, make_pdf: MakePdf
) -> None:
    """The original file is there again with the document, and goes for good with a deletion."""
    store.documents.put(document("a"), original=make_pdf())
    stored = store.documents.get("a")
    assert stored is not None
    checksum = str(stored.original_sha256)
    store.takedowns.take_down("a", "x")
    assert prune(store, service_settings, grace_s=-1) == 0
    store.takedowns.lift("a")
    stored = store.documents.get("a")
    assert stored is not None
    assert stored.original_sha256 == checksum
    store.takedowns.take_down("a", "x")
    store.documents.delete("a")
    assert prune(store, service_settings, grace_s=-1) == 1


def test_an_older_backup_brings_nothing_back(store: Store, service_settings: Settings, tmp_path: Path) -> None:
    """What was taken down after a backup is hidden when it is restored, known to it or not."""
    store.documents.put(document("a"))
    write_backup(store, tmp_path / "backup.tar")
    store.documents.put(document("later"))
    store.takedowns.take_down("a", "x")
    store.takedowns.take_down("later", "y")
    restore_backup(store, service_settings, tmp_path / "backup.tar", force=True)
    assert shown(store) == {}
    assert store.documents.put(document("later")).withheld
    assert store.takedowns.lift("later")[0] is Lifted.RESTORED
    assert shown(store) == {"later": "Haushalt"}


def test_an_older_store_is_filled_when_it_is_migrated(service_settings: Settings) -> None:
    """Documents stored before there were keys of Vorgänge are found by them after the migration."""
    with Store.open(service_settings) as store:
        store.migrate()
        store.documents.put(document("a", kommune="Brühl", paper={"id": "p", "reference": "Vorlage 1/2013"}))
        store.documents.put(document("b"))
    connection = sqlite3.connect(service_settings.data_dir / "searchsvc.db")
    with connection:
        undo_servers(connection)
        for table in ("takedowns", "journal", "journal_state"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE reports DROP COLUMN decision")
        for column in ("identity", "history_at"):
            connection.execute(f"ALTER TABLE state DROP COLUMN {column}")
        for column in ("paper_key", "reference_key"):
            connection.execute(f"DROP INDEX ix_documents_{column}")
            connection.execute(f"ALTER TABLE documents DROP COLUMN {column}")
        connection.execute("UPDATE alembic_version SET version_num = '0003_endpoint'")
    connection.close()
    with Store.open(service_settings) as store:
        store.migrate()
        assert [one.id for one in store.papers.documents_of("bruehl", "p", limit=9)] == ["a"]
        assert list(store.papers.with_references("bruehl", ["1/2013"])) == ["1/2013"]


def test_references_find_documents_of_their_kommune_only(store: Store) -> None:
    """The reference of a Vorgang is found in any spelling, within one Kommune; the Vorgang's files oldest first."""
    paper = {"id": "p", "reference": "Vorlage 456/2013"}
    store.documents.put_many(
        [
            document("neu", kommune="Brühl", date="2014-01-01", paper=paper),
            document("alt", kommune="Brühl", date="2013-01-01", paper=paper),
            document("undatiert", kommune="Brühl", paper=paper),
            document("woanders", kommune="Köln", paper=paper),
        ]
    )
    assert [one.id for one in store.papers.documents_of("bruehl", "p", limit=9)] == ["alt", "neu", "undatiert"]
    found = store.papers.with_references("bruehl", ["456/2013", "Drs. 456/2013", "457/2013"])
    assert {name: {one.id for one in documents} for name, documents in found.items()} == {
        name: {"alt", "neu", "undatiert"} for name in ("456/2013", "Drs. 456/2013")
    }
    store.documents.delete("alt")
    store.takedowns.take_down("neu", "x")
    assert [one.id for one in store.papers.documents_of("bruehl", "p", limit=9)] == ["undatiert"]


@pytest.fixture
def run(service_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> object:
    """A function that runs a command on the store."""
    monkeypatch.setenv("SEARCHSVC_DATA_DIR", str(service_settings.data_dir))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    return invoke


def test_reports_are_listed_shown_and_decided(store: Store, run: object) -> None:
    """The operator sees what was reported, and each decision closes what it is about."""
    assert callable(run)
    store.documents.put(document("a", title="Vorlage", kommune="Brühl"))
    for message in ("Adresse auf Seite 2", "auch das"):
        store.reports.add("a", "Personenbezogene Daten", message, "leser@example.org")
    store.reports.add("b", "Sonstiges")
    listed = run("reports", "list").output.splitlines()
    assert [line.split()[0] for line in listed] == ["3", "2", "1"]
    told = run("reports", "show", "1").output
    for part in ("Personenbezogene Daten", "leser@example.org", "Adresse auf Seite 2", "Vorlage", "Brühl", "shown"):
        assert part in told
    assert run("reports", "dismiss", "3").exit_code == 0
    again = run("reports", "dismiss", "3")
    assert (again.exit_code, again.stderr) == (1, "report 3 has been decided already\n")
    down = run("reports", "takedown", "1")
    told = "note: report 2 about the same document is decided, too: Personenbezogene Daten, contact leser@example.org\n"
    assert (down.exit_code, down.stdout) == (0, f"{told}report 1 decided; a is taken down\n")
    assert run("reports", "list").output == "no open reports\n"
    assert [report.decision for report in store.reports.list(include_done=True)] == [
        Decision.DISMISSED, Decision.TAKEN_DOWN, Decision.TAKEN_DOWN,
    ]  # fmt: skip
    assert "taken down (report 1: Personenbezogene Daten)" in run("reports", "show", "2").output
    assert "taken down" in run("reports", "list", "--all").output
    unknown = run("reports", "show", "99")
    assert (unknown.exit_code, unknown.stderr) == (1, "there is no report 99; see 'searchsvc reports list --all'\n")
    assert run("reports", "takedown", "3").stderr == "failed: b: not_found: there is no document with this id\n"


def test_takedown_and_restore_on_the_command_line(
    store: Store, service_settings: Settings, run: object, make_pdf: MakePdf
) -> None:
    """The index follows before the command ends, pictures go at once, copies of the file are named."""
    assert callable(run)
    store.documents.put(document("a", "Radweg", title="A"), original=make_pdf())
    stored = store.documents.get("a")
    assert stored is not None
    pictures = picture_folder(service_settings, str(stored.original_sha256))
    pictures.mkdir(parents=True)
    (pictures / "300-1.webp").write_bytes(b"x")
    store.reports.add("a", "Sonstiges")
    down = run("takedown", "a", "nix", "--reason", "letter")
    told = "note: report 1 about the same document is decided, too: Sonstiges\n"
    assert (down.exit_code, down.stdout) == (1, f"{told}1 taken down, 1 failed\n")
    assert down.stderr.endswith("failed: nix: not_found: there is no document with this id\n")
    assert not pictures.exists()
    assert (
        "no hits" in run("search", "Radweg").output or run("search", "Radweg", "--json").output.find('"total": 0') > 0
    )
    assert run("takedown", "a").stderr.endswith("failed: a: this document is taken down already\n")
    assert run("restore-document", "a").stdout == "restored: a\n"
    assert "A" in run("search", "Radweg").output
    assert run("restore-document", "a").exit_code == 1
    store.documents.put(document("b", "Radweg", title="B"), original=make_pdf())
    assert "note: the same file is also shown as b\n" in run("takedown", "a").stdout
    store.documents.delete("a")
    assert run("restore-document", "a").stdout.startswith("takedown lifted, but the document was deleted meanwhile")


def test_pictures_are_kept_within_a_limit(service_settings: Settings) -> None:
    """Those not looked at for longest go first, and only as many as must."""
    settings = service_settings.model_copy(update={"picture_cache_mb": 1})
    folder = picture_folder(settings, "a" * 64)
    folder.mkdir(parents=True)
    now = time.time()
    for number in range(5):
        path = folder / f"1200-{number}.webp"
        path.write_bytes(b"x" * 400_000)
        os.utime(path, (now - number, now - number))
    assert trim_pictures(settings) == 3
    assert sorted(path.name for path in folder.iterdir()) == ["1200-0.webp", "1200-1.webp"]
    assert trim_pictures(settings) == 0
