"""Child processes that never outlive their parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PARENT_VARIABLE = "_SEARCHSVC_PARENT"
"""Environment variable in which a supervisor tells its children its process id."""

_PR_SET_PDEATHSIG = 1
_PARENT_CHECK_S = 0.5


def end_with_parent() -> None:
    """Have this process end (SIGTERM) when the supervisor that started it is gone, however that died.

    Does nothing in a process that no supervisor started.
    """
    try:
        parent = int(os.environ.pop(PARENT_VARIABLE, ""))
    except ValueError:
        return
    if sys.platform == "linux":
        # The kernel tells, also while the interpreter is busy in C code.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_S)
    os.kill(os.getpid(), signal.SIGTERM)
