"""Generations, damage, locks and crashes: the last commit is always readable, and nothing serves half an index."""

from __future__ import annotations

import gc
import os
import random
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzers import GermanAnalysis
from index.building import bulk_building, merge_policy, merging, segment_builder
from index.contract import (
    Change,
    FacetName,
    IndexDamaged,
    IndexLocked,
    IndexStorageError,
    IndexUnavailable,
    SearchRequest,
)
from index.segments import array_file
from index.whoosh import WhooshEngine, WhooshIndexWriter, generations, toc
from index.whoosh.generations import Generations
from tests.fixtures_index import TestIndex, document


def total(index: TestIndex, q: str = "") -> int:
    return index.engine.search(SearchRequest(q=q)).total


def generation_of(index: TestIndex) -> Path:
    return Generations(index.folder).current()


def test_missing_index_is_unavailable_and_says_what_to_do(tmp_path: Path, analysis: GermanAnalysis) -> None:
    """Without an index a search is refused, never answered with no hits."""
    engine = WhooshEngine.open(tmp_path / "index", analysis)
    with pytest.raises(IndexUnavailable, match="the worker builds it"):
        engine.search(SearchRequest())
    state = engine.state()
    assert not state.ready
    assert "the worker builds it" in (state.reason or "")


def test_empty_index_is_ready(make_index: Callable[..., TestIndex]) -> None:
    """Zero documents is a valid collection."""
    index = make_index()
    assert index.engine.state().ready
    assert total(index) == 0
    assert index.engine.stats().documents == 0
    assert list(index.engine.suggest("rad")) == []


def test_rebuild_replaces_everything_and_keeps_serving(council: TestIndex) -> None:
    """A rebuild switches from the old to the new documents at once; the old generation serves until then."""
    seen: list[int] = []
    documents = [document("neu", "Sporthalle"), document("neuer", "Freibad")]
    council.writer.rebuild(documents, change_number=99, progress=lambda _: seen.append(total(council)))
    assert seen == [5, 5]
    assert total(council) == 2
    assert council.engine.state().applied_change == council.writer.applied_change == 99
    assert len(list(council.folder.glob("gen-*"))) == 1


def test_statistics_are_of_one_generation_whatever_is_switched_meanwhile(council: TestIndex) -> None:
    """Who asks for the state of the index while it is built anew again and again always gets one that was true."""
    states = {number: 1 + number % 3 for number in range(100, 130)}
    wrong: list[object] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                stats = council.engine.stats()
            except Exception as error:
                wrong.append(error)
                return
            told = (stats.documents, sum(count for _, count in stats.documents_by_kommune))
            if stats.applied_change in states and told != (states[stats.applied_change],) * 2:
                wrong.append(stats)
            if stats.size_bytes <= 0:
                wrong.append(stats)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    for number, count in states.items():
        council.writer.rebuild([document(f"d{one}", "Freibad") for one in range(count)], change_number=number)
    stop.set()
    for thread in asking:
        thread.join()
    assert wrong == []


def test_rebuild_of_many_words_ends_in_one_segment(
    make_index: Callable[..., TestIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A collection that does not fit into memory is written in parts, which are then merged up to a limit."""
    monkeypatch.setattr(bulk_building, "CHUNK_CHARS", 60)
    monkeypatch.setattr(bulk_building, "MAX_SEGMENT_WORDS", 6)
    index = make_index()
    documents = [document(f"d{number}", f"Wort{number} gemeinsam heute") for number in range(30)]
    index.writer.rebuild(documents, change_number=30)
    assert index.engine.stats().segments == 1
    assert total(index, "gemeinsam") == 30
    monkeypatch.setattr(merge_policy, "MAX_MERGED_DOCUMENTS", 12)
    index.writer.rebuild(documents, change_number=30)
    assert index.engine.stats().segments == 3
    assert [total(index, f"Wort{number}") for number in range(30)] == [1] * 30


def test_failed_rebuild_leaves_the_old_generation_serving(council: TestIndex, analysis: GermanAnalysis) -> None:
    """A rebuild that dies half-way changes nothing, and the next one clears up behind it."""

    def failing() -> object:
        yield document("neu", "Sporthalle")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        council.writer.rebuild(failing(), change_number=99)  # type: ignore[arg-type]
    assert total(council) == 5
    council.writer.close()
    council.writer = WhooshIndexWriter.open(council.folder, analysis)
    assert council.writer.needs_rebuild is None
    council.writer.rebuild([], change_number=100)
    assert not list(council.folder.glob("*.building"))


def test_other_analysis_needs_a_rebuild(council: TestIndex) -> None:
    """An index built with another stemmer keeps serving, with a warning, until it is built anew."""
    other = GermanAnalysis(stemmer="none")
    engine = WhooshEngine.open(council.folder, other)
    result = engine.search(SearchRequest(q="Römerstraße", exact=True))
    assert result.total == 1
    assert [warning.code for warning in result.warnings] == ["index_outdated"]
    council.writer.close()
    writer = WhooshIndexWriter.open(council.folder, other)
    assert writer.needs_rebuild is not None
    assert "analysis has changed" in writer.needs_rebuild
    with pytest.raises(IndexUnavailable):
        writer.apply([Change(1, "x", None)])
    writer.rebuild([document("x", "Häuser")], change_number=1)
    result = engine.search(SearchRequest(q="Häuser"))
    assert (result.total, result.warnings) == (1, ())
    council.writer = writer


def test_other_schema_is_unavailable_until_the_rebuild(council: TestIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index in a format of another version cannot be searched, and says so."""
    monkeypatch.setattr(generations, "SCHEMA_VERSION", 99)
    with pytest.raises(IndexUnavailable, match="this program needs 99"):
        WhooshEngine.open(council.folder, GermanAnalysis()).search(SearchRequest())


@pytest.mark.parametrize("damage", ["truncate", "garble", "delete"])
def test_an_idle_writer_notices_damage(council: TestIndex, damage: str) -> None:
    """A writer that is only asked whether all is well finds files that others have damaged."""
    assert council.writer.needs_rebuild is None
    (path, *_) = generation_of(council).glob("*.arrays")
    if damage == "garble":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(bytes(content))
    else:
        _damage(path, damage)
    assert "has to be built anew" in (council.writer.needs_rebuild or "") or "is damaged" in (
        council.writer.needs_rebuild or ""
    )
    council.writer.rebuild([document("x", "Rettung")], change_number=1)
    assert total(council, "Rettung") == 1


def test_second_writer_is_refused(council: TestIndex, analysis: GermanAnalysis) -> None:
    """Only one process writes; the second is told so."""
    with pytest.raises(IndexLocked, match="only one worker may run"):
        WhooshIndexWriter.open(council.folder, analysis)


@pytest.mark.parametrize("pattern", ["CURRENT", "gen-*/MANIFEST.json", "gen-*/APPLIED.json", "gen-*/_MAIN_*.toc"])
@pytest.mark.parametrize("damage", ["truncate", "garble", "delete"])
def test_damaged_control_files_are_reported(
    council: TestIndex, analysis: GermanAnalysis, pattern: str, damage: str
) -> None:
    """Damage to any control file is an error that names the file and the way out, and a reason to rebuild."""
    (path,) = council.folder.glob(pattern)
    _damage(path, damage)
    with pytest.raises(IndexUnavailable, match=r"the worker builds it|has to be built anew"):
        WhooshEngine.open(council.folder, analysis).search(SearchRequest())
    council.writer.close()
    council.writer = WhooshIndexWriter.open(council.folder, analysis)
    assert council.writer.needs_rebuild
    council.writer.rebuild([document("x", "Rettung")], change_number=1)
    assert total(council, "Rettung") == 1


@pytest.mark.parametrize("damage", ["truncate", "garble", "delete"])
def test_damaged_segments_are_reported(council: TestIndex, analysis: GermanAnalysis, damage: str) -> None:
    """Truncated, overwritten or missing segments end in the same clear error."""
    for path in generation_of(council).glob("*.arrays"):
        _damage(path, damage)
    engine = WhooshEngine.open(council.folder, analysis)
    with pytest.raises(IndexDamaged, match="has to be built anew"):
        engine.search(SearchRequest(q="Radweg OR Hundesteuer OR Integrationszentrum"))


def _damage(path: Path, how: str) -> None:
    if how == "delete":
        path.unlink()
    elif how == "truncate":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    else:
        path.write_bytes(b"\x00\xff garbled \xfe" * 3)


def test_reader_keeps_its_snapshot(council: TestIndex) -> None:
    """A snapshot opened before commits, merges and a rebuild gives the same answers as before."""
    council.engine.search(SearchRequest())
    view = council.engine._following.current().view
    before = [segment.document_id(doc) for segment in view.snapshot.segments for doc in range(segment.doc_count)]
    for number in range(12):
        council.put(document(f"neu{number}", "Radweg"))
    council.delete("radweg")
    council.writer.rebuild([], change_number=1000)
    after = [segment.document_id(doc) for segment in view.snapshot.segments for doc in range(segment.doc_count)]
    assert after == before
    assert total(council) == 0


def test_merges_keep_everything(make_index: Callable[..., TestIndex]) -> None:
    """Many small commits stay few segments, and no document, date or value is lost in merges."""
    documents = [document(f"d{number}", f"Wort{number} gemeinsam", date=None) for number in range(40)]
    index = make_index(*documents, split=True)
    assert index.engine.stats().segments < 15
    assert total(index, "gemeinsam") == 40
    assert all(total(index, f"Wort{number}") == 1 for number in range(40))


def test_concurrent_readers_see_whole_commits(make_index: Callable[..., TestIndex]) -> None:
    """Threads that search while batches of three are committed see multiples of three, and no errors."""
    index = make_index()
    stop = threading.Event()
    problems: list[object] = []

    def read() -> None:
        while not stop.is_set():
            try:
                result = index.engine.search(SearchRequest(q="gemeinsam"))
                if result.total % 3 or (result.total and not result.hits):
                    problems.append(result.total)
            except Exception as error:
                problems.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for batch in range(20):
        index.put(*(document(f"b{batch}-{number}", "gemeinsam") for number in range(3)))
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert total(index, "gemeinsam") == 60


KILLED_WRITER = """
import sys
from pathlib import Path
from analyzers import GermanAnalysis
from index.contract import Change, Document
from index.whoosh import WhooshIndexWriter

writer = WhooshIndexWriter.open(Path(sys.argv[1]), GermanAnalysis())
number = writer.applied_change
while True:
    number += 1
    document = Document(id=f"d{number}", title=f"Nummer {number}", pages=("gemeinsam",))
    writer.apply([Change(number, document.id, document)])
    print(number, flush=True)
"""


@pytest.mark.parametrize("milliseconds", [3, 17, 40, 71, 110])
def test_killed_writer_loses_no_commit(make_index: Callable[..., TestIndex], milliseconds: int) -> None:
    """A writer killed at any moment leaves every commit it reported, readable by an open and by a new reader."""
    index = make_index()
    index.writer.close()
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_WRITER, str(index.folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        threading.Event().wait(milliseconds / 1000)
        os.kill(process.pid, signal.SIGKILL)
        reported = [int(line) for line in [first, *process.stdout]]
    assert index.engine.state().applied_change >= reported[-1]
    assert total(index, "gemeinsam") >= reported[-1]
    index.writer = WhooshIndexWriter.open(index.folder, GermanAnalysis())
    assert index.writer.needs_rebuild is None
    index.put(document("danach", "gemeinsam"))
    assert total(index, "gemeinsam") > reported[-1]


# Whoosh leaves the files it could not finish to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_full_disk_keeps_the_last_commit(council: TestIndex) -> None:
    """When the operating system refuses to write, nothing of the batch is visible, and the next batch works."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))
    try:
        with pytest.raises(IndexStorageError, match="cannot write the index"):
            council.put(document("gross", " ".join(f"wort{number}" for number in range(5_000))))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert total(council) == 5
    council.put(document("klein", "Sporthalle"))
    assert total(council, "Sporthalle") == 1


def test_segments_never_share_a_name(make_index: Callable[..., TestIndex]) -> None:
    """Names of files do not depend on random numbers that a program seeds, so no mapped file is ever overwritten."""
    index = make_index()
    for number in range(3):
        random.seed(7)
        index.put(document(f"d{number}", "gemeinsam"))
    assert total(index, "gemeinsam") == 3
    assert len(list(generation_of(index).glob("*.arrays"))) == 3


class Crash(BaseException):
    """Ends a commit like a kill would: nothing after it runs, not even handlers of errors."""


@pytest.mark.parametrize(
    ("owner", "step", "visible"),
    [
        (segment_builder.SegmentBuilder, "write", False),
        (array_file.ArrayFileWriter, "add", False),
        (array_file.ArrayFileWriter, "close", False),
        (merging, "write_segment", False),
        (toc.TOC, "write", False),
        (toc, "clean_files", True),
        (generations.Generations, "write_applied", True),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # files of the crashed writer
def test_a_crash_at_any_step_of_a_commit_leaves_a_whole_one(
    make_index: Callable[..., TestIndex],
    analysis: GermanAnalysis,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    step: str,
    visible: bool,
) -> None:
    """New readers see the last commit or the new one, never a part; the next writer applies the batch again."""
    monkeypatch.setattr(merge_policy, "TIER_FACTOR", 2)
    index = make_index(document("a", "gemeinsam"), document("b", "gemeinsam"), split=True)

    def crash(*_: object, **__: object) -> None:
        raise Crash

    batch = [Change(3, "a", None), Change(4, "c", document("c", "gemeinsam"))]
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, crash)
        with pytest.raises(Crash):
            index.writer.apply(batch)
    for engine in (index.engine, WhooshEngine.open(index.folder, analysis)):
        found = {hit.id for hit in engine.search(SearchRequest(q="gemeinsam")).hits}
        # An open reader looks for a new commit only when it is announced, which comes last.
        assert found in ([{"b", "c"}, {"a", "b"}] if visible else [{"a", "b"}])
    index.writer.close()
    index.writer = WhooshIndexWriter.open(index.folder, analysis)
    assert index.writer.needs_rebuild is None
    assert index.writer.applied_change == 2
    index.writer.apply(batch)
    assert {hit.id for hit in index.engine.search(SearchRequest(q="gemeinsam")).hits} == {"b", "c"}


def test_a_snapshot_is_let_go_with_its_last_search(make_index: Callable[..., TestIndex]) -> None:
    """Nothing of a search refers to itself, so files of an old commit are closed at once, not when Python looks."""
    index = make_index(document("a", "Radweg Haushalt " * 20), document("b", "Radweg am Rathaus"))
    gc.collect()
    gc.disable()
    try:
        for q in (
            "radweg haushalt",
            '"Radweg am"',
            "rad* rathauss~",
            "Radwge",
            "wo ist der Radweg am Haushalt",
            "-rathaus",
        ):
            index.engine.search(SearchRequest(q=q, facets=tuple(FacetName), explain=True))
        index.engine.similar("a")
        view = index.engine._following.current().view
        snapshot, segment = weakref.ref(view.snapshot), weakref.ref(view.snapshot.segments[0].data)
        del view
        index.engine.close()
        assert (snapshot(), segment()) == (None, None)
    finally:
        gc.enable()
