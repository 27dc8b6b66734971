"""Work that is done again and again in a thread of its own, as long as a context lasts."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

import structlog

from searchsvc.errors import StoreUnavailable

LONGEST_PAUSE_S = 60.0
"""A step that fails for an unknown reason is tried again after pauses that grow up to this."""

_log = structlog.get_logger(__name__)


class Troubles:
    """What does not work at present, by the name of the work. Shared by the threads of a process."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        self._lock = threading.Lock()

    def tell(self, name: str, trouble: str | None) -> None:
        """Say what keeps some work from being done; None: nothing any more."""
        with self._lock:
            if trouble is None:
                self._found.pop(name, None)
            else:
                self._found[name] = trouble

    def current(self) -> dict[str, str]:
        """Return all there is, by name."""
        with self._lock:
            return dict(self._found)


class PeriodicThread:
    """Calls ``_step`` at once and then ``interval_s`` after its end, until the context is left.

    When the store fails in a step, ``_store_lost`` hears of it once, and again when the reason changes; the next step
    that succeeds calls ``_store_found``. Any other error is a defect: it is logged, and the step is tried again after a
    pause that grows. Nothing ends the thread but the end of the context; ``troubles`` has what keeps it from its work.
    """

    def __init__(self, name: str, interval_s: float, troubles: Troubles | None = None) -> None:
        self._name = name
        self._interval_s = interval_s
        self._troubles = troubles or Troubles()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._trouble: str | None = None
        self._defects = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _step(self) -> None:
        raise NotImplementedError

    def _store_lost(self, message: str) -> None:
        """Hear that the store cannot be used, and why."""

    def _store_found(self) -> None:
        """Hear that the store can be used again."""

    def _end(self) -> None:
        """Do what the thread has to do last."""

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._attempt()
                self._stop.wait(self._pause_s())
        finally:
            self._end()

    def _pause_s(self) -> float:
        return self._interval_s if not self._defects else min(self._interval_s * 2.0**self._defects, LONGEST_PAUSE_S)

    def _attempt(self) -> None:
        try:
            self._step()
        except StoreUnavailable as error:
            if error.message != self._trouble:
                self._trouble = error.message
                self._troubles.tell(self._name, error.message)
                self._store_lost(error.message)
        except Exception as error:
            # Whatever it is, what comes after it must still be done.
            self._defects = min(self._defects + 1, 20)
            self._troubles.tell(self._name, f"{type(error).__name__}: {error}")
            _log.exception("periodic_step_failed", thread=self._name)
        else:
            if self._trouble is not None:
                self._trouble = None
                self._store_found()
            self._defects = 0
            self._troubles.tell(self._name, None)
