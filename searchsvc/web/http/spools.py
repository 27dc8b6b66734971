"""What is too long for memory while a request is answered: unnamed files in the data folder, not in ``TMPDIR``.

The data folder is the one place that must have space anyway, and whose trouble an operator is told of.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from searchsvc.errors import cannot_write
from searchsvc.settings import Settings


class _Spool(tempfile.SpooledTemporaryFile[Any]):
    """Raises ``StoreUnavailable`` when the disk does not take it."""

    def write(self, text: Any) -> int:
        with _translated():
            return super().write(text)

    def flush(self) -> None:
        with _translated():
            super().flush()

    def rollover(self) -> None:
        with _translated():
            super().rollover()


def text_spool(settings: Settings, in_memory_bytes: int) -> IO[str]:
    """Return an empty file for text, in memory up to a size."""
    return cast(IO[str], _Spool(in_memory_bytes, "w+", encoding="utf-8", dir=_folder(settings)))


def byte_spool(settings: Settings, in_memory_bytes: int) -> IO[bytes]:
    """Return an empty file for bytes, in memory up to a size."""
    return cast(IO[bytes], _Spool(in_memory_bytes, "w+b", dir=_folder(settings)))


def _folder(settings: Settings) -> str:
    with _translated():
        settings.uploads_dir.mkdir(parents=True, exist_ok=True)
    return str(settings.uploads_dir)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise cannot_write(error, "a temporary file in the data folder") from error
