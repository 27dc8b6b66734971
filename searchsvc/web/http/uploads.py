"""Uploaded files on their way: every one is closed with its request, also those of a form that breaks off."""

from __future__ import annotations

from typing import IO

from flask import Request

from searchsvc.web.http.services import services
from searchsvc.web.http.spools import byte_spool

IN_MEMORY_BYTES = 500_000
"""Smaller files do not touch the disk on their way."""


class UploadRequest(Request):
    """A request that closes whatever it has opened; werkzeug forgets the file at which a form breaks off."""

    def _get_file_stream(self, *_told: object, **_also: object) -> IO[bytes]:
        stream = byte_spool(services().settings, IN_MEMORY_BYTES)
        self.__dict__.setdefault("_opened", []).append(stream)
        return stream

    def close(self) -> None:
        """Close all files."""
        super().close()
        for stream in self.__dict__.get("_opened", ()):
            stream.close()
