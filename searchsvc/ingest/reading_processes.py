"""Processes that do one task at a time each, within a time limit, and are replaced when they end, however that happens.

Each is a pool of its own. Processes of one pool share locks, and one that is killed while it holds them, or has taken a
task without having said so, would keep the others and whoever asked waiting for ever.
"""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from pebble import ProcessExpired, ProcessPool

_TASKS_PER_PROCESS = 200
_TRIES = 3
_STOP_TIMEOUT_S = 10
_WATCH_S = 0.5
_START_S = 60.0
"""How long a process may take to start and to tell of its end, beside the time limit of its task."""

_Result = TypeVar("_Result")


class TaskLost(Exception):
    """The process broke down several times before it could begin, or does not answer any more."""


class ReadingProcesses:
    """Some processes, which start with their first task. Thread-safe; who finds all of them busy waits.

    ``preload``: modules that are loaded once for all of them. ``initializer`` is called in each when it starts.
    """

    def __init__(
        self, count: int, preload: Sequence[str], initializer: Callable[..., None], arguments: Sequence[Any]
    ) -> None:
        self._all = [_ReadingProcess(preload, initializer, arguments) for _ in range(count)]
        self._free: SimpleQueue[_ReadingProcess] = SimpleQueue()
        for process in self._all:
            self._free.put(process)

    def run(self, function: Callable[..., _Result], arguments: Sequence[Any], timeout_s: float) -> _Result:
        """Do a task and return its result.

        Raises what it raises, ``TimeoutError`` at its time limit, ``ProcessExpired`` when the process ended
        over it, ``TaskLost``, and ``RuntimeError`` after ``close``.
        """
        process = self._free.get()
        try:
            return process.run(function, arguments, timeout_s)
        finally:
            self._free.put(process)

    def close(self) -> None:
        """End all processes; tasks that are going on are given up."""
        for process in self._all:
            process.close()


class _ReadingProcess:
    """One process at a time. ``run`` by one thread at a time, ``close`` by any."""

    def __init__(self, preload: Sequence[str], initializer: Callable[..., None], arguments: Sequence[Any]) -> None:
        self._preload = preload
        self._initializer = initializer
        self._arguments = arguments
        self._pool: ProcessPool | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    def run(self, function: Callable[..., _Result], arguments: Sequence[Any], timeout_s: float) -> _Result:
        for _ in range(_TRIES):
            pool = self._started_pool()
            try:
                future = pool.schedule(function, args=arguments, timeout=timeout_s)
                if self._is_answered(future, pool, time.monotonic() + timeout_s + _START_S):
                    return future.result()
            except ProcessExpired:
                # It may have held the locks of its pool, which nobody gives back.
                self._discard(pool)
                raise
            except RuntimeError:
                # Pebble gives up a pool when its process dies without a task: one that ran out of memory while it
                # cleaned up, or was killed by an operator.
                pass
            self._discard(pool)
        raise TaskLost("it broke down several times")

    def _is_answered(self, future: Future[Any], pool: ProcessPool, deadline: float) -> bool:
        """Wait for an answer. False: there will be none, because the pool was given up as the task came."""
        while not wait([future], timeout=_WATCH_S).done:
            if not pool.active:
                return future.done()
            if time.monotonic() > deadline:  # neither an answer nor its time limit, whatever has gone wrong
                self._discard(pool)
                raise TaskLost("it does not answer any more")
        return True

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            _end(pool)

    def _started_pool(self) -> ProcessPool:
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the processes have been ended")
            if self._pool is None:
                # Threads may be running here, so a plain fork could copy a held lock.
                context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
                if sys.platform == "linux":
                    context.set_forkserver_preload(list(self._preload))
                self._pool = ProcessPool(
                    max_workers=1,
                    max_tasks=_TASKS_PER_PROCESS,
                    initializer=self._initializer,
                    initargs=self._arguments,
                    context=cast(Any, context),
                )
            return self._pool

    def _discard(self, pool: ProcessPool) -> None:
        with self._lock:
            if self._pool is not pool:  # closed meanwhile
                return
            self._pool = None
        _end(pool)


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join(timeout=_STOP_TIMEOUT_S)
