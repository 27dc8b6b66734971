"""Uploaded files on their way: every one is closed with its request, also those of a form that breaks off."""

from __future__ import annotations

from typing import IO

from flask import Request


class UploadRequest(Request):
    """A request that closes whatever it has opened; werkzeug forgets the file at which a form breaks off."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        stream = super()._get_file_stream(total_content_length, content_type, filename, content_length)
        self.__dict__.setdefault("_opened", []).append(stream)
        return stream

    def close(self) -> None:
        """Close all files."""
        super().close()
        for stream in self.__dict__.get("_opened", ()):
            stream.close()
