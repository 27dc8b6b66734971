"""``searchsvc reread``: reading kept files again."""

from __future__ import annotations

import click

from searchsvc.cli.common import counted, with_settings
from searchsvc.cli.progress import FailuresShown, ProgressDisplay
from searchsvc.cli.stores import open_store
from searchsvc.indexing.catch_up import make_searchable
from searchsvc.ingest import FileReader
from searchsvc.ingest.rereading import RereadReport
from searchsvc.ingest.rereading import reread as reread_files
from searchsvc.settings import Settings


@click.command()
@click.option("--wait", is_flag=True, help="Return when the new texts can be found, not just when they are safe.")
@with_settings
def reread(settings: Settings, wait: bool) -> None:
    """Read kept files again whose text could be better now: scanned pages after text recognition was installed, all of
    them after pdf_library was changed or an update reads files differently.

    Documents whose text was supplied with them keep it. May be stopped and started again.
    """
    with open_store(settings) as store:
        with (
            FileReader.from_settings(settings, processes=settings.ingest_processes) as extractor,
            ProgressDisplay("rereading", store.extractions.count()) as display,
        ):
            failures = FailuresShown(display)

            def show(report: RereadReport) -> None:
                failures.show(report.failed)
                display.update(report.looked_at, report.looked_at, noun="files", failed=failures.by_kind)

            report = reread_files(store, extractor, show)
        if wait and report.last_change:
            make_searchable(store, settings, report.last_change)
    changed = counted(report.stored, "document")
    click.echo(f"{report.reread:,} of {report.looked_at:,} files read again, {changed} changed")
    if report.failed:
        raise click.exceptions.Exit(1)
