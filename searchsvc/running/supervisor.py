"""Keeping child processes running: start, restart with growing pauses after crashes, stop all together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from searchsvc.processes import PARENT_VARIABLE

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_STOP_CHECK_S = 0.05
_STABLE_S = 60.0
"""A process that ran this long and then crashes is restarted at once."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Child:
    """A program that is to run. ``essential``: if it ends before it ever ran well, there is no point in going on.

    ``environment`` is added to ours; ``files`` are descriptors that it inherits.
    """

    name: str
    arguments: Sequence[str]
    essential: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    started_at: float = 0.0
    crashes: int = 0
    restart_at: float = 0.0

    def start(self) -> None:
        """Start the program in a process group of its own: only its supervisor passes signals on."""
        environment = {**os.environ, **self.environment, PARENT_VARIABLE: str(os.getpid())}
        self.process = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, *self.arguments],
            env=environment,
            pass_fds=self.files,
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        self.started_at = time.monotonic()

    @property
    def is_running(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int, *, group: bool = False) -> None:
        """Send a signal to the process, or to all of its group."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                (os.killpg if group else os.kill)(self.process.pid, number)


class Supervisor:
    """Runs children until told to stop. Used from the main thread only, to which the children's life is tied."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = children
        self._settled = False

    def start(self) -> None:
        """Start all children."""
        for child in self._children:
            child.start()

    def settle(self) -> None:
        """Say that all is well: from now on even essential children are restarted."""
        self._settled = True

    def check(self) -> str | None:
        """Restart what has crashed. Returns the name of an essential child that could not even begin."""
        now = time.monotonic()
        for child in self._children:
            if child.is_running:
                continue
            if child.process is not None:
                code = child.process.returncode
                child.process = None
                if child.essential and not self._settled:
                    return child.name
                child.crashes = 1 if now - child.started_at > _STABLE_S else child.crashes + 1
                pause_s = min(_FIRST_PAUSE_S * 2.0 ** (child.crashes - 1), _LONGEST_PAUSE_S)
                child.restart_at = now + pause_s
                _log.error("process_ended", process=child.name, exit_code=code, restart_in_s=pause_s)
            elif now >= child.restart_at:
                child.start()
        return None

    def stop(self, timeout_s: float, at_once: Callable[[], bool] = lambda: False) -> None:
        """End all children in order, and by force what still runs after ``timeout_s``, or when ``at_once`` says so."""
        for child in self._children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + timeout_s
        for child in self._children:
            while child.is_running and time.monotonic() < deadline and not at_once():
                time.sleep(_STOP_CHECK_S)
            if child.is_running:
                _log.warning("process_killed", process=child.name, after_s=timeout_s)
            # The group may still have helpers of a process that died without ending them.
            child.signal(signal.SIGKILL, group=True)
            if child.process is not None:
                child.process.wait()
