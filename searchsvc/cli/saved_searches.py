"""``searchsvc saved-search``: whom new documents are told to."""

from __future__ import annotations

import click

from searchsvc.cli.common import with_settings
from searchsvc.cli.stores import open_store
from searchsvc.settings import Settings
from searchsvc.shown import shown_address


@click.group()
def saved_search() -> None:
    """List and end saved searches."""


@saved_search.command("list")
@with_settings
def list_saved(settings: Settings) -> None:
    """List all saved searches, with what went wrong when something was sent last."""
    with open_store(settings) as store:
        for one in store.saved_searches.saved():
            state = "active" if one.confirmed_at else "unconfirmed"
            target = shown_address(one.target)
            click.echo(f"{one.token}  {one.channel}  {target}  {one.created_at:%Y-%m-%d}  {state}  {one.search}")
            if one.error:
                click.echo(f"    {one.error}")


@saved_search.command()
@click.argument("token")
@with_settings
def end(settings: Settings, token: str) -> None:
    """Forget a saved search and everything about it."""
    with open_store(settings) as store:
        ended = store.saved_searches.end(token)
    click.echo("1 ended" if ended else "0 ended")
    if not ended:
        raise click.exceptions.Exit(1)
