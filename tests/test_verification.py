"""Comparing everything with its checksums: damage anywhere is noticed, and what can be mended is."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from analyzers import GermanAnalysis
from index.contract import IndexDamaged, IndexUnavailable, SearchRequest
from index.segments.array_file import ArrayFile
from index.whoosh import WhooshEngine
from index.whoosh.generations import APPLIED, Generations
from searchsvc.indexing.engines import open_engine, open_writer
from searchsvc.indexing.verification import Verification, read_verification, suspect_index
from searchsvc.indexing.worker import Worker
from searchsvc.periodic import Troubles
from searchsvc.settings import Settings
from searchsvc.store import Store
from tests.fixtures_index import TestIndex, document
from tests.fixtures_web import SetEngine, make_document


@pytest.fixture
def many(make_index: Callable[..., TestIndex]) -> TestIndex:
    """An index of two segments, in one of which a document is deleted."""
    index = make_index(*(document(f"d{number}", f"gemeinsam Wort{number}") for number in range(40)))
    index.put(document("neu", "gemeinsam"))
    index.delete("d3")
    return index


def covered(path: Path) -> list[tuple[int, int]]:
    """Return begin and end of what counts in a file: not the zeros between arrays."""
    if path.suffix != ".arrays":
        return [(0, path.stat().st_size)]
    file = ArrayFile(path)
    spans = [(offset, offset + file.array(name).nbytes) for name, (offset, *_) in file._directory.items()]
    return [span for span in spans if span[0] < span[1]]


def test_every_flipped_bit_is_noticed(many: TestIndex, analysis: GermanAnalysis) -> None:
    """Wherever in the files of an index a bit changes, verifying it says so."""
    folder = Generations(many.folder).current()
    many.close()
    chance = random.Random(7)
    for path in [*folder.glob("*.arrays"), *folder.glob("*.toc")]:
        content = path.read_bytes()
        spans = covered(path)
        for begin, end in (*spans, *chance.choices(spans, k=30)):
            at = chance.randrange(begin, end)
            damaged = bytearray(content)
            damaged[at] ^= 1 << chance.randrange(8)
            path.write_bytes(bytes(damaged))
            engine = WhooshEngine.open(many.folder, analysis)
            with pytest.raises((IndexDamaged, IndexUnavailable)):
                engine.verify()
            engine.close()
            path.write_bytes(content)
    WhooshEngine.open(many.folder, analysis).verify()


def test_commits_without_a_mark_are_taken_as_they_are(many: TestIndex, analysis: GermanAnalysis) -> None:
    """An index of an earlier version, or of a writer killed between its two files, is not called damaged."""
    folder = Generations(many.folder).current()
    for text in ('{"change": 3}', '{"change": 3, "contents": "1:00000000"}'):
        (folder / APPLIED).write_text(text)
        engine = WhooshEngine.open(many.folder, analysis)
        engine.verify()
        assert engine.search(SearchRequest(q="gemeinsam")).total == 40
        engine.close()


def catch_up(worker: Worker) -> None:
    """Let a worker do all there is to do."""
    while worker._step(threading.Event()):
        pass


@pytest.fixture
def working(service_settings: Settings, store: Store) -> Iterator[tuple[Worker, Verification, Troubles]]:
    """A worker that is up to date, and what verifies for it; the thread of neither runs."""
    writer = open_writer(service_settings)
    engine = open_engine(service_settings)
    troubles = Troubles()
    worker = Worker(store, writer, service_settings, troubles=troubles)
    for number in range(5):
        store.documents.put(make_document(f"d{number}"))
    catch_up(worker)
    yield worker, Verification(store, engine, service_settings, worker.index_is_damaged, troubles=troubles), troubles
    engine.close()
    writer.close()


def damage_index(settings: Settings) -> None:
    path = next(Generations(settings.index_dir).current().glob("*.arrays"))
    content = bytearray(path.read_bytes())
    content[24] ^= 0xFF  # the first array begins here
    path.write_bytes(bytes(content))


def test_a_damaged_index_is_built_anew(
    working: tuple[Worker, Verification, Troubles], service_settings: Settings, store: Store
) -> None:
    """At the start, and when a reader suspects it, damage leads to a new index, which is whole."""
    worker, verification, _ = working
    for _ in range(2):
        before = Generations(service_settings.index_dir).current()
        damage_index(service_settings)
        # The state of the files is as the writer knows it, as after an error of the disk.
        worker._writer._known_state = worker._writer._state()  # type: ignore[attr-defined]
        catch_up(worker)
        assert Generations(service_settings.index_dir).current() == before
        suspect_index(service_settings.data_dir)
        verification._step()
        catch_up(worker)
        assert Generations(service_settings.index_dir).current() != before
    engine = open_engine(service_settings)
    engine.verify()
    assert engine.search(SearchRequest()).total == 5
    engine.close()


def test_damage_of_the_store_is_told(
    working: tuple[Worker, Verification, Troubles], service_settings: Settings, store: Store
) -> None:
    """A changed row and a changed original file are found, told, and no longer told when they are well again."""
    _, verification, troubles = working
    store.documents.put(make_document("mit"), original=b"content")
    (checksum,) = store.original_checksums()
    verification._step()
    assert (read_verification(service_settings.data_dir).problem_count, troubles.current()) == (0, {})

    path = store.originals.path(checksum)
    assert path is not None
    path.write_bytes(b"changed")
    with store.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE documents SET pages = x'00' WHERE id = 'd1'")
    verification._verify_all()
    state = read_verification(service_settings.data_dir)
    assert state.problem_count == 2
    assert "'d1' is damaged" in state.problems[0]
    assert f"{checksum} is damaged" in state.problems[1]
    assert troubles.current()["damage"].startswith("2 problem(s) found in the store, the first: document 'd1'")

    path.write_bytes(b"content")
    store.documents.put(make_document("d1", title="neu"))
    verification._verify_all()
    assert troubles.current() == {}


def test_rounds_come_when_they_are_due_and_end_with_the_worker(
    working: tuple[Worker, Verification, Troubles], service_settings: Settings, store: Store
) -> None:
    """What the last round found outlives the process; a slow round holds nobody up."""
    _, verification, _ = working
    verification._step()
    first = read_verification(service_settings.data_dir).verified_at
    assert time.time() - first < 60
    verification._step()
    assert read_verification(service_settings.data_dir).verified_at == first
    state = service_settings.data_dir / "verification.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | {"verified_at": time.time() + 365 * 86_400}))
    verification._step()  # the clock was ahead
    assert 0 <= time.time() - read_verification(service_settings.data_dir).verified_at < 60
    slow = service_settings.model_copy(update={"verify_mb_per_s": 0.01, "verify_days": 1e-9})
    engine = open_engine(slow)
    with Verification(store, engine, slow, lambda _: None) as running:
        while not running._thread.is_alive():
            time.sleep(0.01)
        time.sleep(0.2)
    engine.close()
    assert threading.active_count() < 50


def test_an_answer_that_cannot_be_right_is_looked_into(
    web: FlaskClient, set_engine: SetEngine, web_settings: Settings
) -> None:
    """Damage that a search meets, however it shows, makes the worker look."""
    for error in (IndexDamaged(web_settings.index_dir, "a test"), ZeroDivisionError()):
        set_engine.error = error
        web.get("/api/v1/search?q=x")
        mark = web_settings.data_dir / "index.suspect"
        assert mark.exists()
        mark.unlink()
