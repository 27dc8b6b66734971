"""Relevance on judged queries: ``python -m benchmarks.relevance [--set NAME]… [--engine NAME]… [--ablations]``.

nDCG@10 (linear gain), recall@50 and mean reciprocal rank (of the first document with the best grade) for our engine and
for others in the same run, on the same documents. ``--cache`` keeps the peers' rankings and all indexes for the next
run, keyed by their settings and the data; ours is ranked anew each time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.collection import DATA
from benchmarks.peers import available
from benchmarks.relevance import report
from benchmarks.relevance.engines import PEERS, make_peer
from benchmarks.relevance.engines.ours import ABLATIONS, OURS, Searchsvc
from benchmarks.relevance.judged import SETS, Collection, JudgedSet, Query, read_set
from benchmarks.relevance.runs import Run, Workplace

ENGINES = (OURS.name, *PEERS)


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    sets = [
        read_set(arguments.data, name, as_given=arguments.as_given).sampled(arguments.sample)
        for name in arguments.set or SETS
    ]
    results = []
    with ExitStack() as stack:
        folder = arguments.cache or Path(stack.enter_context(TemporaryDirectory(prefix="relevance-")))
        workplace = Workplace(folder)
        print(f"{datetime.now(UTC).date()}, {platform.machine()}, {os.cpu_count()} processors")
        if arguments.show:
            _show(arguments.show, sets, workplace, arguments.data)
            return
        for judged in sets:
            collection = Collection(judged.collection, arguments.data)
            runs = _runs(arguments.engine or ENGINES, judged, collection, workplace)
            _print_runs(runs, judged, per_query=arguments.per_query)
            if arguments.ablations:
                ablated = [
                    workplace.run(Searchsvc(variant, collection), judged, collection, remember=False)
                    for variant in ABLATIONS
                ]
                ours = workplace.run(Searchsvc(OURS, collection), judged, collection, remember=False)
                print("Switched off, against the whole chain (negative: it costs that much)\n")
                report.print_table(report.summary([ours, *ablated], judged))
                report.print_table(report.ablation_differences(ours, ablated))
                runs += ablated
            results.append(report.as_json(runs, judged))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, ensure_ascii=False, indent=1), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="append", choices=SETS, help="which queries; all sets if not given")
    parser.add_argument("--engine", action="append", choices=ENGINES, help="which engines; all if not given")
    parser.add_argument("--ablations", action="store_true", help="also ours with each filter switched off")
    parser.add_argument("--per-query", action="store_true", help="also nDCG@10 of each query")
    parser.add_argument("--show", nargs="+", metavar="QUERY", help="only print the ten best of these, with grades")
    parser.add_argument("--as-given", action="store_true", help="without the judgements in benchmarks/relevance")
    parser.add_argument("--sample", type=int, metavar="N", help="at most so many queries of each set, always the same")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with eval/, karlsruhe/ (default: %(default)s)")
    parser.add_argument("--cache", type=Path, help="folder that keeps indexes and the peers' rankings")
    parser.add_argument("--json", type=Path, help="also write everything here")
    return parser.parse_args()


def _runs(names: Sequence[str], judged: JudgedSet, collection: Collection, workplace: Workplace) -> list[Run]:
    runs = []
    peers = available([name for name in names if name != OURS.name], make_peer)
    for name in names:
        if name == OURS.name:
            runs.append(workplace.run(Searchsvc(OURS, collection), judged, collection, remember=False))
        elif name in peers:
            runs.append(workplace.run(peers[name], judged, collection, remember=True))
        else:
            continue
        print(f"{judged.name}: {name} done", file=sys.stderr)
    return runs


def _print_runs(runs: list[Run], judged: JudgedSet, *, per_query: bool) -> None:
    print(f"\n{judged.name}, {len(judged.queries):,} queries\n")
    report.print_table(report.summary(runs, judged))
    peers = [run for run in runs if run.engine in PEERS]
    if peers and runs[0].engine not in PEERS:
        peers.sort(key=lambda run: -run.mean("ndcg"))
        print(f"nDCG@10 of {runs[0].engine}, query by query\n")
        report.print_table(report.differences(runs[0], peers))
    if per_query:
        report.print_table(report.per_query(runs, judged))


def _show(wanted: list[str], sets: list[JudgedSet], workplace: Workplace, data: Path) -> None:
    """Print the ten best documents of queries, given by id or text; of any text, if it is in no set."""
    found = {query.text for judged in sets for query in judged.queries if {query.id, query.text} & set(wanted)}
    found |= {query.id for judged in sets for query in judged.queries if query.text in found}
    for judged in sets:
        chosen = tuple(query for query in judged.queries if {query.id, query.text} & set(wanted))
        _print_best(judged, chosen, workplace, data)
    unknown = tuple(Query(text, text) for text in wanted if text not in found)
    if unknown:
        _print_best(
            JudgedSet("unjudged", "karlsruhe", unknown, {query.id: {} for query in unknown}), unknown, workplace, data
        )


def _print_best(judged: JudgedSet, queries: tuple[Query, ...], workplace: Workplace, data: Path) -> None:
    if queries:
        chosen = JudgedSet(judged.name, judged.collection, queries, judged.grades)
        collection = Collection(judged.collection, data)
        print(report.shown(workplace.run(Searchsvc(OURS, collection), chosen, collection, remember=False), chosen))


if __name__ == "__main__":
    main()
