"""``searchsvc settings``: the table of settings."""

from __future__ import annotations

import textwrap

import click

from searchsvc.cli.common import with_settings
from searchsvc.settings import Settings, settings_table, shown_value


@click.command()
@with_settings
def settings(current: Settings) -> None:
    """List every setting with its value, default and meaning."""
    for row in settings_table():
        value = shown_value(current, row.name)
        changed = "" if value == row.default else f"  (default: {row.default or 'unset'})"
        click.echo(f"{row.name} = {value or 'unset'}{changed}")
        click.echo(textwrap.indent(textwrap.fill(f"{row.meaning} [{row.type}; {row.variable}]", 96), "    "))
