"""Processes that work for the writer: they end with it, however it ends, and leave interrupts to it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait


def context() -> multiprocessing.context.SpawnContext:
    """Return how processes are started: afresh, because the writer's threads may hold locks that a fork would copy."""
    return multiprocessing.get_context("spawn")


def available_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepare() -> None:
    """Prepare this child process: Control-C is the parent's to handle, and the parent's death ends it at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
