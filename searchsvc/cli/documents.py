"""``searchsvc delete``."""

from __future__ import annotations

import click

from searchsvc.cli.common import fail, with_settings
from searchsvc.cli.stores import open_store
from searchsvc.settings import Settings


@click.command()
@click.argument("document_ids", nargs=-1, required=True, metavar="ID…")
@with_settings
def delete(settings: Settings, document_ids: tuple[str, ...]) -> None:
    """Delete documents from the store; the worker takes them out of the index."""
    with open_store(settings) as store:
        results = store.documents.delete_many(document_ids)
    unknown = [name for name, change in zip(document_ids, results, strict=True) if change is None]
    for name in unknown:
        fail(f"failed: {name}: not_found: there is no document with this id")
    click.echo(f"{len(results) - len(unknown):,} deleted, {len(unknown):,} unknown")
    if unknown:
        raise click.exceptions.Exit(1)
