"""When a web process last took a connection, told to the process that looks after them all."""

from __future__ import annotations

import mmap
import os
import tempfile
from time import monotonic_ns

VARIABLE = "_SEARCHSVC_TAKEN"
"""Environment variable that names the inherited file which all web processes write this to."""
_BYTES = 8


class LastTaken:
    """A moment in memory that processes share. Who writes it last wins, so nobody has to wait."""

    def __init__(self, file_descriptor: int) -> None:
        self.file_descriptor = file_descriptor
        self._memory = mmap.mmap(file_descriptor, _BYTES)

    @classmethod
    def create(cls) -> LastTaken:
        """Make one that children get by its file descriptor."""
        with tempfile.TemporaryFile() as file:
            file.truncate(_BYTES)
            return cls(os.dup(file.fileno()))

    @classmethod
    def inherited(cls) -> LastTaken | None:
        """Return that of the process which started this one, if it has one."""
        try:
            return cls(int(os.environ.get(VARIABLE, "")))
        except (ValueError, OSError):
            return None

    def mark(self) -> None:
        """Say that a connection was taken now."""
        self._memory[:_BYTES] = monotonic_ns().to_bytes(_BYTES, "little")

    def read(self) -> bytes:
        """Return what changes whenever a connection is taken."""
        return self._memory[:_BYTES]
