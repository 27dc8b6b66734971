"""What the worker tells other processes through small files in the data folder, and what they ask of it.

``worker.json`` says every second what the worker does; ``rebuild.request`` asks it to build the index anew.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog

from searchsvc.atomic_files import write_atomically
from searchsvc.periodic import PeriodicThread, Troubles

_STATUS_FILE = "worker.json"
_REQUEST_FILE = "rebuild.request"
_INTERVAL_S = 1.0
_ALIVE_S = 10.0

_log = structlog.get_logger(__name__)


class WorkerState(StrEnum):
    """What a worker is doing. ``failing``: the last attempt failed and is repeated."""

    STARTING = "starting"
    IDLE = "idle"
    APPLYING = "applying"
    REBUILDING = "rebuilding"
    FAILING = "failing"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """State of the worker at ``written_at`` (seconds since the epoch).

    ``done`` of ``total`` documents are built while rebuilding. ``rebuilt_for`` is the last request for a rebuild that
    was carried out. ``troubles``: what keeps threads beside the worker from their work, by name.
    """

    pid: int
    state: WorkerState = WorkerState.STARTING
    applied_change: int = 0
    last_change: int = 0
    done: int = 0
    total: int = 0
    error: str | None = None
    rebuilt_for: str | None = None
    troubles: Mapping[str, str] = field(default_factory=dict)
    written_at: float = 0.0

    @property
    def is_alive(self) -> bool:
        """Whether the worker has told of itself lately and has not said that it stops."""
        return self.state is not WorkerState.STOPPED and abs(time.time() - self.written_at) < _ALIVE_S


class Heartbeat(PeriodicThread):
    """Writes the worker's status: at once when it changes, and every second while the worker is busy or idle."""

    def __init__(self, data_dir: Path, troubles: Troubles | None = None) -> None:
        super().__init__("heartbeat", _INTERVAL_S, troubles)
        self._data_dir = data_dir
        self._status = WorkerStatus(pid=os.getpid())
        self._lock = threading.Lock()
        self._failed = False

    def __enter__(self) -> Self:
        self.update()
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self.update(state=WorkerState.STOPPED)

    @property
    def status(self) -> WorkerStatus:
        """The status as of the last update."""
        return self._status

    def note(self, **changes: Any) -> None:
        """Change fields of the status; they are written with the next beat."""
        with self._lock:
            self._status = replace(self._status, **changes)

    def update(self, **changes: Any) -> None:
        """Change fields of the status and write it now."""
        self.note(**changes)
        self._write()

    def _step(self) -> None:
        self._write()

    def _write(self) -> None:
        with self._lock:
            self._status = replace(self._status, written_at=time.time(), troubles=self._troubles.current())
            try:
                write_atomically(self._data_dir / _STATUS_FILE, json.dumps(asdict(self._status)))
            except OSError as error:
                # The index matters more than telling about it; once is enough to say so.
                if not self._failed:
                    _log.warning("heartbeat_not_written", error=str(error))
                self._failed = True
            else:
                self._failed = False


def read_worker_status(data_dir: Path) -> WorkerStatus | None:
    """Return what the worker of a data folder last told, or None if there never was one."""
    try:
        values = json.loads((data_dir / _STATUS_FILE).read_text(encoding="utf-8"))
        known = {spec.name for spec in fields(WorkerStatus)}
        values["state"] = WorkerState(values["state"])
        return WorkerStatus(**{name: value for name, value in values.items() if name in known})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def request_rebuild(data_dir: Path) -> str:
    """Ask the running worker to build the index anew and return the name of the request. Raises ``OSError``."""
    request = secrets.token_hex(8)
    write_atomically(data_dir / _REQUEST_FILE, request)
    return request


def pending_rebuild(data_dir: Path) -> str | None:
    """Return the name of the request that waits to be carried out."""
    try:
        return (data_dir / _REQUEST_FILE).read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def finish_rebuild(data_dir: Path, request: str) -> None:
    """Take back a request, unless it has been replaced by another one."""
    if pending_rebuild(data_dir) == request:
        with suppress(OSError):
            (data_dir / _REQUEST_FILE).unlink()
