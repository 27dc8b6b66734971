"""``searchsvc backup`` and ``searchsvc restore``."""

from __future__ import annotations

from pathlib import Path

import click

from searchsvc.cli.common import fail, with_settings
from searchsvc.cli.stores import open_any_store, open_store
from searchsvc.settings import Settings
from searchsvc.store import BackupReport, restore_backup, write_backup


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_settings
def backup(settings: Settings, file: Path) -> None:
    """Write the store and all original files to a tar FILE; the service may run meanwhile."""
    with open_store(settings) as store:
        report = write_backup(store, file)
    click.echo(f"{file}: {report.documents:,} documents, {report.originals:,} original files")
    _tell_missing(report)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is in the store.")
@with_settings
def restore(settings: Settings, file: Path, force: bool) -> None:
    """Put a backup back, all at once; the worker then builds the index anew."""
    with open_any_store(settings) as store:
        report = restore_backup(store, settings, file, force=force)
    click.echo(f"restored {report.documents:,} documents, {report.originals:,} original files")
    _tell_missing(report)


def _tell_missing(report: BackupReport) -> None:
    for checksum in report.missing:
        fail(f"missing: original file {checksum}")
    if report.missing:
        raise click.exceptions.Exit(1)
