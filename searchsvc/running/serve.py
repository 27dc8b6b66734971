"""``searchsvc serve``: everything on one machine. Tables, sample collection, worker and web server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

import structlog
from filelock import FileLock, Timeout

from searchsvc.atomic_files import write_atomically
from searchsvc.errors import ServiceError
from searchsvc.indexing.heartbeat import read_worker_status
from searchsvc.ingest import FileReader, Pipeline, plan_sources
from searchsvc.running.stand_in import StandIn
from searchsvc.running.supervisor import Child, Supervisor
from searchsvc.sample import build_sample
from searchsvc.settings import CONFIG_VARIABLE, Settings, find_config
from searchsvc.store import Store, open_store
from searchsvc.web.http import metrics_files
from searchsvc.web.server.taken import VARIABLE, LastTaken

_CHECK_S = 0.2
_READY_CHECK_S = 0.3
_ALONE_CHECK_S = 2.5
_STOP_TIMEOUT_S = 20.0
_BACKLOG = 2048
_SETTINGS_IN_USE = "settings-in-use.toml"
_INCOMPLETE = ".incomplete"
_LOCK = "serve.lock"

_log = structlog.get_logger(__name__)


class CannotServe(ServiceError):
    """The service cannot start; the message says what to do."""

    kind = "cannot_serve"


def serve(settings: Settings) -> None:
    """Run the service until SIGTERM or SIGINT. Raises ``ServiceError`` if it cannot start."""
    gunicorn_config = find_config("gunicorn.conf.py")
    if gunicorn_config is None:
        raise CannotServe("config/gunicorn.conf.py is missing; start in the project's folder")
    stop = _StopRequest()
    with _alone(settings), _listening(settings) as listener:
        _check_no_worker(settings)
        last_taken = LastTaken.create()
        StandIn(listener, last_taken, settings.public_path)
        with stop.interrupting():
            prepare(settings)
        children = _children(gunicorn_config, listener, last_taken, _settings_in_use(settings))
        _run(settings, children, stop, listener)


def _settings_in_use(settings: Settings) -> dict[str, str]:
    """Keep the settings file as it was at the start, and return the variable that names the copy for children.

    One that crashes comes back with the settings of the others, whatever the file looks like by then.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    if not named:
        return {}
    copy = (settings.data_dir / _SETTINGS_IN_USE).absolute()
    try:
        write_atomically(copy, Path(named).read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotServe(f"cannot copy {named} to {copy}: {error.strerror or error}") from error
    return {CONFIG_VARIABLE: str(copy)}


def _children(
    gunicorn_config: Path, listener: socket.socket, last_taken: LastTaken, environment: Mapping[str, str]
) -> tuple[Child, Child]:
    listening = listener.fileno()
    gunicorn = ("-m", "gunicorn", "--config", str(gunicorn_config), "--bind", f"fd://{listening}")
    return (
        Child(
            "web",
            gunicorn,
            essential=True,
            environment={**environment, VARIABLE: str(last_taken.file_descriptor)},
            files=(listening, last_taken.file_descriptor),
        ),
        Child("worker", ("-m", "searchsvc", "worker"), environment=environment),
    )


def _run(settings: Settings, children: Sequence[Child], stop: _StopRequest, listener: socket.socket) -> None:
    supervisor = Supervisor(children)
    ready = threading.Event()
    try:
        if not stop.is_set():
            supervisor.start()
            threading.Thread(target=_watch_readiness, args=(settings, ready), daemon=True).start()
        announced = False
        while not stop.wait(_CHECK_S):
            if (failed := supervisor.check()) is not None:
                raise CannotServe(f"the {failed} process could not start; the reason is in the lines above")
            if ready.is_set() and not announced:
                announced = True
                supervisor.settle()
                print(f"searchsvc is ready: {settings.web_url} (Ctrl-C stops it)", flush=True)  # noqa: T201
    finally:
        listener.close()  # from now on it is the web processes' alone, which end without losing what waits there
        supervisor.stop(_STOP_TIMEOUT_S, at_once=stop.is_urgent)
        metrics_files.end(metrics_files.metrics_folder(settings))  # when they were killed


def prepare(settings: Settings) -> None:
    """Bring the store's tables up to date, and fill an empty store with the sample collection if that is wanted.

    Raises ``StoreReplaced`` when the store is not that of the data folder.
    """
    with open_store(settings) as store:
        if settings.sample and _wants_sample(settings, store):
            load_sample(settings, store)


def load_sample(settings: Settings, store: Store) -> None:
    """Draw the sample collection and import it like any other files."""
    _log.info("sample_started", folder=str(settings.sample_dir))
    mark = settings.sample_dir / _INCOMPLETE
    try:
        shutil.rmtree(settings.sample_dir, ignore_errors=True)
        settings.sample_dir.mkdir(parents=True)
        mark.touch()
        paths = build_sample(settings.sample_dir)
        with FileReader.from_settings(settings, processes=settings.ingest_processes) as extractor:
            items = plan_sources(paths).items(max_line_bytes=extractor.limits.max_text_bytes)
            report = Pipeline(store, extractor).run(items)
        mark.unlink()
    except OSError as error:
        raise CannotServe(f"the sample collection cannot be written to {settings.sample_dir}: {error}") from error
    for failed in report.failed:
        _log.warning("sample_document_failed", item=failed.item, kind=failed.kind, reason=failed.message)
    _log.info("sample_finished", documents=report.stored + report.unchanged, pages=report.pages)


def _wants_sample(settings: Settings, store: Store) -> bool:
    # A collection that was emptied stays empty; a sample whose import was cut off is completed.
    return store.documents.last_change() == 0 or (settings.sample_dir / _INCOMPLETE).exists()


class _StopRequest:
    """Set by SIGTERM, SIGINT and SIGHUP. The first asks to stop; with another one, children are ended by force.

    Signals end nothing by themselves, or children would be left behind; only what ``interrupting`` surrounds, which has
    none, is broken off by the second.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._urgent = threading.Event()
        self._interrupts = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup sets SIGHUP
                signal.signal(number, self._receive)

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout: float) -> bool:
        return self._event.wait(timeout)

    def is_urgent(self) -> bool:
        return self._urgent.is_set()

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Let a second signal break off what is done meanwhile."""
        self._interrupts = True
        try:
            yield
        finally:
            self._interrupts = False

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        if not self._event.is_set():
            self._event.set()
        elif self._interrupts:
            raise KeyboardInterrupt
        else:
            self._urgent.set()


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Listen where the web processes are to answer, which get this socket."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((settings.host, settings.port))
            listener.listen(_BACKLOG)
        except OSError as error:
            raise CannotServe(
                f"cannot listen on {settings.host} port {settings.port}: {error.strerror or error}; "
                f"choose another one with PORT=… or SEARCHSVC_HOST=…"
            ) from error
        listener.setblocking(False)
        yield listener


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Be the only one that serves from the data folder. The system frees the lock however its holder ends."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(settings.data_dir / _LOCK, timeout=0, thread_local=False).acquire()
    except Timeout as error:
        raise CannotServe(
            f"the service already runs on {settings.data_dir}; stop it, or choose another folder with "
            "SEARCHSVC_DATA_DIR=…"
        ) from error
    except OSError as error:
        raise CannotServe(f"cannot write to {settings.data_dir}: {error.strerror or error}") from error
    with lock:
        yield


def _check_no_worker(settings: Settings) -> None:
    # A worker that was killed a moment ago looks alive in its last heartbeat; a living one writes another.
    before = read_worker_status(settings.data_dir)
    deadline = time.monotonic() + _ALONE_CHECK_S
    while before is not None and before.is_alive and time.monotonic() < deadline:
        time.sleep(_CHECK_S)
        now = read_worker_status(settings.data_dir)
        if now is not None and now.is_alive and now.written_at != before.written_at:
            raise CannotServe(
                f"a worker (process {now.pid}) already runs on {settings.data_dir}; stop it, or choose another folder "
                "with SEARCHSVC_DATA_DIR=…"
            )


def _watch_readiness(settings: Settings, ready: threading.Event) -> None:
    while True:
        try:
            with urlopen(f"{settings.web_url}/readyz", timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    ready.set()
                    return
        except (URLError, OSError):
            pass
        time.sleep(_READY_CHECK_S)
