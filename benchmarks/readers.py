"""Both libraries that read PDFs side by side, each alone, on real and hostile files: ``python -m benchmarks.readers``.

Each file is read in a limited process, as in an import, but without the other library as fallback and without text
recognition. Time is that of the processor, so other work on the machine matters little.
"""

from __future__ import annotations

import argparse
import platform
import resource
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import text_quality
from benchmarks.collection import DATA
from searchsvc.documents.text import has_word
from searchsvc.errors import UnreadableFile
from searchsvc.ingest import Extraction, FileLimits, FileReader
from searchsvc.ingest.extraction import check_file
from searchsvc.ingest.pool import _read_in_process, _Unreadable

Reader = Callable[[Path, FileLimits], Extraction]


@dataclass(frozen=True)
class Reading:
    """One file read by one library: what came of it, the processor's time and the most memory of the process so far."""

    found: Extraction | _Unreadable
    seconds: float = 0.0
    peak_mb: float = 0.0


@dataclass
class Sum:
    """What a library made of a folder."""

    files: int = 0
    read: int = 0
    pages: int = 0
    pages_with_text: int = 0
    characters: int = 0
    seconds: float = 0.0
    peak_mb: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)

    def add(self, reading: Reading) -> None:
        """Count one file."""
        self.files += 1
        self.seconds += reading.seconds
        self.peak_mb = max(self.peak_mb, reading.peak_mb)
        if isinstance(reading.found, _Unreadable):
            self.failures[reading.found.kind] += 1
            return
        self.read += 1
        self.pages += reading.found.page_count
        self.pages_with_text += sum(map(has_word, reading.found.pages))
        self.characters += sum(map(len, reading.found.pages))


def measured(reader: Reader, path: Path, limits: FileLimits) -> Reading:
    """Read a file in this process."""
    start = time.process_time()
    found = _read_in_process(reader, path, limits)
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Reading(found, time.process_time() - start, peak_kb / 1000)


def readings(reader: Reader, paths: list[Path]) -> Iterator[Reading]:
    """Read files in limited processes and yield what came of each, in order."""
    limits = FileLimits()
    with FileReader(limits) as extractor, ThreadPoolExecutor(extractor.processes) as threads:

        def read(path: Path) -> Reading:
            try:
                check_file(path, limits)
            except UnreadableFile as error:
                return Reading(_Unreadable(error.kind, error.message))
            found = extractor._schedule(measured, reader, path, limits, timeout_s=limits.timeout_s)
            if isinstance(found, Reading):
                return found
            return Reading(found, limits.timeout_s if found.kind == "timeout" else 0.0)

        yield from threads.map(read, paths)


def real_files(folder: Path) -> None:
    """Print what each library makes of each folder."""
    print("\n| folder | reader | files | read | pages | with text | characters | ms/page | peak MB | failures |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---|")
    for part in sorted(path for path in folder.iterdir() if path.is_dir()):
        paths = sorted(part.glob("*.pdf"))
        for name, reader in text_quality.READERS.items():
            found = Sum()
            for reading in readings(reader, paths):
                found.add(reading)
            failures = ", ".join(f"{kind} {count}" for kind, count in sorted(found.failures.items()))
            print(
                f"| {part.name} | {name} | {found.files} | {found.read} | {found.pages:,} | {found.pages_with_text:,} "
                f"| {found.characters:,} | {1000 * found.seconds / max(found.pages, 1):.1f} | {found.peak_mb:,.0f} "
                f"| {failures} |",
                flush=True,
            )


def known_texts() -> None:
    """Print how many words each library loses of texts that are known."""
    texts = text_quality.paragraphs() * 3
    lost: dict[str, Counter[str]] = defaultdict(Counter)
    words = 0
    with tempfile.TemporaryDirectory() as folder:
        for layout in text_quality.LAYOUTS:
            path = Path(folder) / "text.pdf"
            truth = text_quality.draw(path, layout, texts)
            words += truth.words.total()
            for name, reader in text_quality.READERS.items():
                pages = reader(path, FileLimits()).pages
                lost[name]["as read"] += text_quality.lost(truth, list(pages))
                lost[name]["after clean-up"] += text_quality.lost(truth, text_quality.clean_pages(pages))
    print(f"\n{words:,} known words in {len(text_quality.LAYOUTS)} layouts")
    print("\n| reader | lost as read | lost after clean-up |")
    print("|---|---:|---:|")
    for name, counts in lost.items():
        print(f"| {name} | {counts['as read'] / words:.2%} | {counts['after clean-up'] / words:.2%} |")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=DATA / "pdf", help="folders of PDFs")
    arguments = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}")
    real_files(arguments.folder)
    known_texts()


if __name__ == "__main__":
    main()
