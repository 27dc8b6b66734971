"""Whatever goes wrong while a hostile file is read becomes a typed reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from searchsvc.errors import UnreadableFile

TOO_MUCH_MEMORY = "reading the file takes more memory than pdf_max_memory_mb allows"
PDF_IS_ENCRYPTED = "the PDF is encrypted with a password; publish it without one"
_MAX_DETAIL_CHARS = 200


@contextmanager
def failures_as_reasons(what: str) -> Iterator[None]:
    """Raise ``UnreadableFile`` for anything that is raised inside; ``what`` is read: "the PDF"."""
    try:
        yield
    except UnreadableFile:
        raise
    except MemoryError:
        raise UnreadableFile("too_large", TOO_MUCH_MEMORY) from None
    except OSError as error:
        raise UnreadableFile("unreadable", f"cannot be read: {error.strerror or error}") from error
    except Exception as error:  # a hostile file may raise anything; here it becomes a reason
        detail = f"{type(error).__name__}: {error}"[:_MAX_DETAIL_CHARS]
        raise UnreadableFile("damaged", f"{what} is damaged ({detail})") from error
