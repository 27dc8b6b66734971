"""Work that is done again and again in a thread of its own, as long as a context lasts."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from searchsvc.errors import StoreUnavailable


class PeriodicThread:
    """Calls ``_step`` at once and then ``interval_s`` after its end, until the context is left.

    When the store fails in a step, ``_store_lost`` hears of it once, and again when the reason changes; the next step
    that succeeds calls ``_store_found``. Any other error ends the thread.
    """

    def __init__(self, name: str, interval_s: float) -> None:
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._trouble: str | None = None

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
                self._stop.wait(self._interval_s)
        finally:
            self._end()

    def _attempt(self) -> None:
        try:
            self._step()
        except StoreUnavailable as error:
            if error.message != self._trouble:
                self._trouble = error.message
                self._store_lost(error.message)
        else:
            if self._trouble is not None:
                self._trouble = None
                self._store_found()
