"""``searchsvc batch``: a file of queries in, a file with counts and first hits out, asked of a running service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from searchsvc.cli.common import counted, fail
from searchsvc.cli.query_files import Query, ResultFile, UnusableFile, read_queries
from searchsvc.client import ApiError, Client, SearchResult, SearchServiceError
from searchsvc.shown import shown_text

AT_ONCE = 20
"""Searches of one request."""
MAX_HITS = 20
HIT_COLUMNS = ("id", "title", "kommune", "date", "url")
COLUMNS = ("row", "id", "q", "total", "total_all_words", "did_you_mean", "error")


@click.command()
@click.argument("queries", metavar="QUERIES.csv", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where the service is.")
@click.option(
    "--key-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File with the API key or token, where reading needs one.",
)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where results go [QUERIES.results.csv]."
)
@click.option(
    "--hits", type=click.IntRange(0, MAX_HITS), default=3, show_default=True, help="First hits of each query."
)
@click.option("--restart", is_flag=True, help="Begin again instead of going on where the file of results ends.")
def batch(queries: Path, url: str, key_file: Path | None, output: Path | None, hits: int, restart: bool) -> None:
    """Search for each line of a CSV file and write counts and first hits into another one.

    What is written already is not asked again, so a run that was stopped goes on when it is started again.
    """
    target = output or queries.with_suffix(".results.csv")
    if target.resolve() == queries.resolve():
        raise click.UsageError("results would replace the queries; name another --output")
    columns = (*COLUMNS, *(f"hit{place}_{name}" for place in range(1, hits + 1) for name in HIT_COLUMNS))
    try:
        read = read_queries(queries)
        results = ResultFile(target, columns, read.separator)
        done = results.resume(read.queries, restart=restart)
    except UnusableFile as error:
        raise click.UsageError(str(error)) from None
    if done:
        click.echo(f"{counted(done, 'result')} there already", err=True)
    key = key_file.read_text(encoding="utf-8").strip() if key_file else None
    refused = 0
    with Client(url, api_key=key) as client:
        for start in range(done, len(read.queries), AT_ONCE):
            portion = read.queries[start : start + AT_ONCE]
            try:
                found = client.msearch([_search(query, hits) for query in portion])
            except SearchServiceError as error:
                fail(f"stopped after {counted(done, 'query') if done == 1 else f'{done:,} queries'}: {error}")
                fail("start it again to go on from there")
                raise click.exceptions.Exit(1) from None
            results.append(_rows(portion, found, hits))
            for query, result in zip(portion, found, strict=True):
                if isinstance(result, ApiError):
                    refused += 1
                    fail(f"query {query.number}: {result.message}")
            done += len(portion)
    click.echo(f"{shown_text(str(target))}: {done:,} results, {refused:,} refused")
    if refused:
        raise click.exceptions.Exit(1)


def _search(query: Query, hits: int) -> Mapping[str, Any]:
    wanted = {"facets": [], "highlight": False, "per_page": max(1, hits)}
    return {**query.parameters, **wanted}


def _rows(queries: Sequence[Query], found: Sequence[SearchResult | ApiError], hits: int) -> Iterator[Sequence[object]]:
    for query, result in zip(queries, found, strict=True):
        start: list[object] = [query.number, query.label, query.q]
        if isinstance(result, ApiError):
            yield [*start, "", "", "", result.message, *[""] * (hits * len(HIT_COLUMNS))]
            continue
        cells: list[object] = []
        for hit in result.hits[:hits]:
            name = hit.kommune.name if hit.kommune else None
            cells += [hit.id, hit.title, name, hit.date, hit.links.get("html")]
        cells += [""] * (hits * len(HIT_COLUMNS) - len(cells))
        better = result.did_you_mean.q if result.did_you_mean else None
        yield [*start, result.total, result.total_all_words, better, "", *cells]
