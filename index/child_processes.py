"""Processes that work for the writer: they end with it, however it ends, and leave interrupts to it."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait

# Numbers of glibc's options, from its malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
_NEVER = 2**31 - 1


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
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Let this process use freed memory again instead of giving it back, as far as the C library is glibc.

    It would get memory for each large array from the system, which fills it with zeros first: a third of the time that
    writing a large segment takes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, _NEVER)


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
