"""Figures on real council documents: ``python -m benchmarks.real_collection [--folder DIR] [--json OUT]``.

Ingests the real collection and the PDF folders of Köln and Erlangen through the command line, builds the index, and
times thirty searches a citizen, a journalist or a clerk would make, in this process, with facets and snippets: first
call and median of the following. With ``--folder`` an earlier run's data is used again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analyzers import GermanAnalysis
from benchmarks.collection import DATA, PDF_FOLDERS, documents
from index.contract import SearchRequest
from index.whoosh import WhooshEngine

QUERIES = (
    "Hundesteuer",
    "Wie hoch ist die Hundesteuer in Karlsruhe?",
    "Integrationszentrum",
    "Kommunales Integrationszentrum Rhein-Erft-Kreis",
    "Intergrationszentrum",
    "2019/1010",
    "nr:DS0401/08",
    "Radverkehr Durlach",
    "Friedhofsgebühren",
    "Stechmückenbekämpfung",
    "Auslauf für Hunde",
    "Kongreßzentrum Stadthalle",
    "Was kostet die Sanierung der Badnerlandhalle?",
    "warum werden die Platanen in der Kaiserstraße gefällt",
    '"Untere Hub"',
    "Bebauungsplan Neureut",
    "titel:Klimaschutzkonzept",
    "Kita* Wettersbach",
    "Schulhof Begrünung",
    "Feuerwehr kommune:Magdeburg",
    "Spielplatz datum:2020..2022",
    "Wohngeld",
    "ÖPNV Nachtverkehr",
    "Straßenbahn Linie 2",
    "OB-Wahl",
    "Stadtteilbeirat Büchenbach",
    "Haushaltsplanentwurf Köln Rede",
    "Oper Sanierung kommune:Köln",
    "Photovoltaik -Stadthalle",
    "",
)


def run(command: list[str], environment: dict[str, str]) -> float:
    """Run a command and return the seconds it took; its failure is ours."""
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=True)
    return time.perf_counter() - started


def fill(folder: Path) -> dict[str, float]:
    """Ingest everything into ``folder`` and build the index; return the seconds of each step."""
    environment = {**os.environ, "SEARCHSVC_DATA_DIR": str(folder), "SEARCHSVC_SAMPLE": "0"}
    searchsvc = str(Path(sys.executable).with_name("searchsvc"))
    lines = folder / "collection.ndjson"
    folder.mkdir(parents=True, exist_ok=True)
    with lines.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in documents())
    seconds = {"ingest of NDJSON": run([searchsvc, "ingest", str(lines)], environment)}
    lines.unlink()
    for name, kommune in PDF_FOLDERS.items():
        command = [searchsvc, "ingest", str(DATA / "pdf" / name), "--kommune", kommune]
        seconds[f"ingest of PDFs, {kommune}"] = run(command, environment)
    seconds["index build"] = run([searchsvc, "rebuild"], environment)
    return seconds


def measure(folder: Path, repeats: int = 7) -> dict[str, Any]:
    """Open the index in ``folder`` and time the queries; milliseconds."""
    analysis = GermanAnalysis()
    started = time.perf_counter()
    engine = WhooshEngine.open(folder / "index", analysis)
    engine.search(SearchRequest(q="Rathaus"))
    opened_ms = (time.perf_counter() - started) * 1000
    rows = []
    for q in QUERIES:
        took = []
        for _ in range(repeats):
            result = engine.search(SearchRequest(q=q))
            took.append(result.took_ms)
        without = [engine.search(SearchRequest(q=q, highlight=False)).took_ms for _ in range(repeats)]
        rows.append(
            {
                "q": q,
                "total": result.total,
                "relaxed": result.relaxed,
                "did_you_mean": result.did_you_mean.q if result.did_you_mean else None,
                "first_ms": took[0],
                "median_ms": statistics.median(took[1:]),
                "without_snippets_ms": statistics.median(without),
                "best": result.hits[0].title if result.hits else None,
            }
        )
    stats = engine.stats()
    return {
        "documents": stats.documents,
        "documents_by_kommune": {
            kommune.name if kommune else "-": count for kommune, count in stats.documents_by_kommune
        },
        "index_bytes": stats.size_bytes,
        "open_to_first_answer_ms": opened_ms,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "queries": rows,
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="data folder; made if missing, used again if filled")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        seconds = {} if (folder / "index" / "CURRENT").exists() else fill(folder)
        figures = measure(folder)
    figures["seconds"] = seconds
    figures["machine"] = f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    figures["date"] = datetime.now(UTC).date().isoformat()
    _print(figures)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")


def _print(figures: dict[str, Any]) -> None:
    print(f"{figures['date']}, {figures['machine']}")
    for step, took in figures["seconds"].items():
        print(f"{step}: {took:.1f} s")
    print(f"{figures['documents']:,} documents: {figures['documents_by_kommune']}")
    print(f"index: {figures['index_bytes'] / 2**20:.0f} MiB")
    print(f"opening to first answer: {figures['open_to_first_answer_ms']:.0f} ms")
    print(f"peak memory of this process: {figures['peak_memory_mb']:.0f} MB")
    print("| query | hits | first ms | median ms | no snippets ms | best hit |")
    print("|---|---:|---:|---:|---:|---|")
    for row in figures["queries"]:
        note = " (relaxed)" if row["relaxed"] else ""
        note += f" → {row['did_you_mean']}" if row["did_you_mean"] else ""
        print(
            f"| {row['q'] or '(all)'}{note} | {row['total']:,} | {row['first_ms']:.1f} | {row['median_ms']:.1f} "
            f"| {row['without_snippets_ms']:.2f} | {row['best'] or ''} |"
        )
    for name in ("first_ms", "median_ms", "without_snippets_ms"):
        values = sorted(row[name] for row in figures["queries"])
        middle, mean = statistics.median(values), statistics.mean(values)
        print(f"{name}: median {middle:.1f}, mean {mean:.1f}, worst {values[-1]:.1f}")


if __name__ == "__main__":
    main()
