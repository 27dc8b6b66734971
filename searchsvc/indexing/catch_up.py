"""Seeing to it that the index has what the store has, whether or not a worker runs."""

from __future__ import annotations

import time
from collections.abc import Callable

from index.contract import IndexLocked
from searchsvc.errors import ServiceError
from searchsvc.indexing.engines import open_engine, open_writer
from searchsvc.indexing.heartbeat import WorkerState, WorkerStatus, read_worker_status, request_rebuild
from searchsvc.indexing.worker import Worker
from searchsvc.settings import Settings
from searchsvc.store import Store

_POLL_S = 0.1
_LOST_WORKER_S = 15.0


class WorkerTrouble(ServiceError):
    """The worker that holds the index cannot do its work; the message says why and that nothing is lost."""

    kind = "worker_trouble"


def make_searchable(store: Store, settings: Settings, change_number: int) -> None:
    """Wait until a change can be found, or write the index in this process if no worker does.

    Raises ``WorkerTrouble`` when the running worker fails, and what the index raises otherwise.
    """
    engine = open_engine(settings)
    try:
        while True:
            if engine.state().has(change_number):
                return
            if not _worker_status(settings):
                try:
                    writer = open_writer(settings)
                except IndexLocked:
                    pass  # a worker that has just started
                else:
                    try:
                        Worker(store, writer, settings).catch_up()
                    finally:
                        writer.close()
            time.sleep(_POLL_S)
    finally:
        engine.close()


def rebuild(store: Store, settings: Settings, progress: Callable[[WorkerStatus], None]) -> None:
    """Build the index anew, in this process or by asking the worker that holds it; returns when that is done.

    ``progress`` is called now and then with the state of the worker that builds.
    """
    try:
        writer = open_writer(settings)
    except IndexLocked:
        _ask_for_rebuild(settings, progress)
    else:
        try:
            Worker(store, writer, settings).rebuild()
        finally:
            writer.close()


def _ask_for_rebuild(settings: Settings, progress: Callable[[WorkerStatus], None]) -> None:
    request = request_rebuild(settings.data_dir)
    last_seen = time.monotonic()
    while True:
        status = _worker_status(settings)
        if status is not None:
            last_seen = time.monotonic()
            if status.rebuilt_for == request:
                return
            progress(status)
        elif time.monotonic() - last_seen > _LOST_WORKER_S:
            raise WorkerTrouble("the worker has stopped; it will build the index anew when it starts again")
        time.sleep(_POLL_S)


def _worker_status(settings: Settings) -> WorkerStatus | None:
    status = read_worker_status(settings.data_dir)
    if status is None or not status.is_alive:
        return None
    if status.state is WorkerState.FAILING:
        raise WorkerTrouble(f"the worker cannot go on: {status.error}; nothing is lost, it keeps trying")
    return status
