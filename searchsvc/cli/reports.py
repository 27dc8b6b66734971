"""``searchsvc reports``, ``takedown`` and ``restore-document``: what readers report, and what is decided about it."""

from __future__ import annotations

import shutil

import click

from searchsvc.cli.common import fail, with_settings
from searchsvc.cli.stores import open_store
from searchsvc.indexing.catch_up import make_searchable
from searchsvc.settings import Settings
from searchsvc.shown import shown_text
from searchsvc.store import Decision, Lifted, Report, Store, picture_folder

_MAX_LISTED = 1_000


@click.group()
def reports() -> None:
    """List, show and decide what readers report about documents."""


@reports.command("list")
@click.option("--all", "include_done", is_flag=True, help="Also the reports that have been decided.")
@with_settings
def list_reports(settings: Settings, include_done: bool) -> None:
    """List the reports nobody has decided yet, latest first."""
    with open_store(settings) as store:
        found = store.reports.list(_MAX_LISTED, include_done=include_done)
    for report in found:
        state = report.decision.value.replace("_", " ") if report.decision else "done" if report.done_at else "open"
        click.echo(f"{report.id:>5}  {report.reported_at:%Y-%m-%d}  {state:<10}  {report.reason}  {report.document_id}")
    if not found:
        click.echo("no reports" if include_done else "no open reports")


@reports.command()
@click.argument("number", type=int)
@with_settings
def show(settings: Settings, number: int) -> None:
    """Show one report with the document it is about."""
    with open_store(settings) as store:
        report = _report(store, number)
        stored = store.documents.get(report.document_id)
        takedown = store.takedowns.get(report.document_id)
    document = stored.document if stored else None
    state = "shown" if document else f"taken down ({takedown.reason})" if takedown else "deleted"
    facts = {
        "report": f"{report.id}",
        "reported": f"{report.reported_at:%Y-%m-%d %H:%M} UTC",
        "reason": report.reason,
        "contact": report.contact,
        "decision": report.decision.value.replace("_", " ") if report.decision else "none yet",
        "document": report.document_id,
        "state": state,
        "title": document.title if document else None,
        "kommune": document.kommune.name if document and document.kommune else None,
        "source": (document.web_url or document.access_url or document.download_url) if document else None,
    }
    for name, value in facts.items():
        if value:
            click.echo(f"{name:<9} {value}")
    if report.message:
        click.echo(f"\n{report.message}")


@reports.command()
@click.argument("number", type=int)
@with_settings
def dismiss(settings: Settings, number: int) -> None:
    """Decide that nothing is wrong with the document."""
    with open_store(settings) as store:
        _report(store, number)
        if not store.reports.close(number, Decision.DISMISSED):
            fail(f"report {number} has been decided already")
            raise click.exceptions.Exit(1)
    click.echo(f"report {number} dismissed")


@reports.command("takedown")
@click.argument("number", type=int)
@with_settings
def take_down_reported(settings: Settings, number: int) -> None:
    """Take down the document that a report is about; other open reports about it are decided with it."""
    with open_store(settings) as store:
        report = _report(store, number)
        if not _take_down(settings, store, report.document_id, f"report {number}: {report.reason}", decides=number):
            raise click.exceptions.Exit(1)
    click.echo(f"report {number} decided; {report.document_id} is taken down")


@click.command()
@click.argument("document_ids", nargs=-1, metavar="ID…")
@click.option("--reason", default="by the operator", show_default=True, help="Why, for those who look it up later.")
@click.option("--list", "show_list", is_flag=True, help="List what is taken down, latest first, with the reasons.")
@with_settings
def takedown(settings: Settings, document_ids: tuple[str, ...], reason: str, show_list: bool) -> None:
    """Hide documents from search, pages, API, feeds and exports, also after they are imported again."""
    if show_list == bool(document_ids):
        raise click.UsageError("name either documents or --list")
    with open_store(settings) as store:
        if show_list:
            for one in store.takedowns.list():
                click.echo(
                    shown_text(f"{one.taken_down_at.isoformat(timespec='seconds')} {one.document_id}: {one.reason}")
                )
            return
        done = [_take_down(settings, store, document_id, reason) for document_id in document_ids]
    click.echo(f"{sum(done):,} taken down, {len(done) - sum(done):,} failed")
    if not all(done):
        raise click.exceptions.Exit(1)


@click.command("restore-document")
@click.argument("document_ids", nargs=-1, required=True, metavar="ID…")
@with_settings
def restore_document(settings: Settings, document_ids: tuple[str, ...]) -> None:
    """Lift takedowns: show the documents again as they were imported last."""
    failed = 0
    with open_store(settings) as store:
        for document_id in document_ids:
            lifted, change = store.takedowns.lift(document_id)
            if lifted is Lifted.RESTORED:
                make_searchable(store, settings, change)
                click.echo(f"restored: {document_id}")
            elif lifted is Lifted.NO_CONTENT:
                click.echo(f"takedown lifted, but the document was deleted meanwhile; import it again: {document_id}")
            else:
                fail(f"failed: {document_id}: not_found: this document is not taken down")
                failed += 1
    if failed:
        raise click.exceptions.Exit(1)


def _report(store: Store, number: int) -> Report:
    report = store.reports.get(number)
    if report is None:
        fail(f"there is no report {number}; see 'searchsvc reports list --all'")
        raise click.exceptions.Exit(1)
    return report


def _take_down(settings: Settings, store: Store, document_id: str, reason: str, *, decides: int | None = None) -> bool:
    """Take a document down and wait until searches do not find it any more. Returns whether there was one.

    All reports about it are decided; those are named that are others than the one that the command ``decides``.
    """
    stored = store.documents.get(document_id)
    change = store.takedowns.take_down(document_id, reason)
    if change is None or stored is None:
        if store.takedowns.get(document_id):
            _close_reports(store, document_id, decides)
            fail(f"failed: {document_id}: this document is taken down already")
        else:
            fail(f"failed: {document_id}: not_found: there is no document with this id")
        return False
    _close_reports(store, document_id, decides)
    checksum = stored.original_sha256
    if checksum is not None and not store.papers.with_original(checksum):
        shutil.rmtree(picture_folder(settings, checksum), ignore_errors=True)
    for other in store.papers.with_original(checksum) if checksum else ():
        click.echo(f"note: the same file is also shown as {other}")
    make_searchable(store, settings, change)
    return True


def _close_reports(store: Store, document_id: str, decides: int | None) -> None:
    for report in store.reports.close_all_of(document_id, Decision.TAKEN_DOWN):
        if report.id != decides:
            contact = f", contact {report.contact}" if report.contact else ""
            click.echo(f"note: report {report.id} about the same document is decided, too: {report.reason}{contact}")
