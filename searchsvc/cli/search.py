"""``searchsvc search`` and ``searchsvc analyze``: asking the index and the analysis directly."""

from __future__ import annotations

import html
import re
from datetime import date, datetime

import click

from index.contract import FacetName, Hit, SearchRequest, SearchResult, Sort
from searchsvc.cli.common import counted, with_settings
from searchsvc.indexing.engines import open_analysis, open_engine
from searchsvc.settings import Settings

_TAG = re.compile(r"</?mark>")
_DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("query")
@click.option("--kommune", multiple=True, metavar="NAME", help="Only this Kommune: id, name or AGS. Repeatable.")
@click.option("--date-from", type=_DATE, metavar="DATE", help="Not before this day (YYYY-MM-DD).")
@click.option("--date-to", type=_DATE, metavar="DATE", help="Not after this day.")
@click.option("--paper-type", multiple=True, metavar="TYPE", help="Only this type of Vorgang. Repeatable.")
@click.option("--organization", multiple=True, metavar="NAME", help="Only this Gremium. Repeatable.")
@click.option("--sort", type=click.Choice([order.value for order in Sort]), default="relevance", show_default=True)
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--per-page", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option("--exact", is_flag=True, help="Words as written: no other forms of a word.")
@click.option("--all-words", is_flag=True, help="Only documents that have all words.")
@click.option("--json", "as_json", is_flag=True, help="Print what the HTTP interface answers.")
@with_settings
def search(
    settings: Settings,
    query: str,
    kommune: tuple[str, ...],
    date_from: datetime | None,
    date_to: datetime | None,
    paper_type: tuple[str, ...],
    organization: tuple[str, ...],
    sort: str,
    page: int,
    per_page: int,
    exact: bool,
    all_words: bool,
    as_json: bool,
) -> None:
    """Search the index of the data folder."""
    request = SearchRequest(
        q=query,
        kommune=kommune,
        date_from=_day(date_from),
        date_to=_day(date_to),
        paper_type=paper_type,
        organization=organization,
        sort=Sort(sort),
        page=page,
        per_page=per_page,
        exact=exact,
        all_words=all_words,
    )
    engine = open_engine(settings)
    try:
        result = engine.search(request)
    finally:
        engine.close()
    if as_json:
        # The web part, which knows what the interface answers, takes as long to load as all the rest.
        from searchsvc.cli.search_json import as_answered

        click.echo(as_answered(result, settings))
    else:
        _print(result)


@click.command()
@click.argument("text")
@with_settings
def analyze(settings: Settings, text: str) -> None:
    """Show what each step of the German analysis makes of a text."""
    steps = open_analysis(settings).explain(text)
    width = max(len(step.name) for step in steps)
    for step in steps:
        click.echo(f"{step.name:<{width}}  {' | '.join(step.output)}")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _print(result: SearchResult) -> None:
    for warning in result.warnings:
        click.echo(f"note: {warning.message}", err=True)
    about = f" ({result.total_all_words:,} with all words)" if result.relaxed else ""
    click.echo(f"{counted(result.total, 'document')} in {result.took_ms:.1f} ms{about}")
    if result.did_you_mean:
        click.echo(f"did you mean: {result.did_you_mean.q} ({counted(result.did_you_mean.total, 'document')})")
    for hit in result.hits:
        _print_hit(hit)
    for facet in result.facets:
        name = facet.name.value if facet.name is not FacetName.DATE else "year"
        counts = [f"{bucket.label} {bucket.count:,}" for bucket in facet.buckets]
        if facet.missing:
            counts.append(f"without {facet.missing:,}")
        if counts:
            click.echo(f"\n{name}: {', '.join(counts)}")


def _print_hit(hit: Hit) -> None:
    facts = [hit.kommune.name if hit.kommune else None, hit.date.isoformat() if hit.date else None, hit.id]
    click.echo(f"\n{hit.title}\n  {' · '.join(fact for fact in facts if fact)}")
    for snippet in hit.snippets:
        page = f"p. {snippet.page}: " if snippet.page else ""
        click.echo(f"  {page}{html.unescape(_TAG.sub('', snippet.html))}")
