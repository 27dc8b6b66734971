"""Processes that work for the writer: they end with it, however it ends, and leave interrupts to it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

_END_TIMEOUT_S = 5.0


def context() -> multiprocessing.context.SpawnContext:
    """Return how processes are started: afresh, because the writer's threads may hold locks that a fork would copy."""
    return multiprocessing.get_context("spawn")


def available_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def how_ended(process: BaseProcess) -> str:
    """Say in English how a process has ended that has closed its connection without a word."""
    process.join(_END_TIMEOUT_S)
    code = process.exitcode
    if code is None:
        return "does not answer any more"
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was killed by {name}" + ("; is there too little memory?" if -code == signal.SIGKILL else "")


def prepare() -> None:
    """Prepare this child process: Control-C is the parent's to handle, and the parent's death ends it at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
