"""The end of the whole service: announced to all web processes first, and without losing connections that wait.

Closing a socket that listens resets every connection that nobody has accepted yet. So no new ones are let into the
queue, by a filter that the system asks about every first packet, and those in it are accepted until there are none.
"""

from __future__ import annotations

import ctypes
import mmap
import socket
import struct
from contextlib import suppress

_SO_ATTACH_FILTER = 26
_FIRST_PACKETS_DROPPED = (
    (0x30, 0, 0, 13),  # the byte of TCP's header that has its flags
    (0x54, 0, 0, 0x12),  # of these SYN and ACK
    (0x15, 0, 1, 0x02),  # only SYN: …
    (0x06, 0, 0, 0),  # … dropped; the client tries again a second later, elsewhere or here
    (0x06, 0, 0, 0xFFFFFFFF),
)
"""A program for the system's packet filter (linux/filter.h): code, jump if true, jump if false, value."""


class Announcement:
    """Whether the service is about to end; seen by all processes that were forked after ``prepare``."""

    def __init__(self) -> None:
        self._flag: mmap.mmap | None = None

    def prepare(self) -> None:
        """Make the flag, in memory that processes forked from this one share."""
        self._flag = mmap.mmap(-1, 1)

    def make(self) -> None:
        """Tell all processes."""
        if self._flag is not None:
            self._flag[0] = 1

    def __bool__(self) -> bool:
        return self._flag is not None and self._flag[0] == 1


announcement = Announcement()
"""That of this service."""


def let_nobody_in(listener: socket.socket) -> None:
    """Keep new connections out of a listening socket's queue, for all processes that have it; where that can be."""
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in _FIRST_PACKETS_DROPPED))
    pointer = struct.pack("HP", len(_FIRST_PACKETS_DROPPED), ctypes.addressof(program))
    with suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, pointer)
