"""``searchsvc ingest``: files into the store."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from searchsvc.cli.common import counted, with_settings
from searchsvc.cli.progress import FailuresShown, ProgressDisplay, failed_in_words
from searchsvc.cli.stores import open_store
from searchsvc.indexing.catch_up import make_searchable
from searchsvc.ingest import FileReader, IngestReport, Pipeline, plan_sources
from searchsvc.ingest.retrying import Retry, plan_retries
from searchsvc.settings import Settings
from searchsvc.store import Store


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH…", type=click.Path(path_type=Path))
@click.option("--kommune", metavar="NAME", help="Kommune of the documents that name none.")
@click.option(
    "--manifest",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON, NDJSON or CSV with a 'file' column and metadata; without PATH its files are imported.",
)
@click.option("--wait", is_flag=True, help="Return when the documents can be found, not just when they are safe.")
@click.option("--retry", is_flag=True, help="Import again what has failed, as it was imported then; without PATH.")
@with_settings
def ingest(
    settings: Settings,
    paths: tuple[Path, ...],
    kommune: str | None,
    manifest: Path | None,
    wait: bool,
    retry: bool,
) -> None:
    """Import documents, folders of them, and files with one JSON document per line (.ndjson, .jsonl, also .xz).

    Metadata is taken from sidecars NAME.pdf.json and from the manifest. What is stored already and has not changed
    is left as it is. Each document that fails is named with its reason.
    """
    if retry and (paths or manifest or kommune):
        raise click.UsageError("--retry takes neither PATH nor --kommune nor --manifest: those of the time are used")
    if not paths and manifest is None and not retry:
        raise click.UsageError("name at least one PATH or a --manifest, or --retry")
    with open_store(settings) as store:
        runs = _retries(store) if retry else [Retry(plan_sources(paths, manifest), kommune, manifest)]
        report = IngestReport()
        with (
            FileReader.from_settings(settings, processes=settings.ingest_processes) as extractor,
            ProgressDisplay("importing", sum(run.plan.total_bytes for run in runs)) as display,
        ):
            failures = FailuresShown(display)

            def show(report: IngestReport) -> None:
                failures.show(report.failed)
                display.update(report.done_bytes, report.items, noun="documents", failed=failures.by_kind)

            for run in runs:
                pipeline = Pipeline(
                    store,
                    extractor,
                    default_kommune=run.kommune,
                    manifest=run.manifest,
                    progress=show,
                    report=report,
                )
                pipeline.run(run.plan.items(max_line_bytes=extractor.limits.max_text_bytes))
        if wait and report.last_change:
            make_searchable(store, settings, report.last_change)
    click.echo(_summary(report, sum(run.plan.skipped for run in runs)))
    if report.failed:
        raise click.exceptions.Exit(1)


def _retries(store: Store) -> list[Retry]:
    retries = plan_retries(store.failures.with_source())
    for item in retries.gone:
        click.echo(f"forgotten: {item}: the file is gone", err=True)
    store.failures.clear_many(retries.gone)
    return retries.runs


def _summary(report: IngestReport, skipped: int) -> str:
    failed = failed_in_words(Counter(one.kind for one in report.failed))
    text = f"{report.stored:,} stored, {report.unchanged:,} unchanged, {failed} ({counted(report.pages, 'page')})"
    return f"{text}; {counted(skipped, 'other file')} left out" if skipped else text
