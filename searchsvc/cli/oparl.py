"""``searchsvc import-oparl``: mirroring OParl servers, now and regularly."""

from __future__ import annotations

from collections import Counter
from typing import TextIO
from urllib.parse import urlsplit

import click

from searchsvc.cli.common import fail, with_settings
from searchsvc.cli.oparl_status import source_lines
from searchsvc.cli.progress import FailuresShown, ProgressDisplay, failed_in_words
from searchsvc.cli.stores import open_store
from searchsvc.indexing.heartbeat import read_worker_status
from searchsvc.oparl import ImportReport, find_servers, import_source
from searchsvc.processes import end_with_parent
from searchsvc.settings import Settings
from searchsvc.shown import hides_something, shown_address, shown_text
from searchsvc.store import OParlSource, Store

_MAX_ADDRESS_CHARS = 10_000


@click.command("import-oparl")
@click.argument("url", required=False)
@click.option(
    "--address-file",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Read URL from the first line of FILE, - for standard input: arguments can be read by others.",
)
@click.option(
    "--every",
    "every_hours",
    type=click.FloatRange(min=0.1, max=8_760),
    metavar="HOURS",
    help="Register URL: the worker imports it again every so many hours.",
)
@click.option("--kommune", metavar="NAME", help="Name of the Kommune, if that of the server is not fit to be shown.")
@click.option("--full", is_flag=True, help="Compare everything, to find what disappeared without a word.")
@click.option("--retry", is_flag=True, help="Fetch all files again that have failed, also those that seemed hopeless.")
@click.option("--recheck", is_flag=True, help="Ask for all files again, whatever is said of their changes.")
@click.option("--force", is_flag=True, help="Delete what is gone, however much it is.")
@click.option(
    "--deleted",
    "on_deletion",
    type=click.Choice([OParlSource.DELETE, OParlSource.KEEP]),
    help="What becomes here of what the source deletes: it is deleted, or kept with a mark.",
)
@click.option("--list", "show_list", is_flag=True, help="List all sources and how their last import went.")
@click.option("--find", "wanted", metavar="NAME", help="Look up the addresses of known servers by name or AGS.")
@click.option("--remove", "removed_url", metavar="URL", help="Forget a source. Its documents stay.")
@with_settings
def import_oparl(
    settings: Settings,
    url: str | None,
    address_file: TextIO | None,
    every_hours: float | None,
    kommune: str | None,
    full: bool,
    retry: bool,
    recheck: bool,
    force: bool,
    on_deletion: str | None,
    show_list: bool,
    wanted: str | None,
    removed_url: str | None,
) -> None:
    """Import a city's council information system over OParl 1.0 or 1.1: what is new, changed or deleted.

    URL is that of a system, a body or a list. The first import takes everything, the following ones what changed
    since. An import that was stopped goes on where it was. Each item that fails is named with its reason.
    """
    if address_file is not None:
        if url is not None:
            raise click.UsageError("name a URL or --address-file, not both")
        url = _first_line(address_file)
    if sum((url is not None, show_list, wanted is not None, removed_url is not None)) != 1:
        raise click.UsageError("name either a URL to import, or --list, or --find NAME, or --remove URL")
    if url is None and any((every_hours, kommune is not None, full, retry, recheck, force, on_deletion)):
        raise click.UsageError("the other options belong to a URL to import")
    if wanted is not None:
        _find(wanted)
        return
    end_with_parent()
    with open_store(settings) as store:
        if show_list:
            _show_list(settings, store)
        elif removed_url is not None:
            _remove(store, removed_url)
        elif url is not None:
            if address_file is None and shown_address(url) != url and not hides_something(url):
                fail(f"{url} has a secret that others can read while this runs; use --address-file")
            chosen = _checked(store, url)
            before = store.oparl_sources.get(chosen)
            source = store.oparl_sources.add(chosen, every_hours=every_hours, kommune=kommune, on_deletion=on_deletion)
            if before is not None and before.kommune != source.kommune:
                store.oparl_objects.set_all_pending(source.key)
            if retry:
                store.oparl_objects.retry_all(source.key)
            if every_hours is not None:
                _tell_of_registration(settings, source)
            _import(settings, store, source, full=full, recheck=recheck, force=force)


def _first_line(file: TextIO) -> str:
    try:
        return file.readline(_MAX_ADDRESS_CHARS).strip()
    except (UnicodeDecodeError, OSError) as error:
        raise click.UsageError(f"--address-file cannot be read ({type(error).__name__})") from None


def _known(store: Store, url: str) -> str:
    """Return the address of a source that was named as it is shown, if there is just one; else what was named."""
    if not hides_something(url):
        return url
    found = [source.url for source in store.oparl_sources.list() if shown_address(source.url) == url]
    return found[0] if len(found) == 1 else url


def _checked(store: Store, url: str) -> str:
    found = _known(store, url.strip())
    if hides_something(found):
        raise click.UsageError(f"{shown_text(url)} is not the whole address, and no source is shown like that")
    try:
        parts = urlsplit(found)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise click.UsageError(f"{shown_text(url)} is not an http or https URL")
    return found


def _show_list(settings: Settings, store: Store) -> None:
    sources = store.oparl_sources.list()
    for source in sources:
        for line in source_lines(settings, store, source):
            click.echo(line)
    if not sources:
        click.echo("there are no sources; add one with 'searchsvc import-oparl URL --every HOURS'")


def _find(wanted: str) -> None:
    found = find_servers(wanted)
    for one in found:
        name = f"{one.name} ({one.ags})" if one.ags else one.name
        known = ", ".join(filter(None, (one.product, f"OParl {one.version}", f"seen {one.seen}")))
        click.echo(f"{name}: {one.url} ({known})")
    if not found:
        fail(f"no known server is of {wanted!r}; the list is short, so look for 'OParl' on the pages of the council")
        raise click.exceptions.Exit(1)


def _remove(store: Store, url: str) -> None:
    if not store.oparl_sources.remove(_known(store, url.strip())):
        fail(f"failed: {url}: not_found: there is no source with this URL; see 'searchsvc import-oparl --list'")
        raise click.exceptions.Exit(1)
    click.echo(shown_text(f"{url.strip()} is forgotten; its documents stay"))


def _tell_of_registration(settings: Settings, source: OParlSource) -> None:
    worker = read_worker_status(settings.data_dir)
    note = "" if worker is not None and worker.is_alive else ", when one runs"
    click.echo(f"registered: the worker imports {shown_address(source.url)} every {source.every_hours:g} hours{note}")


def _import(settings: Settings, store: Store, source: OParlSource, *, full: bool, recheck: bool, force: bool) -> None:
    with ProgressDisplay("importing", 0) as display:
        failures = FailuresShown(display)

        def show(report: ImportReport) -> None:
            failures.show(report.failed)
            display.update(
                report.work.done, report.items, noun="files", failed=failures.by_kind, total=report.work.total
            )

        report = import_source(settings, store, source, full=full, recheck=recheck, force=force, progress=show)
        show(report)
    click.echo(summary(report))
    for reason in filter(None, (report.error, report.held)):
        fail(f"searchsvc: {reason}")
    if report.result != "ok":
        raise click.exceptions.Exit(1)


def summary(report: ImportReport) -> str:
    """Say in one line what an import has done."""
    parts = [
        f"{report.stored:,} stored",
        f"{report.unchanged:,} unchanged",
        f"{report.deleted:,} deleted",
        failed_in_words(Counter(one.kind for one in report.failed)),
    ]
    if report.trusted:
        parts.append(f"{report.trusted:,} not asked for, since 'modified' says nothing there")
    if report.withheld:
        parts.append(f"{report.withheld:,} withheld because they were deleted or taken down here")
    traffic = f"{report.requests:,} requests, {report.received_bytes / 1e6:,.1f} MB"
    return f"{', '.join(parts)} ({traffic})"
