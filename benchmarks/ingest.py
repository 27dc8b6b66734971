"""How fast, how well and how steadily PDFs are imported: ``python -m benchmarks.ingest [speed|text|memory|outcomes]``.

- ``speed``: the whole pipeline beside one and two plain processes of each library, on the same files, in turn.
- ``text``: words lost in PDFs of known text, by layout, and both libraries side by side on real PDFs.
- ``memory``: many documents, 10,000 unless told otherwise; memory must not grow.
- ``outcomes``: what becomes of each file of a folder of odd, broken and hostile ones, and what is left behind.

Without a name all of them run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import text_quality
from benchmarks.collection import DATA, read_lines
from benchmarks.process_group import Watched, watch
from searchsvc.ingest import FileLimits
from searchsvc.store import checksum_of

FOLDERS = ("koeln", "erlangen", "badboll", "bundesgesetze")
ROUNDS = 3
MANY = 10_000

_PLAIN = {
    "pypdf": """
from pypdf import PdfReader
def read(path):
    reader = PdfReader(path)
    if reader.is_encrypted:
        reader.decrypt("")
    return sum(1 for page in reader.pages if page.extract_text() is not None)
""",
    "pypdfium2": """
from pypdfium2 import PdfDocument
def read(path):
    with PdfDocument(path) as document:
        return sum(1 for page in document if page.get_textpage().get_text_bounded() is not None)
""",
}
_PLAIN_MAIN = """
import json, logging, sys, time
logging.disable(logging.CRITICAL)
paths = open(sys.argv[1]).read().splitlines()
start = time.perf_counter()
print(json.dumps({"pages": sum(map(read, paths)), "seconds": time.perf_counter() - start}))
"""
_SEVERAL = """
import json, subprocess, sys
running = [subprocess.Popen([sys.executable, "-W", "ignore", "-c", sys.argv[1], listing], stdout=subprocess.PIPE)
           for listing in sys.argv[2:]]
done = [json.loads(process.communicate()[0]) for process in running]
print(json.dumps({"pages": sum(one["pages"] for one in done), "seconds": max(one["seconds"] for one in done)}))
"""
_PIPELINE = """
import json, sys, time
from pathlib import Path
from searchsvc.ingest import FileReader, Pipeline, plan_sources
from searchsvc.settings import load_settings
from searchsvc.store import Store
if __name__ == "__main__":
    settings = load_settings()
    with Store.open(settings) as store:
        store.migrate()
        start = time.perf_counter()
        plan = plan_sources([Path(line) for line in open(sys.argv[1]).read().splitlines()])
        with FileReader.from_settings(settings, processes=0) as extractor:
            report = Pipeline(store, extractor).run(plan.items(max_line_bytes=50_000_000))
        seconds = time.perf_counter() - start
    counts = {"pages": report.pages, "documents": report.items, "failed": len(report.failed)}
    print(json.dumps(counts | {"seconds": seconds}))
"""


def speed(folder: Path, rounds: int) -> None:
    """Compare the pipeline with plain processes of the libraries: one, and two as the most that could be reached.

    Each run stands beside that of one pypdf process in the same round, so that other work on the machine hits both.
    """
    load = os.getloadavg()[0]
    paths = [path for name in FOLDERS for path in sorted((folder / name).glob("*.pdf"))]
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        listing = _listing(Path(name) / "files.txt", paths)
        # Large and small files are spread evenly, as a pool would do it.
        by_size = sorted(paths, key=lambda path: path.stat().st_size)
        halves = [_listing(Path(name) / f"half-{start}.txt", by_size[start::2]) for start in (0, 1)]
        for number in range(rounds):
            for library in _PLAIN:
                rows[f"one {library} process"].append(_plain(library, listing))
                rows[f"two {library} processes"].append(_plain(library, *halves))
                rows[f"pipeline, {library}"].append(_pipeline(library, listing, Path(name) / f"{library}-{number}"))
    bases = rows["one pypdf process"]
    print(
        f"\n{len(paths)} files, {bases[0]['pages']:,} pages; medians of {rounds} rounds; load before them {load:.1f}\n"
    )
    print(
        "| | seconds | pages/s | documents/s | of one pypdf process | processor ms/page | by processor time | peak MB |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for label, runs in rows.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        faster, cheaper = (
            statistics.median(base[key] / run[key] for base, run in zip(bases, runs, strict=True))
            for key in ("seconds", "processor")
        )
        processor_ms = 1000 * middle["processor"] / middle["pages"]
        processors = 1 if label.startswith("one") else 2
        print(
            f"| {label} | {middle['seconds']:.1f} | {middle['pages'] / middle['seconds']:,.0f} "
            f"| {len(paths) / middle['seconds']:,.1f} | {faster:.2f} | {processor_ms:.1f} "
            f"| {cheaper * processors:.2f} | {middle['peak']:,.0f} |"
        )


def _listing(path: Path, files: Sequence[Path]) -> Path:
    path.write_text("\n".join(map(str, files)))
    return path


def _plain(library: str, *listings: Path) -> dict[str, float]:
    program = _PLAIN[library] + _PLAIN_MAIN
    done = watch([sys.executable, "-c", _SEVERAL, program, *map(str, listings)])
    return {**json.loads(done.output), "processor": done.processor_seconds, "peak": done.peak_mb}


def _pipeline(library: str, listing: Path, data: Path) -> dict[str, float]:
    program = listing.with_name("pipeline.py")
    program.write_text(_PIPELINE)
    done = watch(
        [sys.executable, str(program), str(listing)],
        SEARCHSVC_DATA_DIR=str(data),
        SEARCHSVC_PDF_LIBRARY=library,
        SEARCHSVC_OCR="off",
        SEARCHSVC_LOG_LEVEL="error",
        PYTHONPATH=".",
    )
    return {**json.loads(done.output), "processor": done.processor_seconds, "peak": done.peak_mb}


def text(folder: Path) -> None:
    """Print words lost, and how the libraries compare where nobody knows the text."""
    print()
    text_quality.main()
    known = _vocabulary()
    print("\n| PDFs | library | words | known words | words only it has |")
    print("|---|---|---:|---:|---:|")
    for name in FOLDERS:
        words = {library: Counter[str]() for library in text_quality.READERS}
        for path in sorted((folder / name).glob("*.pdf")):
            for library, reader in text_quality.READERS.items():
                pages = text_quality.clean_pages(reader(path, FileLimits()).pages)
                words[library].update(word for page in pages for word in text_quality.words_of(page) if word.isalpha())
        for library, other in (("pypdf", "pypdfium2"), ("pypdfium2", "pypdf")):
            own = words[library]
            in_list = sum(count for word, count in own.items() if word in known)
            alone = sum((own - words[other]).values())
            print(f"| {name} | {library} | {own.total():,} | {in_list / own.total():.2%} | {alone / own.total():.2%} |")


def _vocabulary() -> set[str]:
    """Return the words that come at least three times in the texts of a city, which another tool extracted."""
    counts: Counter[str] = Counter()
    for record in read_lines(DATA / "karlsruhe" / "files.jsonl.xz"):
        counts.update(set(text_quality.words_of(record.get("text") or "")))
    return {word for word, count in counts.items() if count >= 3}


def memory(documents: int) -> None:
    """Import many small documents and print the memory in use on the way."""
    with tempfile.TemporaryDirectory() as name:
        files, data = Path(name) / "files", Path(name) / "data"
        files.mkdir()
        texts = text_quality.paragraphs()
        for number in range(documents):
            (files / f"{number:05}.pdf").write_bytes(_small_pdf(number, texts[number % len(texts)]))
        listing = Path(name) / "files.txt"
        listing.write_text(str(files))
        program = Path(name) / "pipeline.py"
        program.write_text(_PIPELINE)
        done = watch(
            [sys.executable, str(program), str(listing)],
            sample=lambda: _stored(data),
            SEARCHSVC_DATA_DIR=str(data),
            SEARCHSVC_OCR="off",
            SEARCHSVC_LOG_LEVEL="error",
            PYTHONPATH=".",
        )
    result = json.loads(done.output)
    print(f"\n{result['documents']:,} documents in {result['seconds']:.0f} s, {result['failed']} failed")
    print("\n| documents stored | memory of all processes, MB (median) | (most) |")
    print("|---:|---:|---:|")
    for start in range(0, documents, documents // 10):
        part = [memory_mb for stored, memory_mb in done.samples if start < stored <= start + documents // 10]
        if part:
            print(f"| {start:,} to {start + documents // 10:,} | {statistics.median(part):,.0f} | {max(part):,.0f} |")


def _stored(data: Path) -> float:
    try:
        with sqlite3.connect(f"file:{data}/searchsvc.db?mode=ro", uri=True) as connection:
            return float(connection.execute("SELECT last_change FROM state").fetchone()[0])
    except sqlite3.Error:
        return 0.0


def _small_pdf(number: int, words: str) -> bytes:
    plain = f"Nummer {number}: {words}".translate(str.maketrans("", "", "()\\"))
    shown = " ".join(f"({line}) Tj T*" for line in plain.split(". "))
    stream = f"BT /F1 10 Tf 12 TL 50 800 Td {shown} ET".encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    content, offsets = b"%PDF-1.4\n", []
    for place, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (place, body)
    start = len(content)
    content += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return content + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


def outcomes(folder: Path) -> None:
    """Import all files of a folder by the command and print what became of them."""
    with tempfile.TemporaryDirectory() as name:
        start = time.perf_counter()
        done = watch(
            [sys.executable, "-m", "searchsvc", "ingest", str(folder)],
            SEARCHSVC_DATA_DIR=name,
            SEARCHSVC_LOG_LEVEL="error",
        )
        seconds = time.perf_counter() - start
        with sqlite3.connect(Path(name) / "searchsvc.db") as connection:
            failed = dict(connection.execute("SELECT item, kind FROM failures"))
            found = connection.execute("SELECT original_sha256, metadata FROM documents WHERE NOT deleted")
            quality = {checksum: json.loads(metadata)["text_quality"] for checksum, metadata in found}
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted(folder.glob("*/*.pdf")):
        outcome = failed.get(str(path)) or quality.get(checksum_of(path)) or "nothing"
        table[path.parent.name][outcome] += 1
    _print_outcomes(table)
    print(f"\n{done.output.strip()}; {seconds:.0f} s, exit code {done.exit_code}")
    print(_left_behind(done))


def _print_outcomes(table: dict[str, Counter[str]]) -> None:
    order = ["digital", "ocr", "empty"]
    kinds = order + sorted({kind for counts in table.values() for kind in counts} - set(order))
    print("\n| folder | files | " + " | ".join(kinds) + " |")
    print("|---|---:|" + "---:|" * len(kinds))
    for name, counts in (*table.items(), ("all", sum(table.values(), Counter()))):
        print(f"| {name} | {counts.total()} | " + " | ".join(str(counts[kind] or "") for kind in kinds) + " |")


def _left_behind(done: Watched) -> str:
    return (
        f"peak memory {done.peak_mb:,.0f} MB in at most {done.most_processes} processes; "
        f"left behind: {done.left_processes} processes, {done.left_files} temporary files"
    )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help="speed, text, memory, outcomes; without a name all")
    parser.add_argument("--folder", type=Path, default=DATA / "pdf", help="folders of PDFs")
    parser.add_argument("--documents", type=int, default=MANY, help="how many documents memory is measured with")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often speed is measured")
    arguments = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}")
    wanted = arguments.what or ["speed", "text", "memory", "outcomes"]
    if "speed" in wanted:
        speed(arguments.folder, arguments.rounds)
    if "text" in wanted:
        text(arguments.folder)
    if "memory" in wanted:
        memory(arguments.documents)
    if "outcomes" in wanted:
        outcomes(arguments.folder)


if __name__ == "__main__":
    main()
