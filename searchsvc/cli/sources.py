"""``searchsvc sources``: what servers there are to import from, and what becomes of them."""

from __future__ import annotations

import click

from searchsvc.cli.common import fail, with_settings
from searchsvc.cli.stores import open_store
from searchsvc.oparl import is_running, moved_key
from searchsvc.settings import Settings
from searchsvc.shown import shown_address
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
        running = [source for source in store.oparl_sources.list() if is_running(settings, source)]
        if running:
            fail(f"{shown_address(running[0].url)} is being imported; wait for it to end")
            raise click.exceptions.Exit(1)
        moved = store.moves.preview(old, new) if dry_run else store.moves.move(old, new, rekey=moved_key)
    click.echo(f"{'would be moved' if dry_run else 'moved'}: {_in_words(moved)}")


def _in_words(moved: Moved) -> str:
    return (
        f"{moved.documents:,} documents, {moved.takedowns:,} takedowns, {moved.objects:,} objects of servers, "
        f"{moved.sources:,} sources"
    )
