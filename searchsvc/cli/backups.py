"""``searchsvc backup`` and ``searchsvc restore``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from searchsvc.cli.common import counted, fail, with_settings
from searchsvc.cli.stores import open_any_store, open_store
from searchsvc.errors import StoreUnavailable
from searchsvc.settings import Settings
from searchsvc.store import (
    BackupError,
    Store,
    backup_before,
    known_names,
    restore_backup,
    ship,
    verify_backup,
    write_backup,
)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--verify", is_flag=True, help="Read FILE, a backup, and tell whether it is intact; nothing is changed.")
@with_settings
def backup(settings: Settings, file: Path, verify: bool) -> None:
    """Write the store and all original files to a tar FILE; the service may run meanwhile."""
    if verify:
        manifest = verify_backup(file)
        click.echo(
            f"{file}: intact; {counted(manifest.documents, 'document')}, "
            f"{counted(len(manifest.members) - 1, 'original file')}, "
            f"change {manifest.change:,}, made {_shown(manifest.made_at)} by version {manifest.version}, "
            f"store {manifest.store}"
        )
        _tell_missing(manifest.missing)
        return
    with open_store(settings) as store:
        report = write_backup(store, file)
    click.echo(f"{file}: {counted(report.documents, 'document')}, {counted(report.originals, 'original file')}")
    _tell_missing(report.missing)


@click.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Replace what is in the store.")
@click.option("--other-store", is_flag=True, help="Also if FILE is a backup of another store than the data folder's.")
@click.option("--to", "moment", metavar="TIME", help="Go on from the backup to this moment, by the log of changes.")
@with_settings
def restore(settings: Settings, file: Path | None, force: bool, other_store: bool, moment: str | None) -> None:
    """Put a backup back, all at once; the worker then builds the index anew.

    FILE is a backup. With --to it may be a folder of backups, unset: backup_folder; the newest one from before TIME is
    taken.
    """
    to = _moment(moment)
    source = file or settings.backup_folder
    if source is None or (to is None and (file is None or file.is_dir())):
        raise click.UsageError("name the backup to restore, or with --to a folder of backups")
    with open_any_store(settings) as store:
        folder = source if source.is_dir() else source.parent
        if to is not None and _is_logged_in(settings, store, folder):
            # What the present store knows and the log does not is part of what can be restored.
            try:
                ship(store, folder)
            except (BackupError, StoreUnavailable) as error:
                fail(f"the last changes could not be written to the log: {error}")
        if to is not None and source.is_dir():
            names = set() if other_store else known_names(settings)
            source = backup_before(source, to, store=names.pop() if len(names) == 1 else None)
        report = restore_backup(store, settings, source, force=force, other_store=other_store, to=to, log_folder=folder)
    click.echo(f"restored {counted(report.documents, 'document')}, {counted(report.originals, 'original file')}")
    click.echo(
        f"as of {_shown(report.as_of)}: {source.name}"
        + (f" and {report.transactions:,} transactions of the log" if to is not None else "")
    )
    if report.replaced is not None:
        click.echo(f"the store that was there is in {report.replaced} for {settings.trash_days:g} days")
    _tell_missing(report.missing)


def _is_logged_in(settings: Settings, store: Store, folder: Path) -> bool:
    return (
        store.database.is_sqlite
        and store.documents.last_change() > 0
        and settings.backup_log
        and settings.backup_folder is not None
        and settings.backup_folder.absolute() == folder.absolute()
    )


def _moment(text: str | None) -> datetime | None:
    """Return the moment that was meant; without an offset it is one of this machine's time zone."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.UsageError(f"{text!r} is no time such as 2026-11-27T14:30 or 2026-11-27T13:30:05Z") from None


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds").replace("+00:00", " UTC")


def _tell_missing(missing: Sequence[str]) -> None:
    for checksum in missing:
        fail(f"missing: original file {checksum}")
    if missing:
        raise click.exceptions.Exit(1)
