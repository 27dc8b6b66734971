"""``searchsvc key``: API keys."""

from __future__ import annotations

import click

from searchsvc.cli.common import with_settings
from searchsvc.cli.stores import open_store
from searchsvc.settings import Settings
from searchsvc.store import SCOPES


@click.group()
def key() -> None:
    """Make, list, rotate and revoke API keys."""


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
            used = f"used {one.last_used_at:%Y-%m-%d}" if one.last_used_at else "never used"
            click.echo(
                f"{one.id:>4}  {one.name}  [{' '.join(sorted(one.scopes))}]  {one.created_at:%Y-%m-%d}  {state}  {used}"
            )


@key.command()
@click.argument("key_name", metavar="NAME|NUMBER")
@click.option(
    "--grace-hours",
    type=click.FloatRange(min=0, max=8_760),
    default=24.0,
    show_default=True,
    help="How long the present token works besides the new one.",
)
@with_settings
def rotate(settings: Settings, key_name: str, grace_hours: float) -> None:
    """Give a key another token and print it; it is shown this once only."""
    with open_store(settings) as store:
        names = {one.name for one in store.keys.list() if one.revoked_at is None}
        number = key_name.isascii() and key_name.isdigit() and key_name not in names
        click.echo(store.keys.rotate(int(key_name[:9]) if number else key_name, grace_hours=grace_hours))


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
