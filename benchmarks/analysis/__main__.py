"""German analysis on word lists: ``python -m benchmarks.analysis [PART]… [--cache DIR] [--verbose]``."""

from __future__ import annotations

import argparse
import os
import platform
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from analyzers import GermanAnalysis
from benchmarks.analysis import pairs, typos
from benchmarks.collection import DATA
from benchmarks.relevance.engines.ours import OURS, Searchsvc
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
        found = typos.measure(every, ranker.engine, ranker.occurs)
        print(f"\nTyping errors, over {ranker.word_count():,} distinct words\n")
    rows = [["edits", "words", "right first", "%", "median ms"]]
    for edits, outcome in found.by_edits.items():
        numbers = [str(edits), str(outcome.tested), str(outcome.right)]
        rows.append([*numbers, f"{outcome.share:.1%}", f"{outcome.median_ms:.1f}"])
    print_table(rows)
    print(f"Left out: {found.unknown} whose right word is in no document, {found.occurring} that occur as typed.")
    if arguments.verbose:
        for edits, outcome in found.by_edits.items():
            for wrong, right, offered in outcome.wrong:
                print(f"{edits}: {wrong} for {right}, offered {offered}")


PARTS = {"pairs": print_pairs, "typos": print_typos}


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
