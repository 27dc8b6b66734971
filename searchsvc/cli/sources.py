"""``searchsvc sources``: what servers there are to import from, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict

import click

from searchsvc.cli.common import with_settings
from searchsvc.cli.stores import open_store
from searchsvc.oparl import ListProbe, Probe, moved_key, probe_server, source_lock
from searchsvc.settings import Settings
from searchsvc.shown import shown_text
from searchsvc.store import Moved


@click.group()
def sources() -> None:
    """Look at servers before an import, and follow those that move."""


@sources.command()
@click.argument("old")
@click.argument("new")
@click.option("--dry-run", is_flag=True, help="Only tell how much would be moved.")
@with_settings
def move(settings: Settings, old: str, new: str, dry_run: bool) -> None:
    """Give everything whose id begins with OLD an id that begins with NEW: a server has moved.

    Documents, their links, takedowns, reports, saved searches and the state of imports follow; pages at old addresses
    lead to the new ones. Both end with a slash.
    """
    for prefix in (old, new):
        if not prefix.startswith(("http://", "https://")) or not prefix.endswith("/"):
            raise click.UsageError(f"{prefix} is not the beginning of an address that ends with a slash")
    if old == new or new.startswith(old):
        raise click.UsageError("NEW must not begin with OLD")
    with open_store(settings) as store:
        if dry_run:
            moved = store.moves.preview(old, new)
        else:
            with ExitStack() as locks:
                for source in store.oparl_sources.list():
                    locks.enter_context(source_lock(settings, source))
                moved = store.moves.move(old, new, rekey=moved_key)
    click.echo(f"{'would be moved' if dry_run else 'moved'}: {_in_words(moved)}")


@sources.command()
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings
def probe(settings: Settings, url: str, as_json: bool) -> None:
    """Look at the OParl server at URL: what it offers, how it behaves, how much there is. Nothing is stored."""
    found = probe_server(settings, url)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
        return
    for line in _probe_lines(settings, found):
        click.echo(shown_text(line))


def _probe_lines(settings: Settings, found: Probe) -> Iterator[str]:
    yield f"OParl {found.version or '(no version)'}, {found.product or 'product unknown'}"
    yield f"Kommunen: {', '.join(found.kommunen) or 'not named'}"
    for one in found.lists:
        yield f"{one.kind}s: {_list_in_words(one)}"
    if found.newest is not None:
        yield f"last modified on a first page: {found.newest.isoformat(timespec='seconds')}"
    for value, yes, no in (
        (found.modified_is_time_of_request, "'modified' is the time of the request and says nothing", None),
        (found.texts, "texts of files are supplied", "texts of files are not supplied; each file is downloaded"),
        (found.checksums, "checksums of files are supplied", None),
        (found.conditional, "files that have not changed are not sent again", "unchanged files are sent again"),
    ):
        if value is not None and (line := yes if value else no):
            yield line
    pages = found.list_requests
    if pages is None:
        yield "a first import reads lists whose length the server does not tell"
    else:
        minutes = pages * settings.oparl_delay_s / 60
        yield f"a first import asks for {pages:,} pages of lists, {minutes:,.0f} minutes at least, and then for files"


def _list_in_words(one: ListProbe) -> str:
    if one.error is not None:
        return f"cannot be read: {one.error}"
    size = "unknown number" if one.announced is None else f"{one.announced:,}"
    kept = {True: "", False: "; next links lose the filter or write it wrongly", None: ""}[one.next_keeps_filter]
    return f"{size}, {one.page_size:,} on a page; asking for changes: {one.changes}{kept}"


def _in_words(moved: Moved) -> str:
    return (
        f"{moved.documents:,} documents, {moved.takedowns:,} takedowns, {moved.objects:,} objects of servers, "
        f"{moved.sources:,} sources"
    )
