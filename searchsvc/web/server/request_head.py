"""What can be told of a request before it is read properly: whether it is here already, and who should answer it."""

from __future__ import annotations

import re
from enum import StrEnum

from searchsvc.path_prefixes import without_prefix

MAX_HEAD_BYTES = 65_536
"""Longer heads are left to gunicorn's parser, which refuses them."""
MAX_WAITING_BODY_BYTES = 65_536
"""Bodies up to this size are awaited by nobody; longer ones are read by whoever answers."""

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*(?=\r\n)", re.IGNORECASE)
_OF_UNKNOWN_LENGTH = re.compile(rb"\r\n(?:transfer-encoding|expect|upgrade)[ \t]*:", re.IGNORECASE)
_LASTING = re.compile(
    rb"/api/v1/export|/api/v1/documents/.*/text|(?:/[a-z]{2})?/dokumente/.*/(?:datei|seiten/[^/]*)", re.DOTALL
)
_READING = (b"GET", b"HEAD", b"OPTIONS")


class Lane(StrEnum):
    """Who answers: each has threads of its own, so that none keeps the others waiting."""

    HEALTH = "health"
    READINESS = "readiness"
    SHORT = "short"
    LASTING = "lasting"


def lane_of(received: bytes | bytearray, prefix: bytes = b"") -> Lane | None:
    """Return who should answer what was received; None while that cannot be told or a short request is incomplete.

    ``prefix`` is the path that everything is served below, without a slash at its end.

    Lasting are requests whose time the client or a PDF decides: long bodies, writes, files, exports, pictures.
    """
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return Lane.LASTING if len(received) > MAX_HEAD_BYTES else None
    head = bytes(received[: end + 2])
    method, path = asked_for(head, prefix)
    lengths = {int(found) for found in _LENGTH.findall(head)}
    body_bytes = max(lengths, default=0)
    if _OF_UNKNOWN_LENGTH.search(head) or body_bytes > MAX_WAITING_BODY_BYTES:
        return Lane.LASTING
    if len(received) - (end + 4) < body_bytes:
        return None
    if path == b"/healthz":
        return Lane.HEALTH
    if path == b"/readyz":
        return Lane.READINESS
    is_write = method not in _READING and path.startswith(b"/api/v1/documents")
    return Lane.LASTING if is_write or _LASTING.fullmatch(path) else Lane.SHORT


def asked_for(head: bytes, prefix: bytes = b"") -> tuple[bytes, bytes]:
    """Return the method of a request and its path below ``prefix``, by its head, which need not be right."""
    method, _, rest = head.partition(b"\r\n")[0].partition(b" ")
    target = rest.partition(b" ")[0].partition(b"?")[0]
    return method, without_prefix(re.sub(rb"^https?://[^/]*", b"", target), prefix)
