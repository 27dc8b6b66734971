"""Faceted full-text search side by side: ``python -m benchmarks.engine --corpus FILE.jsonl[.xz] --queries FILE.json``.

Every engine gets the same documents and stems and must return the same matches: the ten best and exact counts by
Kommune and year, for all words (AND) and for any (OR), warm. Each runs in a process of its own, one thread, one after
the other on the same machine; then two processes at once answer the same queries for some seconds.

The corpus is read into memory before a build begins. Ours analyses raw text in ``--processes`` processes, and so does
``tantivy-german`` in as many threads. The other peers' are given stems, and the time that making these took is taken
off theirs. Stock Whoosh answers a sample. Memory is counted without the corpus; the peak of several processes is the
sum of their peaks, which is more than there was at any time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.engines.work import Engine, Source, Tokens, read_corpus
from benchmarks.peers import available

NAMES = ("searchsvc", "tantivy", "tantivy-german", "sqlite-fts5", "xapian", "stock-whoosh")
REPEATS = 5
SAMPLED = {"stock-whoosh": 12}
READERS = 2
READING_S = 4.0


def make(name: str, processes: int) -> Engine:
    """Return an engine by name; its library is loaded only now."""
    if name == "searchsvc":
        from benchmarks.engines.ours import Searchsvc

        return Searchsvc(processes)
    if name.startswith("tantivy"):
        from benchmarks.engines.tantivy_peer import Tantivy, TantivyGerman

        return TantivyGerman(processes) if name == "tantivy-german" else Tantivy()
    if name == "xapian":
        from benchmarks.engines.xapian_peer import Xapian

        return Xapian()
    if name == "sqlite-fts5":
        from benchmarks.engines.sqlite_peer import SqliteFts5

        return SqliteFts5()
    from benchmarks.engines.stock_whoosh import StockWhoosh

    return StockWhoosh()


def measure(name: str, corpus: Path, queries: Path, limit: int | None, folder: Path, processes: int) -> dict[str, Any]:
    """Build, open and query one engine; return its figures (seconds, milliseconds, bytes)."""
    engine = make(name, processes)
    figures: dict[str, Any] = {"name": name}
    documents = list(read_corpus(corpus, limit))
    figures["documents"] = len(documents)
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.perf_counter()
    engine.build(folder, iter(documents))
    figures["build_s"] = time.perf_counter() - started - engine.tokens.seconds
    del documents
    figures["index_bytes"] = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    own, children = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    figures["build_peak_mb"] = own - before_mb + (children * processes if processes > 1 else 0)
    started = time.perf_counter()
    engine.open(folder)
    wanted = _terms(queries)[: SAMPLED.get(name)]
    engine.search(wanted[0], every=True)
    figures["open_ms"] = (time.perf_counter() - started) * 1000
    for mode, every in (("and", True), ("or", False)):
        medians, totals = [], []
        for terms in wanted:
            answer = engine.search(terms, every=every)
            assert sum(answer.years.values()) == sum(answer.kommunen.values()) == answer.total, (name, terms)
            totals.append(answer.total)
            took = []
            for _ in range(1 if name in SAMPLED else REPEATS):
                started = time.perf_counter()
                engine.search(terms, every=every)
                took.append((time.perf_counter() - started) * 1000)
            medians.append(statistics.median(took))
        figures[mode] = {
            "mean_ms": statistics.mean(medians),
            "median_ms": statistics.median(medians),
            "p99_ms": sorted(medians)[int(len(medians) * 0.99)],
            "matches": totals,
        }
    new = [
        Source(f"neu-{number}", "Neue Satzung", "Ein neuer Text " * 50, "Kommune001", "2024-01-01")
        for number in range(10)
    ]
    started = time.perf_counter()
    engine.update(folder, new)
    figures["update_10_ms"] = (time.perf_counter() - started) * 1000
    return figures


def read(name: str, queries: Path, folder: Path) -> dict[str, float]:
    """Answer queries for some seconds; return how many per second, for AND and OR."""
    engine = make(name, 1)
    engine.open(folder)
    wanted = _terms(queries)[: SAMPLED.get(name)]
    rates = {}
    for mode, every in (("and", True), ("or", False)):
        engine.search(wanted[0], every=every)
        count, started = 0, time.perf_counter()
        while (took := time.perf_counter() - started) < READING_S:
            engine.search(wanted[count % len(wanted)], every=every)
            count += 1
        rates[mode] = count / took
    return rates


def _terms(queries: Path) -> list[list[str]]:
    tokens = Tokens()
    wanted = [list(dict.fromkeys(tokens.of(q))) for q in json.loads(queries.read_text(encoding="utf-8"))]
    return [terms for terms in wanted if terms]


def main() -> None:
    """Measure all engines and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--docs", type=int, help="documents; beyond the corpus it is repeated with changed words")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--engines", default=",".join(NAMES), help="which, separated by commas")
    parser.add_argument("--processes", type=int, default=2, help="of our build, threads of tantivy-german's")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        if arguments.read:
            print(json.dumps(read(arguments.only, arguments.queries, arguments.folder)))
            return
        figures = measure(
            arguments.only,
            arguments.corpus,
            arguments.queries,
            arguments.docs,
            arguments.folder,
            arguments.processes,
        )
        print(json.dumps(figures))
        return
    rows = []
    for name in available(arguments.engines.split(","), lambda name: make(name, 1)):
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        try:
            (row,) = _in_processes(1, name, folder / "index")
            rates = _in_processes(READERS, name, folder / "index", "--read")
            row["per_s"] = {mode: sum(rate[mode] for rate in rates) for mode in ("and", "or")}
            rows.append(row)
        finally:
            shutil.rmtree(folder)
        print(f"{name} done", file=sys.stderr)
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "engines": rows,
    }
    _print(result)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


def _in_processes(count: int, name: str, folder: Path, *options: str) -> list[dict[str, Any]]:
    """Run the same work in processes of its own, all at once, and return what each printed."""
    command = [sys.executable, "-m", "benchmarks.engine", *sys.argv[1:], "--only", name, "--folder", str(folder)]
    running = [subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) for _ in range(count)]
    printed = [process.communicate()[0] for process in running]
    for process in running:
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
    return [json.loads(text) for text in printed]


def _print(result: dict[str, Any]) -> None:
    rows = result["engines"]
    print(f"{result['date']}, {result['machine']}, one thread, {rows[0]['documents']:,} documents, ms per query")
    print(
        "| engine | AND mean | median | p99 | OR mean | median | p99 | 2 processes AND/s | OR/s "
        "| build s | index MB | peak MB | open | +10 |"
    )
    print("|---|" + "---:|" * 13)
    keys = ("mean_ms", "median_ms", "p99_ms")
    for row in rows:
        cells = [row["name"], *(f"{row[mode][key]:.3f}" for mode in ("and", "or") for key in keys)]
        cells += [f"{row['per_s']['and']:,.0f}", f"{row['per_s']['or']:,.0f}"]
        cells += [f"{row['build_s']:.1f}", f"{row['index_bytes'] / 1e6:.0f}", f"{row['build_peak_mb']:.0f}"]
        cells += [f"{row['open_ms']:.0f}", f"{row['update_10_ms']:.0f}"]
        print(f"| {' | '.join(cells)} |")
    for row in rows[1:]:
        for mode in ("and", "or"):
            pairs = list(zip(rows[0][mode]["matches"], row[mode]["matches"], strict=False))
            different = sum(ours != theirs for ours, theirs in pairs)
            print(f"{row['name']}, {mode.upper()}: matches differ in {different} of {len(pairs)} queries")


if __name__ == "__main__":
    main()
