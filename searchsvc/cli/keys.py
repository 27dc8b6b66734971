"""``searchsvc key``: API keys for those who may write."""

from __future__ import annotations

import click

from searchsvc.cli.group import open_store, with_settings
from searchsvc.settings import Settings
from searchsvc.store import SCOPES


@click.group()
def key() -> None:
    """Make, list and revoke API keys."""


@key.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), default=["write"], show_default=True)
@with_settings
def create(settings: Settings, name: str, scopes: tuple[str, ...]) -> None:
    """Make a key and print it; it is shown this once only."""
    with open_store(settings) as store:
        click.echo(store.keys.create(name, scopes))


@key.command("list")
@with_settings
def list_keys(settings: Settings) -> None:
    """List all keys without their secrets."""
    with open_store(settings) as store:
        for one in store.keys.list():
            state = f"revoked {one.revoked_at:%Y-%m-%d}" if one.revoked_at else "valid"
            click.echo(f"{one.id:>4}  {one.name}  [{' '.join(sorted(one.scopes))}]  {one.created_at:%Y-%m-%d}  {state}")


@key.command()
@click.argument("key_name", metavar="NAME|NUMBER")
@with_settings
def revoke(settings: Settings, key_name: str) -> None:
    """Make a key invalid, by its name or by its number in the list."""
    with open_store(settings) as store:
        count = store.keys.revoke(key_name)
        if not count and key_name.isascii() and key_name.isdigit():
            count = store.keys.revoke(int(key_name[:9]))
    click.echo(f"{count} revoked")
    if not count:
        raise click.exceptions.Exit(1)
