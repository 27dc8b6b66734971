"""Commands that run parts of the service: ``serve``, ``worker``, ``migrate``."""

from __future__ import annotations

import signal
import threading

import click

from searchsvc.cli.common import with_settings
from searchsvc.cli.stores import open_store
from searchsvc.indexing.backups import Backups
from searchsvc.indexing.engines import open_engine, open_writer
from searchsvc.indexing.housekeeping import Housekeeping
from searchsvc.indexing.verification import Verification
from searchsvc.indexing.worker import Worker
from searchsvc.notifications import Matcher, NotificationSender
from searchsvc.oparl.schedule import ImportSchedule
from searchsvc.periodic import Troubles
from searchsvc.processes import end_with_parent
from searchsvc.running import serve as service
from searchsvc.settings import Settings


@click.command()
@with_settings
def serve(settings: Settings) -> None:
    """Run everything on this machine: tables, sample collection, worker and web server."""
    service.serve(settings)


@click.command()
@with_settings
def worker(settings: Settings) -> None:
    """Bring the store's changes into the index until stopped, start imports that are due, tell of saved searches.

    One worker per data folder.
    """
    end_with_parent()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    with open_store(settings) as store:
        writer = open_writer(settings)
        engine = open_engine(settings)
        matcher = Matcher(store, engine, settings)
        try:
            troubles = Troubles()
            working = Worker(store, writer, settings, applied=matcher.run, troubles=troubles)
            with (
                ImportSchedule(store, settings, troubles=troubles),
                NotificationSender(store, settings, troubles=troubles),
                Housekeeping(store, settings, troubles=troubles),
                Backups(store, settings, troubles=troubles),
                Verification(store, engine, settings, working.index_is_damaged, troubles=troubles),
            ):
                working.run(stop)
        finally:
            engine.close()
            writer.close()


@click.command()
@with_settings
def migrate(settings: Settings) -> None:
    """Bring the store's tables to this version; the other commands do so themselves."""
    with open_store(settings):
        click.echo("the document store is up to date")
