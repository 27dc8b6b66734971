"""Tables of runs, in Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.relevance.judged import JudgedSet
from benchmarks.relevance.metrics import paired_difference
from benchmarks.relevance.runs import Run

Table = list[list[str]]


def summary(runs: Sequence[Run], judged: JudgedSet) -> Table:
    """Return one row per engine with its means and times."""
    rows = [["engine", "nDCG@10", "recall@50", "MRR", "unjudged@10", "ms mean", "median"]]
    for run in runs:
        times = [ranking.ms for ranking in run.rankings.values()]
        unjudged = sum(scores.unjudged for scores in run.scores.values())
        means = [f"{run.mean(measure):.3f}" for measure in ("ndcg", "recall", "reciprocal_rank")]
        times_ms = [f"{statistics.mean(times):.1f}", f"{statistics.median(times):.1f}"]
        rows.append([run.engine, *means, str(unjudged) if judged.has_complete_judgements else "-", *times_ms])
    return rows


def differences(run: Run, others: Sequence[Run]) -> Table:
    """Compare a run's nDCG@10, query by query, with each of the others."""
    rows = [["against", "mean difference", "95 % interval", "p", "better", "worse"]]
    for other in others:
        difference = paired_difference(ndcg_values(run), ndcg_values(other))
        rows.append(
            [
                other.engine,
                f"{difference.mean:+.3f}",
                f"{difference.low:+.3f} … {difference.high:+.3f}",
                f"{difference.p:.4f}",
                str(difference.wins),
                str(difference.losses),
            ]
        )
    return rows


def ablation_differences(whole: Run, ablated: Sequence[Run]) -> Table:
    """Compare variants with the whole chain: what each change adds (costs, if negative)."""
    rows = [["changed", "mean difference", "95 % interval", "p", "better", "worse"]]
    return rows + [[other.engine, *differences(other, [whole])[1][1:]] for other in ablated]


def per_query(runs: Sequence[Run], judged: JudgedSet) -> Table:
    """Return nDCG@10 of each query by engine, and the unjudged documents of the first."""
    rows = [["query", "text", "kind", *(run.engine for run in runs), "recall@50", "unjudged@10"]]
    for query in judged.queries:
        first = runs[0].scores[query.id]
        values = [f"{run.scores[query.id].ndcg:.3f}" for run in runs]
        rows.append([query.id, query.text, query.kind, *values, f"{first.recall:.3f}", str(first.unjudged)])
    return rows


def shown(run: Run, judged: JudgedSet) -> str:
    """Return the ten best documents of each query with their grades; "-" where nobody judged."""
    lines = []
    for query in judged.queries:
        grades = judged.grades[query.id]
        lines.append(f"{query.id} {query.text}: nDCG@10 {run.scores[query.id].ndcg:.3f}")
        for rank, document in enumerate(run.rankings[query.id].ids[:10], start=1):
            lines.append(f"  {rank:2} {grades.get(document, '-')} {document}")
    return "\n".join(lines)


def as_json(runs: Sequence[Run], judged: JudgedSet) -> dict[str, Any]:
    """Return everything measured on a set."""
    return {
        "set": judged.name,
        "queries": len(judged.queries),
        "engines": [
            {
                "name": run.engine,
                "settings": dict(run.settings),
                "ndcg_at_10": run.mean("ndcg"),
                "recall_at_50": run.mean("recall"),
                "mrr": run.mean("reciprocal_rank"),
                "median_ms": statistics.median(ranking.ms for ranking in run.rankings.values()),
                "by_query": {
                    query_id: {
                        "ndcg": scores.ndcg,
                        "recall": scores.recall,
                        "reciprocal_rank": scores.reciprocal_rank,
                        "unjudged": scores.unjudged,
                        "ms": run.rankings[query_id].ms,
                    }
                    for query_id, scores in run.scores.items()
                },
            }
            for run in runs
        ],
    }


def ndcg_values(run: Run) -> list[float]:
    """Return nDCG@10 by query, in the set's order."""
    return [scores.ndcg for scores in run.scores.values()]


def print_table(rows: Table) -> None:
    """Print rows as a Markdown table; the first is its head."""
    numeric = [all(row[at][:1] in "0123456789+-" for row in rows[1:]) for at in range(len(rows[0]))]
    print(f"| {' | '.join(rows[0])} |")
    print(f"|{'|'.join('---:' if right else '---' for right in numeric)}|")
    for row in rows[1:]:
        print(f"| {' | '.join(row)} |")
    print()
