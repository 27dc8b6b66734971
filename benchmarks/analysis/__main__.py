"""German analysis on word lists: ``python -m benchmarks.analysis [PART]… [--cache DIR] [--verbose]``."""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from analyzers import GermanAnalysis, fold_word
from analyzers.compounds import parts_and_spans, split
from analyzers.stemming import make_stemmer
from benchmarks.analysis import compound_peers, compounds, pairs, speed, stems, typos
from benchmarks.collection import DATA
from benchmarks.peers import available
from benchmarks.relevance.engines.ours import OURS, STEMMER_VARIANTS, Searchsvc
from benchmarks.relevance.judged import Collection
from benchmarks.relevance.report import print_table
from benchmarks.relevance.runs import Workplace


def print_pairs(arguments: argparse.Namespace) -> None:
    """Print how many pairs each engine gets right."""
    every = pairs.read_pairs(arguments.data / "words" / "pairs.tsv")
    failed = pairs.measure(every, GermanAnalysis())
    rows = [["engine", "right", "of", "missed", "false"]]
    for name, wrong in failed.items():
        missed = sum(pair.must_match for pair in wrong)
        rows.append([name, str(len(every) - len(wrong)), str(len(every)), str(missed), str(len(wrong) - missed)])
    print("\nPairs of query and snippet\n")
    print_table(rows)
    for name, wrong in failed.items():
        if name.startswith("searchsvc") or arguments.verbose:
            for pair in wrong:
                print(f"{name}: {'misses' if pair.must_match else 'false'}: {pair.query!r} {pair.snippet!r} {pair.why}")


def print_typos(arguments: argparse.Namespace) -> None:
    """Print how often the right word is offered first."""
    every = typos.read_typos(arguments.data / "words" / "typos.txt")
    with ExitStack() as stack:
        folder = arguments.cache or Path(stack.enter_context(TemporaryDirectory(prefix="analysis-")))
        collection = Collection("karlsruhe", arguments.data)
        ranker = Searchsvc(OURS, collection)
        Workplace(folder).opened(ranker, collection)
        found = typos.measure(every, ranker.engine, ranker.analysis, ranker.snapshot)
        print(f"\nTyping errors, over {ranker.word_count():,} distinct words\n")
    rows = [["edits", "words", "right first", "right stem found", "median ms"]]
    for edits, outcome in found.by_edits.items():
        shares = [f"{count / outcome.tested:.1%}" for count in (outcome.right, outcome.same_stem)]
        rows.append([str(edits), str(outcome.tested), *shares, f"{outcome.median_ms:.1f}"])
    print_table(rows)
    print(f"Left out: {found.unknown} whose right word is in no document, {found.occurring} that occur as typed.")
    if arguments.verbose:
        for edits, outcome in found.by_edits.items():
            for wrong, right, suggested in outcome.wrong:
                print(f"{edits}: {wrong} for {right}, suggested {suggested}")


def print_compounds(arguments: argparse.Namespace) -> None:
    """Print precision and recall on parts, and the words that were split but must not be."""
    words = arguments.data / "words"
    lists = {
        "compounds-council": compounds.read_council(words / "compounds-council.txt"),
        "compounds-jws": compounds.read_segmented(words / "compounds-jws.txt"),
        "no-split": compounds.read_whole(words / "no-split.txt"),
    }
    peers = {
        "Elasticsearch dictionary_decompounder (ported)": compound_peers.ported_decompounder,
        "tantivy split_compound": compound_peers.tantivy_split_compound,
    }
    splitters: dict[str, compounds.Splitter] = {
        "searchsvc, parts in the index": parts_and_spans,
        "searchsvc, smallest parts": split,
        **available(peers, lambda name: peers[name]()),
    }
    snowball = make_stemmer("pystemmer")

    def stem(word: str) -> str:
        return snowball(fold_word(word))

    print("\nCompounds\n")
    rows = [["splitter", "list", "words", "exact", "precision", "recall", "split though whole", "words/s"]]
    details = []
    for name, splitter in splitters.items():
        splitter("Rathaus")  # loads what is loaded on first use
        for list_name, every in lists.items():
            started = time.perf_counter()
            for compound in every:
                splitter(compound.word)
            per_s = len(every) / (time.perf_counter() - started)
            with_parts = [compound for compound in every if compound.parts]
            without = [compound for compound in every if not compound.parts]
            result = compounds.evaluate(with_parts, splitter, stem)
            wrongly = compounds.false_splits(without, splitter, stem)
            numbers = [f"{result.exactness:.3f}", f"{result.precision:.3f}", f"{result.recall:.3f}"]
            share = f"{len(wrongly)} of {len(without)} ({len(wrongly) / len(without):.1%})" if without else "-"
            # The smallest parts are remembered from the splitter before.
            speed_ = "-" if name.endswith("smallest parts") else f"{per_s:,.0f}"
            rows.append([name, list_name, str(len(every)), *(numbers if with_parts else "---"), share, speed_])
            if name.startswith("searchsvc"):
                details += [f"{name}, {list_name}: {word}, missed {m}, wrong {w}" for word, m, w in result.wrong]
                details += [f"{name}, {list_name}: split {word}" for word in wrongly]
    print_table(rows)
    if arguments.verbose:
        print("\n".join(details))


def print_stems(arguments: argparse.Namespace) -> None:
    """Print how stems agree with gold clusters of forms."""
    clusters = stems.read_clusters(arguments.data / "words" / "stem-clusters-cistem1.txt.xz")
    print(f"\nStem clusters, {sum(map(len, clusters)):,} forms in {len(clusters):,} clusters\n")
    rows = [["stems", "precision", "recall", "B3-F1", "forms/s"]]
    for variant in (OURS, *STEMMER_VARIANTS):
        analysis = GermanAnalysis(**variant.analysis)
        started = time.perf_counter()
        result = stems.b_cubed(clusters, _stem_of(analysis))
        per_s = sum(map(len, clusters)) / (time.perf_counter() - started)
        numbers = [f"{result.precision:.3f}", f"{result.recall:.3f}", f"{result.f1:.3f}"]
        rows.append([variant.name, *numbers, f"{per_s:,.0f}"])
    print_table(rows)


def _stem_of(analysis: GermanAnalysis) -> Callable[[str], str]:
    return lambda form: analysis.form(form)[1]


def print_speed(arguments: argparse.Namespace) -> None:
    """Print words per second and memory."""
    print("\nAnalysis of documents\n")
    rows = [["analysis", "words", "cold words/s", "warm words/s", "memory MB"]]
    for speed_ in speed.measure(arguments.data):
        numbers = [f"{speed_.words:,}", f"{speed_.cold_per_s:,.0f}", f"{speed_.warm_per_s:,.0f}"]
        rows.append([speed_.name, *numbers, f"{speed_.memory_mb:.0f}"])
    print_table(rows)


PARTS = {
    "pairs": print_pairs,
    "compounds": print_compounds,
    "stems": print_stems,
    "typos": print_typos,
    "speed": print_speed,
}


def main() -> None:
    """Print the parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}; all if none is given")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with words/, karlsruhe/ (default: %(default)s)")
    parser.add_argument("--cache", type=Path, help="folder that keeps the index between runs")
    parser.add_argument("--verbose", action="store_true", help="also list what went wrong")
    arguments = parser.parse_args()
    if unknown := set(arguments.part) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    print(f"{datetime.now(UTC).date()}, {platform.machine()}, {os.cpu_count()} processors")
    for name in arguments.part or PARTS:
        PARTS[name](arguments)


if __name__ == "__main__":
    main()
