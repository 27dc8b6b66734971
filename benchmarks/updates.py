"""Small commits while merges go on beside them: ``python -m benchmarks.updates --corpus FILE.jsonl[.xz]``.

Builds an index of ``--docs`` documents, then commits batches of 1 to 100 documents one after the other, half of them
replacing documents that are there. Prints how long commits took, and how long until a reader found the last document.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

from analyzers import GermanAnalysis
from benchmarks.engines.ours import as_document
from benchmarks.engines.work import read_corpus
from index.contract import Change, SearchRequest
from index.whoosh import WhooshEngine, WhooshIndexWriter

BATCH_SIZES = (1, 10, 100)


def main() -> None:
    """Build, commit and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--docs", type=int, default=100_000)
    parser.add_argument("--batches", type=int, default=300)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--index", type=Path, help="keep the index here; what is there is used instead of building it")
    arguments = parser.parse_args()
    folder = arguments.index or Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        measure(folder, arguments.corpus, arguments.docs, arguments.batches, arguments.processes)
    finally:
        if arguments.index is None:
            shutil.rmtree(folder)


def measure(folder: Path, corpus: Path, docs: int, batches: int, processes: int) -> None:
    """Build an index in ``folder``, commit batches, and print how long they took."""
    analysis = GermanAnalysis()
    writer = WhooshIndexWriter.open(folder, analysis, processes=processes)
    if writer.needs_rebuild:
        started = time.perf_counter()
        writer.rebuild(map(as_document, read_corpus(corpus, docs)), change_number=0)
        print(f"{docs:,} documents built in {time.perf_counter() - started:.1f} s")
    engine = WhooshEngine.open(folder, analysis)
    engine.search(SearchRequest(q="Gesetz"))
    chosen = random.Random(1)
    new = iter([as_document(source) for source in islice(read_corpus(corpus, None), 100 * batches)])
    commits: dict[int, list[float]] = {size: [] for size in BATCH_SIZES}
    visible: dict[int, list[float]] = {size: [] for size in BATCH_SIZES}
    first = number = writer.applied_change
    for batch in range(batches):
        size = BATCH_SIZES[batch % len(BATCH_SIZES)]
        changes = []
        for document in islice(new, size):
            number += 1
            document_id = document.id if chosen.random() < 0.5 else f"neu-{number}"
            changes.append(Change(number, document_id, replace(document, id=document_id)))
        started = time.perf_counter()
        writer.apply(changes)
        commits[size].append((time.perf_counter() - started) * 1000)
        engine.search(SearchRequest(q="Gesetz"))
        visible[size].append((time.perf_counter() - started) * 1000)
    print(f"{batches} commits, {number - first:,} documents; {engine.stats().segments} segments at the end")
    print("| documents per commit | commit ms, median | worst | with the first search on it, median | worst |")
    print("|---:|---:|---:|---:|---:|")
    for size in BATCH_SIZES:
        cells = (statistics.median(commits[size]), max(commits[size]))
        cells += (statistics.median(visible[size]), max(visible[size]))
        print(f"| {size} | {' | '.join(f'{cell:.0f}' for cell in cells)} |")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak {peak_mb:.0f} MB, largest child process {child_mb:.0f} MB")
    engine.close()
    writer.close()


if __name__ == "__main__":
    main()
