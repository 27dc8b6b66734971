"""The worker: changes into the index, whatever goes wrong on the way."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Text, cast, func, update

from index.building import segment_builder
from index.contract import IndexDamaged, IndexLocked, IndexStorageError
from searchsvc.documents.input import parse_document
from searchsvc.errors import StoreUnavailable
from searchsvc.indexing import worker as worker_module
from searchsvc.indexing.engines import open_engine, open_writer
from searchsvc.indexing.heartbeat import WorkerState, pending_rebuild, read_worker_status, request_rebuild
from searchsvc.indexing.refresh import wait_until_searchable
from searchsvc.indexing.worker import Worker
from searchsvc.settings import Settings
from searchsvc.store import Store, find_damage
from searchsvc.store.tables import documents
from tests.fakes import FakeIndex


def put(store: Store, *names: str, text: str = "Haushalt") -> int:
    return store.documents.put_many([parse_document({"id": name, "text": text}) for name in names])[-1].change_number


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


@contextmanager
def running(store: Store, index: FakeIndex, settings: Settings) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=Worker(store, index, settings).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_FIRST_RETRY_S", 0.01)


def test_changes_reach_the_index_in_order(store: Store, service_settings: Settings):
    """Writes and deletions before and after the start arrive, and soon."""
    put(store, "a", "b")
    index = FakeIndex()
    with running(store, index, service_settings):
        eventually(lambda: set(index.documents) == {"a", "b"})
        put(store, "c")
        store.documents.delete("a")
        start = time.monotonic()
        eventually(lambda: set(index.documents) == {"b", "c"})
        assert time.monotonic() - start < 1
    assert index.applied_change == store.documents.last_change()
    assert index.rebuilds == 0


def test_batches_are_limited(store: Store, service_settings: Settings):
    """A backlog is taken in portions of the size the settings name."""
    put(store, *"abcde")
    index = FakeIndex()
    Worker(store, index, service_settings.model_copy(update={"worker_batch": 2})).catch_up()
    assert index.batches == [2, 2, 1]


def test_a_new_worker_goes_on_where_the_index_is(store: Store, service_settings: Settings):
    """What the index has is not applied again."""
    put(store, "a")
    index = FakeIndex()
    Worker(store, index, service_settings).catch_up()
    put(store, "b")
    Worker(store, index, service_settings).catch_up()
    assert index.batches == [1, 1]
    assert index.rebuilds == 0


@pytest.mark.parametrize("error", [IndexStorageError(Path("index"), "disk full"), StoreUnavailable("locked")])
def test_errors_are_repeated_until_they_pass(store: Store, service_settings: Settings, error: Exception):
    """A full disk or a locked store delays changes and loses none."""
    index = FakeIndex()
    index.errors = [error] * 3
    put(store, "a")
    with running(store, index, service_settings):
        eventually(lambda: "a" in index.documents)
        eventually(lambda: (status := read_worker_status(service_settings.data_dir)) and status.error is None)


def test_a_persistent_error_can_be_seen(store: Store, service_settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """While it fails, the worker says so and why."""
    monkeypatch.setattr(worker_module, "_FIRST_RETRY_S", 0.2)
    index = FakeIndex()
    index.errors = [IndexStorageError(Path("index"), "disk full")] * 2
    put(store, "a")
    with running(store, index, service_settings):
        eventually(
            lambda: (status := read_worker_status(service_settings.data_dir)) and status.state is WorkerState.FAILING
        )
        status = read_worker_status(service_settings.data_dir)
        assert status is not None
        assert "disk full" in str(status.error)


def test_a_damaged_index_is_built_anew(store: Store, service_settings: Settings):
    """Damage found while writing leads to a rebuild without anybody asking."""
    put(store, "a")
    index = FakeIndex()
    index.errors = [IndexDamaged(Path("index"), "checksum")]
    with running(store, index, service_settings):
        eventually(lambda: index.rebuilds == 1)
    assert set(index.documents) == {"a"}


def test_an_index_that_needs_it_is_built_anew(store: Store, service_settings: Settings):
    """A missing index or another analysis is reason enough."""
    put(store, "a")
    store.documents.delete("a")
    put(store, "b")
    index = FakeIndex(needs_rebuild="the text analysis has changed")
    Worker(store, index, service_settings).catch_up()
    assert (index.rebuilds, set(index.documents), index.applied_change) == (1, {"b"}, 3)


def test_an_index_ahead_of_its_store_is_built_anew(store: Store, service_settings: Settings):
    """When the store was replaced by an older one, the index follows."""
    put(store, "a")
    index = FakeIndex()
    Worker(store, index, service_settings).catch_up()
    index.applied_change = 50
    Worker(store, index, service_settings).catch_up()
    assert (index.rebuilds, index.applied_change) == (1, 1)


def test_an_index_of_another_history_is_built_anew(store: Store, service_settings: Settings):
    """Equal change numbers of a restored store do not deceive the worker."""
    put(store, "a")
    index = FakeIndex()
    Worker(store, index, service_settings).catch_up()
    with store.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE state SET store_id = 'restored'")
    Worker(store, index, service_settings).catch_up()
    Worker(store, index, service_settings).catch_up()
    assert index.rebuilds == 1


def test_a_rebuild_can_be_asked_for(store: Store, service_settings: Settings):
    """A request is carried out once, and the answer can be seen."""
    put(store, "a")
    index = FakeIndex()
    with running(store, index, service_settings):
        eventually(lambda: index.documents)
        request = request_rebuild(service_settings.data_dir)
        eventually(lambda: (status := read_worker_status(service_settings.data_dir)) and status.rebuilt_for == request)
    assert index.rebuilds == 1
    assert pending_rebuild(service_settings.data_dir) is None


def test_a_rebuild_ends_when_the_worker_is_stopped(store: Store, service_settings: Settings):
    """Stopping does not wait for a long rebuild; the old index stays."""
    put(store, "a", "b")
    stop = threading.Event()

    class Slow(FakeIndex):
        def rebuild(self, documents, *, change_number, progress=None):
            stop.set()
            return super().rebuild(documents, change_number=change_number, progress=progress)

    index = Slow(needs_rebuild="missing")
    Worker(store, index, service_settings).run(stop)
    assert index.rebuilds == 0
    assert store.documents.put(parse_document({"id": "c"})).changed


def test_the_heartbeat_tells_of_the_end(store: Store, service_settings: Settings):
    """A worker that was stopped in order is not taken for one that lives."""
    index = FakeIndex()
    with running(store, index, service_settings):
        eventually(lambda: (status := read_worker_status(service_settings.data_dir)) and status.is_alive)
    status = read_worker_status(service_settings.data_dir)
    assert status is not None
    assert (status.state, status.is_alive) == (WorkerState.STOPPED, False)


def test_a_heartbeat_that_cannot_be_read_is_none(tmp_path: Path):
    """Half a file or another format is no status."""
    assert read_worker_status(tmp_path) is None
    for text in ("{", "[]", '{"state": "dancing"}', '{"pid": 1}'):
        (tmp_path / "worker.json").write_text(text)
        assert read_worker_status(tmp_path) is None


def test_the_real_index_takes_changes_within_a_second(store: Store, service_settings: Settings):
    """With the engine that is shipped, an acknowledged write is searchable soon, and a second writer is refused."""
    writer = open_writer(service_settings)
    engine = open_engine(service_settings)
    stop = threading.Event()
    thread = threading.Thread(target=Worker(store, writer, service_settings).run, args=(stop,))
    put(store, "a")
    thread.start()
    try:
        eventually(lambda: engine.state().ready)
        number = put(store, "b")
        assert wait_until_searchable(engine, number, 1.0)
        assert engine.stats().documents == 2
        assert not wait_until_searchable(engine, number + 1, 0.05)
        with pytest.raises(IndexLocked):
            open_writer(service_settings)
    finally:
        stop.set()
        thread.join(20)
        writer.close()
        engine.close()


@pytest.mark.parametrize("rebuild", [True, False])
def test_a_document_that_cannot_be_indexed_stops_no_other(
    store: Store, service_settings: Settings, monkeypatch: pytest.MonkeyPatch, rebuild: bool
):
    """It is left out and listed as failed; when it comes in a form that can be indexed, it is back."""
    real = segment_builder.clean_pages

    def failing(pages: tuple[str, ...]) -> tuple[str, ...]:
        if pages == ("Gift",):
            raise ValueError("cannot digest this")
        return real(pages)

    monkeypatch.setattr(segment_builder, "clean_pages", failing)
    with closing(open_writer(service_settings)) as writer, closing(open_engine(service_settings)) as engine:
        if not rebuild:
            Worker(store, writer, service_settings).catch_up()
        put(store, "a", "b")
        put(store, "schlimm", text="Gift")
        put(store, "c")
        Worker(store, writer, service_settings).catch_up()
        assert engine.stats().documents == 3
        assert engine.state().applied_change == store.documents.last_change()
        (failure,) = store.failures.list()
        assert (failure.item, failure.kind) == ("schlimm", "unindexable")
        put(store, "schlimm", text="Gegengift")
        Worker(store, writer, service_settings).catch_up()
        assert engine.stats().documents == 4
        assert store.failures.list() == []


def test_trouble_beside_changes_can_be_seen(store: Store, service_settings: Settings):
    """What keeps failing without holding changes up is in the status, as long as it lasts."""
    index = FakeIndex()
    index.trouble = "merging has failed"

    def warning() -> str | None:
        status = read_worker_status(service_settings.data_dir)
        return status.troubles.get("merging") if status is not None else None

    with running(store, index, service_settings):
        put(store, "a")
        eventually(lambda: "a" in index.documents and warning() == "merging has failed")
        index.trouble = None
        eventually(lambda: warning() is None)


def test_one_rebuild_sets_all_rejected_documents_aside(store: Store, service_settings: Settings):
    """However many cannot be indexed, and however many are written meanwhile, a rebuild is done once."""

    class Busy(FakeIndex):
        def rebuild(self, documents, *, change_number, progress=None):
            put(store, f"neu{self.rebuilds}", f"schlimm-neu{self.rebuilds}")
            return super().rebuild(documents, change_number=change_number, progress=progress)

    put(store, "a", "schlimm1", "b", "schlimm2", "schlimm3")
    index = Busy(needs_rebuild="missing")
    Worker(store, index, service_settings).catch_up()
    assert index.rebuilds == 1
    assert set(index.documents) == {"a", "b", "neu0"}
    assert {one.item for one in store.failures.list()} == {"schlimm1", "schlimm2", "schlimm3", "schlimm-neu0"}
    assert {one.kind for one in store.failures.list()} == {"unindexable"}
    store.documents.delete("schlimm1")
    store.failures.clear("schlimm2")  # an import of something of this name knows nothing of the index
    Worker(store, index, service_settings).catch_up()
    assert store.failures.count_set_aside() == 3


DAMAGES = {
    "no JSON": {"metadata": "{"},
    "no text": {"metadata": None},
    "no UTF-8": {"metadata": cast(b"{\xff", Text)},
    "no pages": {"pages": b"x"},
    "other metadata": {"metadata": func.replace(documents.c.metadata, "schlimm", "schlamm")},
    "other pages": {"pages": zlib.compress(b'["Haushalt der Nachbarn"]')},
    "other id": {"id": "anders"},
    "no time": {"indexed_at": "yesterday"},
}


@pytest.mark.parametrize("rebuild", [True, False])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_row_stops_no_other(store: Store, service_settings: Settings, damage: str, rebuild: bool):
    """What cannot be read, or is not what was written, is set aside and told; sending it again mends it."""
    put(store, "a", "b-schlimm", "c")
    with store.database.transaction() as connection:
        connection.execute(update(documents).where(documents.c.id == "b-schlimm").values(DAMAGES[damage]))
    index = FakeIndex(needs_rebuild="missing" if rebuild else None)
    with running(store, index, service_settings):
        eventually(lambda: set(index.documents) == {"a", "c"})
        eventually(lambda: store.failures.count_set_aside() == 1)
        (failure,) = store.failures.list()
        assert (failure.item, failure.kind) == (DAMAGES[damage].get("id", "b-schlimm"), "damaged_in_store")
        assert "send it again or restore a backup" in failure.message
        eventually(lambda: not store.duplicates.refresh(100))
        assert len([line for line in find_damage(store) if "is damaged in the store" in line]) == 1
        put(store, "b-schlimm", "d")
        eventually(lambda: set(index.documents) == {"a", "b-schlimm", "c", "d"})
    status = read_worker_status(service_settings.data_dir)
    assert status is not None
    assert status.error is None
    if "id" not in DAMAGES[damage]:
        assert store.failures.list() == []
