"""Words per second and memory of the index side, on real documents, beside other engines' analysis.

Each is measured in a process of its own, so that nothing is warm that should be cold. Cold: the first pass over the
text, with everything loaded that is loaded on first use; warm: the second, when all surface forms are known.
Processor time is counted, not what else runs on the machine.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from analyzers import GermanAnalysis, clean_text, surfaces
from benchmarks.relevance.judged import Collection, text_of

DOCUMENTS = 2_000


@dataclass(frozen=True, slots=True)
class Speed:
    """Words per second of both passes, and megabytes the process had grown by after them."""

    name: str
    words: int
    cold_per_s: float
    warm_per_s: float
    memory_mb: float


def measure(data: Path) -> list[Speed]:
    """Measure all in turn."""
    context = multiprocessing.get_context("spawn")
    results = []
    with NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        words = 0
        for document in islice(Collection("karlsruhe", data).documents(), DOCUMENTS):
            text = clean_text(text_of(document))
            words += len(surfaces(text))
            file.write(json.dumps(text) + "\n")
        file.flush()
        for name in ANALYZERS:
            with context.Pool(1) as pool:
                results.append(pool.apply(_measured, (name, Path(file.name), words)))
    return results


def _measured(name: str, texts: Path, words: int) -> Speed:
    before_mb = _resident_mb()
    started = time.process_time()
    analyze = ANALYZERS[name]()
    seconds = [time.process_time() - started, 0.0]
    for at in (0, 1):
        # Read line by line, so that the texts do not count as memory of the analysis.
        with texts.open(encoding="utf-8") as lines:
            for line in lines:
                text = json.loads(line)
                started = time.process_time()
                analyze(text)
                seconds[at] += time.process_time() - started
    return Speed(name, words, words / seconds[0], words / seconds[1], _resident_mb() - before_mb)


def _resident_mb() -> float:
    """Return the memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _ours() -> Callable[[str], Any]:
    analysis = GermanAnalysis()
    return lambda text: (analysis.index_terms(text), analysis.spanning_stems(text))


def _tantivy() -> Callable[[str], Any]:
    import tantivy

    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
    return words.filter(tantivy.Filter.stemmer("german")).build().analyze


def _stock_whoosh() -> Callable[[str], Any]:
    from whoosh.analysis import LanguageAnalyzer

    analyzer = LanguageAnalyzer("de")
    return lambda text: [token.text for token in analyzer(text)]


ANALYZERS: dict[str, Callable[[], Callable[[str], Any]]] = {
    "searchsvc": _ours,
    "tantivy-german": _tantivy,
    "stock-whoosh": _stock_whoosh,
}
"""Analysis of a cleaned text into terms, by name."""
