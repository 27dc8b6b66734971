"""``searchsvc rebuild`` and ``searchsvc check``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from index.contract import SearchIndexError
from searchsvc.cli.common import counted, fail, with_settings
from searchsvc.cli.exit_codes import advice_on
from searchsvc.cli.progress import ProgressDisplay
from searchsvc.cli.stores import open_store
from searchsvc.indexing import catch_up
from searchsvc.indexing.engines import open_engine
from searchsvc.indexing.heartbeat import WorkerState, WorkerStatus
from searchsvc.settings import Settings
from searchsvc.store import Store, find_damage


@click.command()
@with_settings
def rebuild(settings: Settings) -> None:
    """Build the index anew from the store; the old one keeps serving until the new one is complete."""
    with open_store(settings) as store, ProgressDisplay("building the index", store.documents.count()) as display:

        def show(status: WorkerStatus) -> None:
            if status.state is WorkerState.REBUILDING:
                display.update(status.done, status.done, noun="documents")

        catch_up.rebuild(store, settings, show)
        count = store.documents.count()
    click.echo(f"the index has been built anew ({counted(count, 'document')})")


@click.command()
@click.option("--quick", is_flag=True, help="Do not read index and original files to compare their checksums.")
@click.option("--repair", is_flag=True, help="Build a damaged index anew; put damaged original files into the trash.")
@with_settings
def check(settings: Settings, quick: bool, repair: bool) -> None:
    """Look for damage in the store and the index, and for differences between them."""
    with open_store(settings) as store:
        problems = 0
        if repair:
            _repair(settings, store)
        for problem in find_damage(store, read_originals=not quick):
            fail(f"store: {problem}")
            problems += 1
        for problem in _index_problems(settings, store, read_all=not quick):
            fail(f"index: {problem}")
            problems += 1
        count = store.documents.count()
    if problems:
        click.echo(f"{counted(problems, 'problem')} found")
        raise click.exceptions.Exit(1)
    click.echo(f"no problems found ({counted(count, 'document')})")


def _repair(settings: Settings, store: Store) -> None:
    """Set aside what is damaged, so that what is left can be trusted and the same files be imported again."""
    for checksum in store.original_checksums():
        if store.originals.path(checksum) is not None and not store.originals.is_intact(checksum):
            store.originals.discard(checksum)
            click.echo(f"original file {checksum} is damaged and was put into the trash")
    if problems := list(_index_problems(settings, store, read_all=True)):
        click.echo(f"the index is built anew: {problems[0]}")
        catch_up.rebuild(store, settings, lambda _: None)


def _index_problems(settings: Settings, store: Store, *, read_all: bool) -> Iterator[str]:
    engine = open_engine(settings)
    try:
        before, expected = store.documents.last_change(), store.documents.count()
        if before == 0:
            return
        state = engine.state()
        if not state.ready:
            yield state.reason or "it cannot be read"
            return
        stats = engine.stats()
        if read_all:
            engine.verify()
        if stats.applied_change > store.documents.last_change():
            yield "it is ahead of the store, which was replaced; the worker builds it anew"
        elif stats.applied_change == before and store.documents.last_change() == before and stats.documents != expected:
            yield f"it has {counted(stats.documents, 'document')}, the store {expected:,}; run 'searchsvc rebuild'"
        elif stats.applied_change < before:
            waiting = counted(before - stats.applied_change, "change")
            click.echo(f"the index has yet to take in {waiting}; is a worker running?")
    except SearchIndexError as error:
        yield str(error) + advice_on(error)
    finally:
        engine.close()
