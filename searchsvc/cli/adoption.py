"""``searchsvc adopt-store``."""

from __future__ import annotations

import click

from searchsvc.cli.common import counted, with_settings
from searchsvc.cli.stores import open_any_store
from searchsvc.settings import Settings
from searchsvc.store import adopt


@click.command()
@with_settings
def adopt_store(settings: Settings) -> None:
    """Go on with the store of the settings although the data folder was filled from another one.

    Nothing is removed: original files that the store does not know are kept for trash_days, and then moved to a trash.
    """
    with open_any_store(settings) as store:
        adopt(store, settings)
        count = store.documents.count()
    click.echo(f"{settings.data_dir} now belongs to this store ({counted(count, 'document')})")
