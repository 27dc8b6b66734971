"""The store on a real PostgreSQL server. These tests need Debian's package ``postgresql``."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from index.contract import Document, Kommune
from searchsvc.errors import StoreUnavailable
from searchsvc.ingest import FileReader, ingest_file
from searchsvc.oparl import moved_key
from searchsvc.oparl.report import ImportReport
from searchsvc.settings import Settings
from searchsvc.store import OParlChanges, OParlFile, OParlObject, Store, open_store, prune
from searchsvc.store.tables import metadata
from tests.fixtures_service import MakePdf
from tests.postgresql_server import find_programs, postgresql_server


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """A server, without which this test run is not complete."""
    programs = find_programs()
    if programs is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed here; CI has it")
    assert programs is not None, "install postgresql"
    with postgresql_server(programs) as url:
        yield url


@pytest.fixture
def settings(server_url: str, tmp_path: Path) -> Settings:
    """Settings of a service with an empty database."""
    engine = create_engine(server_url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return Settings(data_dir=tmp_path / "data", database_url=server_url, sample=False)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """An empty store on PostgreSQL."""
    with open_store(settings) as opened:
        yield opened


def test_migrated_tables_are_those_of_the_code(store: Store):
    """The migrations lead to exactly the tables the code works with, and may run again."""
    store.migrate()
    with store.database.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_store_without_tables_says_so(settings: Settings):
    """An operator is told to migrate."""
    with Store.open(settings) as opened, pytest.raises(StoreUnavailable, match="searchsvc migrate"):
        opened.documents.count()


def test_a_server_that_is_gone_is_an_outage(tmp_path: Path):
    """Without a server the store is unavailable, which clients are told as such."""
    url = f"postgresql+pg8000://searchsvc@/postgres?unix_sock={tmp_path}/.s.PGSQL.5432"
    settings = Settings(data_dir=tmp_path / "data", database_url=url)
    with Store.open(settings) as opened, pytest.raises(StoreUnavailable, match="check that the server runs"):
        opened.documents.count()


def test_documents_come_back_and_changes_come_in_order(store: Store):
    """Writing, changing, deleting and reading; the log has the latest state of each document."""
    first = Document(id="a", title="Straße", pages=("Brühl\n", "日本"))
    results = store.documents.put_many([first, Document(id="b", title="B")])
    assert [(one.change_number, one.created) for one in results] == [(1, True), (2, True)]
    assert not store.documents.put(first).changed
    assert store.documents.put(Document(id="a", title="Neu")).change_number == 3
    assert store.documents.delete_many(["b", "c"]) == [4, None]
    found = store.documents.get("a")
    assert found is not None
    assert found.document.title == "Neu"
    changes = store.documents.changes_after(0, 10)
    assert [(one.number, one.document_id, one.document is None) for one in changes] == [(3, "a", False), (4, "b", True)]
    number, documents = store.documents.snapshot()
    assert (number, [one.id for one in documents]) == (4, ["a"])
    assert (store.documents.count(), store.documents.tombstones(["a", "b"])) == (1, {"b"})


def test_concurrent_writers_get_numbers_without_gaps(store: Store):
    """Change numbers are given and become visible in order, whoever writes."""
    seen: list[int] = []

    def write(name: str) -> None:
        seen.extend(store.documents.put(Document(id=f"{name}{n}", title="T")).change_number for n in range(10))

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 41))


def test_files_failures_and_extractions(store: Store, settings: Settings, extractor: FileReader, make_pdf: MakePdf):
    """A file is imported, read once, and pruned when its document is gone; failures come and go."""
    document, _ = ingest_file(store, extractor, make_pdf(), file_name="a.pdf")
    assert document.sha256 is not None
    assert store.extractions.get(document.sha256, extractor.version) is not None
    store.failures.record("x", "damaged", "1", source={"path": "/x"})
    store.failures.record("x", "timeout", "2")
    assert (store.failures.count_by_kind(), store.failures.with_source()) == ({"timeout": 1}, [])
    store.failures.clear("x")
    store.documents.delete(document.id)
    assert prune(store, settings, grace_s=-60) == 1


def test_duplicates_are_found(store: Store):
    """Signatures are written, replaced and looked up."""
    words = " ".join(f"wort{number}" for number in range(60))
    store.documents.put_many([Document(id=name, title=name, sha256="a" * 64, pages=(words,)) for name in "ab"])
    store.documents.put(Document(id="c", title="c", pages=(words + " ende",)))
    while store.duplicates.refresh(2):
        pass
    assert [(one.document.id, one.same_file) for one in store.duplicates.of("a")] == [("b", True), ("c", False)]
    store.documents.delete("b")
    store.documents.put(Document(id="c", title="c", pages=("anders",)))
    while store.duplicates.refresh(2):
        pass
    assert store.duplicates.of("a") == []


def test_keys_reports_and_oparl_state(store: Store):
    """The smaller tables work as well."""
    key = store.keys.verify(store.keys.create("test", ("write",)))
    assert key is not None
    assert (key.name, store.keys.revoke("test")) == ("test", 1)
    store.reports.add("a", "Urheberrecht", "Nachricht", None)
    assert store.reports.count() == 1
    source = store.oparl_sources.add("https://rat.example/oparl", every_hours=1)
    store.oparl_sources.begin(source.url)
    store.oparl_sources.finish(source.url, "ok", None, ImportReport().counts())
    known = OParlObject(id="https://rat.example/f/1", kind="file", source_key=source.key)
    for _ in range(2):
        store.oparl_objects.commit(
            OParlChanges(
                objects={known.id: known},
                files={known.id: OParlFile(known.id, source.key, failure="timeout")},
                mentions={"https://rat.example/p/1": {known.id: "mainFile"}},
                puts=[Document(id=known.id, title="T")],
            )
        )
    assert store.oparl_objects.retry_all(source.key) == 1
    assert store.oparl_objects.coverage(source.key)["files"] == 1


def test_what_imports_of_servers_need_works_on_postgresql(store: Store):
    """Doubts, deletions at the end of an import, takedowns under other ids and moves."""
    old, new = "https://alt.example/oparl/", "https://neu.example/oparl/"
    kommune = Kommune("bruehl", "Brühl")
    store.oparl_sources.add(f"{old}system")
    source = store.oparl_sources.get(f"{old}system")
    assert source is not None
    ids = [f"{old}files/{number}" for number in range(6)]
    store.oparl_objects.commit(
        OParlChanges(
            puts=[Document(id=one, title="t", pages=("Wort",), kommune=kommune) for one in ids],
            objects={one: OParlObject(one, "file", source.key, content={"id": one}) for one in ids},
            files={one: OParlFile(one, source.key, metadata_hash="m") for one in ids}
            | {ids[0]: OParlFile(ids[0], source.key, metadata_hash="m", removed=True, doomed="missing")},
        )
    )
    store.oparl_sources.observe(source.url, held={"files": 1})
    assert store.oparl_files.doomed(source.key) == [ids[0]]
    assert store.oparl_files.delete_doomed([ids[0]]) == 1
    assert len(list(store.oparl_files.days_of_documents(source.key))) == store.oparl_files.count_files(source.key) == 5
    assert store.oparl_files.trusted(source.key, 9) == []
    store.oparl_files.note_asked(ids)
    assert store.oparl_files.not_asked_since(source.key, datetime(2020, 1, 1, tzinfo=UTC), 9) == []
    store.takedowns.take_down(ids[1], "x")
    moved = store.moves.move(old, new, rekey=moved_key)
    assert (moved.documents, moved.takedowns, moved.objects, moved.sources) == (4, 1, 6, 1)
    assert {one.id for one in store.documents.snapshot()[1]} == {f"{new}files/{number}" for number in range(2, 6)}
    other = Document(id="https://anders.example/v2/files/1", title="t", pages=("Wort",), kommune=kommune)
    assert store.documents.put(other).withheld
    found = store.oparl_sources.get(f"{new}system")
    assert found is not None
    assert found.observed == {"held": {"files": 1}}
