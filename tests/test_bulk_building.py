"""Building in worker processes: the same index, the same errors, nothing left behind."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from analyzers import GermanAnalysis
from index.building import bulk_building
from index.building.bulk_building import build
from index.building.processes import BuildingProcesses
from index.contract import Change, Document, IndexStorageError, Kommune, Paper, SearchRequest
from index.whoosh import WhooshEngine, WhooshIndexWriter
from tests.fixtures_index import TestIndex, document

WORDS = ("Radweg", "Radwege", "Haus", "Häuser", "Brücke", "Steuer", "Räte", "Rat", "Beschluss", "Beschlüsse")


def documents(count: int) -> list[Document]:
    """Return documents that differ, with words of several forms."""
    return [
        document(
            f"d{number}",
            pages=(" ".join(WORDS[(number * step) % len(WORDS)] for step in range(1, 40)), f"Seite {number}"),
            kommune=Kommune(f"k{number % 7}", f"Kommune {number % 7}"),
            date=date(2020, 1, 1) + timedelta(days=number),
        )
        for number in range(count)
    ]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut a few documents into many chunks and several segments."""
    monkeypatch.setattr(bulk_building, "CHUNK_CHARS", 10_000)
    monkeypatch.setattr(bulk_building, "MAX_SEGMENT_WORDS", 2_000)


def answers(folder: Path) -> list[object]:
    """Return what searches of an index find."""
    engine = WhooshEngine.open(folder, GermanAnalysis())
    requests = [SearchRequest(q=q, per_page=100) for q in (*WORDS, '"Radweg Haus"', "Seite 17", "", "Rad*")]
    results = [engine.search(request) for request in requests]
    engine.close()
    return [
        (result.total, result.facets, [(hit.id, hit.score, hit.snippets) for hit in result.hits]) for result in results
    ]


def test_worker_processes_build_the_same_index(tmp_path: Path, analysis: GermanAnalysis) -> None:
    """One process or three: the same documents, scores, facets and snippets, in one segment."""
    for processes in (1, 3):
        writer = WhooshIndexWriter.open(tmp_path / str(processes), analysis, processes=processes)
        counted: list[int] = []
        writer.rebuild(documents(150), change_number=1, progress=counted.append)
        writer.close()
        assert counted == list(range(1, 151))
        assert len(list((tmp_path / str(processes)).glob("gen-*/*.arrays"))) == 1
    assert answers(tmp_path / "1") == answers(tmp_path / "3")


def test_a_few_documents_are_built_in_this_process(
    tmp_path: Path, analysis: GermanAnalysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No process is started for what one does at once."""
    monkeypatch.delattr(bulk_building, "BuildingProcesses")
    assert len(build(tmp_path, documents(3), analysis, 4, consolidate=False).segments) == 1
    assert build(tmp_path, [], analysis, 4, consolidate=True).segments == ()


def test_documents_reach_other_processes_as_they_are() -> None:
    """All values survive pickling, those of parts of a document too."""
    whole = document(
        "d", kommune=Kommune("k", "Köln", "05315000"), paper=Paper("p", "Vorlage", "1/2", None), date=date(2020, 1, 2)
    )
    assert pickle.loads(pickle.dumps(whole)) == whole


@pytest.mark.parametrize("processes", [1, 2])
def test_documents_that_cannot_be_indexed_are_left_out_and_named(
    tmp_path: Path, analysis: GermanAnalysis, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    """Whatever step fails, in whichever process: one pass tells all that were left out, and has all others."""
    some = documents(120)
    some[0] = Document(id="seite", title="x", pages=(b"no text",))  # type: ignore[arg-type]
    some[50] = Document(id="titel", title=7, pages=("Radweg",))  # type: ignore[arg-type]
    some[119] = Document(id="letzte", title="x", pages=(None,))  # type: ignore[arg-type]
    monkeypatch.setattr(bulk_building, "_chunks", lambda found: iter([list(found)[:60], list(found)[60:]]))
    built = build(tmp_path, some, analysis, processes, consolidate=True)
    assert {one.document_id for one in built.rejected} == {"seite", "titel", "letzte"}
    assert all(one.reason for one in built.rejected)
    assert sum(segment.live_count for segment in built.segments) == 117


@pytest.mark.parametrize("step", ["spanning_terms", "form"])
def test_a_fault_of_the_analysis_costs_only_its_document(
    make_index: Callable[..., TestIndex], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A document is not found when one of its words cannot be analysed, in no state of it; others with it are."""
    index = make_index(document("a", "Gift Radweg"))
    real = getattr(GermanAnalysis, step)

    def failing(self: GermanAnalysis, text: str) -> object:
        if "Gift" in text:
            raise ValueError("cannot digest this")
        return real(self, text)

    monkeypatch.setattr(GermanAnalysis, step, failing)
    changes = [Change(2, "a", document("a", "Gift Radweg")), Change(3, "b", document("b", "Radweg"))]
    (rejection,) = index.writer.apply(changes)
    assert (rejection.document_id, rejection.reason) == ("a", "ValueError: cannot digest this")
    assert [hit.id for hit in index.engine.search(SearchRequest(q="Radweg")).hits] == ["b"]
    assert index.engine.stats().documents == 1
    assert index.writer.apply([Change(4, "c", document("c", "Gift"))])
    assert index.engine.state().applied_change == 4


@pytest.mark.parametrize("processes", [1, 2])
def test_a_folder_that_cannot_be_written_is_an_error_of_storage(
    tmp_path: Path, analysis: GermanAnalysis, processes: int
) -> None:
    """What the operating system refuses a worker process arrives as what it is."""
    with pytest.raises(OSError, match="nowhere"):
        build(tmp_path / "nowhere", documents(120), analysis, processes, consolidate=True)


def test_a_killed_worker_process_is_an_error_that_says_so(tmp_path: Path, analysis: GermanAnalysis) -> None:
    """A process that the operating system kills, for want of memory, ends the build with a reason."""

    def killing() -> Iterator[Document]:
        for number, one in enumerate(documents(200)):
            if number == 150:
                children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
                for child in children:
                    if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text():
                        os.kill(int(child), signal.SIGKILL)
            yield one

    with pytest.raises(IndexStorageError, match="was killed"):
        build(tmp_path, killing(), analysis, 2, consolidate=True)


@pytest.mark.parametrize("killed", [0, 1])
def test_whichever_process_is_killed_nobody_waits_for_it(tmp_path: Path, analysis: GermanAnalysis, killed: int) -> None:
    """A process may be killed while it holds what the others need to go on."""
    with BuildingProcesses(2, tmp_path, analysis, 1_000) as processes:
        processes.start(b"")
        processes.add(documents(1))
        os.kill(processes._processes[killed].pid or 0, signal.SIGKILL)
        with pytest.raises(IndexStorageError, match="was killed"):
            processes.segments()


BUILDING = """
import sys, time
from pathlib import Path
from analyzers import GermanAnalysis
from index.building import bulk_building
from index.contract import Document
from index.whoosh import WhooshIndexWriter

def endless():
    for number in range(1_000_000):
        if number > 400:
            print("building", flush=True)
            time.sleep(0.05)
        yield Document(id=f"d{number}", title="x", pages=("Radweg " * 100,))

if __name__ == "__main__":
    bulk_building.CHUNK_CHARS = 10_000
    writer = WhooshIndexWriter.open(Path(sys.argv[1]), GermanAnalysis(), processes=2)
    writer.rebuild(endless(), change_number=1)
"""


def test_worker_processes_end_with_a_killed_writer(tmp_path: Path, analysis: GermanAnalysis) -> None:
    """After a kill no process is left, and the next writer clears up what was being built."""
    script = tmp_path / "building.py"
    script.write_text(BUILDING)
    with subprocess.Popen([sys.executable, script, str(tmp_path / "x")], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "building\n"
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert len(children) >= 2
        process.kill()
    assert _eventually(lambda: not any(map(_is_running, children)))
    writer = WhooshIndexWriter.open(tmp_path / "x", analysis, processes=1)
    writer.rebuild(documents(2), change_number=1)
    writer.close()
    assert [path.name for path in (tmp_path / "x").iterdir() if path.is_dir()] == ["gen-000001"]


def _is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
