"""Merging beside the writer: nothing waits, nothing is lost, nothing is left behind, whatever happens when."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analyzers import GermanAnalysis
from index.building import background_merge, child_processes, merge_policy, merge_trouble
from index.building.background_merge import BackgroundMerge
from index.contract import IndexDamaged, SearchRequest
from index.whoosh import WhooshEngine, WhooshIndexWriter, commits, generations, toc
from index.whoosh import writer as whoosh_writer
from index.whoosh.generations import Generations
from tests.fixtures_index import TestIndex, document

MERGING = background_merge._run


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Merge three segments, however small, in the background; two processes are enough for that."""
    monkeypatch.setattr(merge_policy, "TIER_FACTOR", 3)
    monkeypatch.setattr(commits, "SMALL_MERGE_DOCUMENTS", -1)
    monkeypatch.setattr("index.building.child_processes.available_processors", lambda: 2)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Merges that have not ended when they are killed; to be asked for before ``due``."""
    monkeypatch.setattr(background_merge, "_run", never_ending)


@pytest.fixture
def due(make_index: Callable[..., TestIndex]) -> Iterator[TestIndex]:
    """An index of three segments whose merge has started."""
    index = make_index(*(document(f"d{number}", f"gemeinsam Wort{number}") for number in range(3)), split=True)
    assert index.engine.stats().segments == 3
    return index


def merge_of(index: TestIndex) -> BackgroundMerge:
    """Return the merge that is going on."""
    merge = index.writer._merge
    assert merge is not None
    return merge


@contextmanager
def stopped(merge: BackgroundMerge) -> Iterator[None]:
    """Let a merge be as slow as can be: whether it has ended or not, nobody hears of it meanwhile."""
    merge.is_done = lambda: False  # type: ignore[method-assign]
    yield
    del merge.is_done


def never_ending(*_: object) -> None:
    """Merge in a process that has to be killed."""
    child_processes.prepare()
    time.sleep(600)


def found(folder: Path, q: str = "gemeinsam") -> set[str]:
    """Return the ids that a new reader finds."""
    engine = WhooshEngine.open(folder, GermanAnalysis())
    ids = {hit.id for hit in engine.search(SearchRequest(q=q, per_page=100)).hits}
    engine.close()
    return ids


def files(index: TestIndex) -> list[str]:
    """Return the names of everything in the generation."""
    return sorted(path.name for path in Generations(index.folder).current().iterdir())


def test_commits_go_on_while_segments_are_merged(due: TestIndex) -> None:
    """Documents added, replaced and deleted meanwhile are right after the merge is put into place."""
    merge = merge_of(due)
    with stopped(merge):
        due.put(document("d3", "gemeinsam"))
        due.put(document("d1", "gemeinsam ersetzt"))
        due.delete("d0")
        assert merge_of(due) is merge
        assert found(due.folder) == {"d1", "d2", "d3"}
    merge.wait()
    due.writer.tidy()
    assert found(due.folder) == {"d1", "d2", "d3"}
    assert found(due.folder, "ersetzt") == {"d1"}
    assert found(due.folder, "Wort1 OR Wort0") == set()
    assert found(due.folder, "Wort2") == {"d2"}
    assert {hit.id for hit in due.engine.search(SearchRequest(q="gemeinsam")).hits} == {"d1", "d2", "d3"}


def test_an_idle_writer_puts_merges_into_place(due: TestIndex) -> None:
    """A finished merge needs no further change, readers notice it, and only the merged segment stays."""
    merge_of(due).wait()
    due.engine.search(SearchRequest())
    assert not due.writer.tidy()
    assert due.engine.stats().segments == 1
    assert due.engine.state().applied_change == due.writer.applied_change == 3
    assert len([name for name in files(due) if name.endswith(".arrays")]) == 1
    assert background_merge.FOLDER not in files(due)
    assert due.writer.needs_rebuild is None


def test_a_merge_of_nothing_but_deleted_documents(due: TestIndex) -> None:
    """Segments whose documents have all been deleted meanwhile leave nothing that is found."""
    with stopped(merge_of(due)):
        due.delete("d0", "d1", "d2")
    merge_of(due).wait()
    due.writer.tidy()
    assert found(due.folder, "") == set()
    due.put(document("neu", "gemeinsam"))
    assert found(due.folder) == {"neu"}


def test_a_process_alone_merges_on_the_spot(tmp_path: Path, analysis: GermanAnalysis) -> None:
    """With one process, as asked for, nothing goes on beside it."""
    index = TestIndex(tmp_path, analysis)
    index.writer.close()
    index.writer = WhooshIndexWriter.open(tmp_path, analysis, processes=1)
    for number in range(3):
        index.put(document(f"d{number}", "gemeinsam"))
    assert index.engine.stats().segments == 1
    assert not index.writer.tidy()
    index.close()


def test_too_many_segments_wait_for_the_merge(due: TestIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes that come faster than merges end do not add segments without bound."""
    monkeypatch.setattr(whoosh_writer, "MAX_SEGMENTS", 4)
    for number in range(3, 15):
        due.put(document(f"d{number}", "gemeinsam"))
    assert due.engine.stats().segments <= 6
    assert len(found(due.folder)) == 15


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What merging takes for the time; the test sets it forward."""
    now = [0.0]
    monkeypatch.setattr(merge_trouble, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (signal.SIGKILL, "was killed by SIGKILL; is there too little memory?"),
        (signal.SIGSEGV, "was killed by SIGSEGV)"),
    ],
)
def test_a_killed_merge_is_tried_again_and_told(
    endless: None,
    due: TestIndex,
    clock: list[float],
    number: signal.Signals,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Changes go on, attempts come less and less often, the reason is the true one, and a success ends it all."""
    pauses = []
    for attempt in range(4):
        assert (due.writer.trouble is None) == (attempt < 3)
        os.kill(merge_of(due)._process.pid or 0, number)
        merge_of(due).wait()
        assert not due.writer.tidy()
        due.put(document(f"neu{attempt}", "gemeinsam"))
        assert due.writer._merge is None
        start = clock[0]
        if attempt == 3:
            monkeypatch.setattr(background_merge, "_run", MERGING)
        while not due.writer.tidy():
            clock[0] += 1.0
        pauses.append(clock[0] - start)
    assert pauses == [5, 10, 20, 40]
    assert due.writer.trouble is not None
    assert f"failed 4 times in a row (the process that merges segments {reason}" in due.writer.trouble
    assert len(found(due.folder)) == 7
    merge_of(due).wait()
    due.writer.tidy()
    assert due.writer.trouble is None
    assert len(found(due.folder)) == 7


def test_a_merge_that_fails_for_any_reason_says_which(due: TestIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception arrives with its type; a process that just ends, with its exit code."""
    monkeypatch.setattr(child_processes, "prepare", lambda: None)  # this process wants to be interrupted
    receiver, sender = multiprocessing.Pipe(duplex=False)
    background_merge._run(sender, due.folder, due.folder, [None])  # type: ignore[list-item]
    kind, reason = receiver.recv()
    assert (kind, reason.partition(":")[0]) == ("failed", "AttributeError")
    process = multiprocessing.get_context("spawn").Process(target=os._exit, args=(3,))
    process.start()
    assert child_processes.how_ended(process) == "ended with exit code 3"
    process.close()


def test_changes_do_not_depend_on_merges_on_the_spot(
    tmp_path: Path, analysis: GermanAnalysis, monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    """A defect of merging that hits every batch costs no change, and is told."""

    def failing(*_: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(commits, "merge", failing)
    index = TestIndex(tmp_path, analysis)
    index.writer.close()
    index.writer = WhooshIndexWriter.open(tmp_path, analysis, processes=1)
    for number in range(8):
        index.put(document(f"d{number}", "gemeinsam"))
        clock[0] += 10_000
    assert len(found(index.folder)) == 8
    assert index.writer.trouble is not None
    assert "ZeroDivisionError: a defect" in index.writer.trouble
    index.close()


def test_damage_is_not_merged(due: TestIndex) -> None:
    """A segment that disagrees with its checksums is reported instead of getting new ones."""
    due.writer._stop_merge()
    path = next(Generations(due.folder).current().glob("*.arrays"))
    content = bytearray(path.read_bytes())
    content[24] ^= 0xFF  # the first array begins here
    path.write_bytes(bytes(content))
    due.writer.tidy()
    merge_of(due).wait()
    with pytest.raises(IndexDamaged, match="is damaged"):
        due.writer.tidy()


def test_closing_stops_a_merge(due: TestIndex, analysis: GermanAnalysis) -> None:
    """A writer that is closed leaves neither a process nor a file of the merge; the next one starts it again."""
    process = merge_of(due)._process
    pid = process.pid
    due.writer.close()
    assert not Path(f"/proc/{pid}").exists()
    assert background_merge.FOLDER not in files(due)
    due.writer = WhooshIndexWriter.open(due.folder, analysis)
    assert due.writer.tidy()


def test_a_killed_writers_merge_leaves_nothing(due: TestIndex, analysis: GermanAnalysis) -> None:
    """What a merge had written when its writer was killed is removed by the next one."""
    merge_of(due).stop()
    due.writer._merge = None
    leftover = Generations(due.folder).current() / background_merge.FOLDER
    leftover.mkdir()
    (leftover / "MAIN_0.arrays").write_bytes(b"half")
    due.writer.close()
    due.writer = WhooshIndexWriter.open(due.folder, analysis)
    assert due.writer.needs_rebuild is None
    assert not leftover.exists()


class Crash(BaseException):
    """Ends a step like a kill would."""


@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (BackgroundMerge, "take"),
        (background_merge.os, "rename"),
        (toc.TOC, "write"),
        (toc, "clean_files"),
        (generations.Generations, "write_applied"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_crash_at_any_step_of_putting_a_merge_into_place(
    due: TestIndex, analysis: GermanAnalysis, monkeypatch: pytest.MonkeyPatch, owner: object, step: str
) -> None:
    """Readers find everything, before and after the next writer, which leaves no file that is not needed."""
    with stopped(merge_of(due)):
        due.delete("d1")
    merge_of(due).wait()

    def crash(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, crash)
        with pytest.raises(Crash):
            due.writer.tidy()
    assert found(due.folder) == {"d0", "d2"}
    assert {hit.id for hit in due.engine.search(SearchRequest(q="gemeinsam")).hits} == {"d0", "d2"}
    due.writer.close()
    due.writer = WhooshIndexWriter.open(due.folder, analysis)
    assert due.writer.needs_rebuild is None
    due.put(document("danach", "gemeinsam"))
    if due.writer._merge is not None:
        merge_of(due).wait()
    due.writer.tidy()
    due.writer._stop_merge()
    assert found(due.folder) == {"d0", "d2", "danach"}
    assert len([name for name in files(due) if name.endswith(".arrays")]) == due.engine.stats().segments
    assert len([name for name in files(due) if name.endswith(".toc")]) == 1
    assert background_merge.FOLDER not in files(due)


def test_readers_see_whole_commits_while_merges_are_put_into_place(make_index: Callable[..., TestIndex]) -> None:
    """Threads that search while batches are committed and merged see every batch whole, and no errors."""
    index = make_index()
    stop = threading.Event()
    problems: list[object] = []

    def read() -> None:
        last = 0
        while not stop.is_set():
            try:
                total = index.engine.search(SearchRequest(q="gemeinsam")).total
            except Exception as error:
                problems.append(error)
                continue
            if total % 3 or total < last:
                problems.append((last, total))
            last = total

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for batch in range(15):
        index.put(*(document(f"b{batch}-{number}", "gemeinsam") for number in range(3)))
        if batch % 4 == 3 and index.writer._merge is not None:
            merge_of(index).wait()
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(found(index.folder)) == 45
