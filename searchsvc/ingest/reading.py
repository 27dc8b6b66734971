"""Reading a file unless that has been done: what was read is kept by checksum and version of the extractor."""

from __future__ import annotations

from pathlib import Path

from searchsvc.ingest.extraction import Extraction
from searchsvc.ingest.pool import FileReader
from searchsvc.store import Store


def read_file(
    store: Store,
    extractor: FileReader,
    path: Path,
    checksum: str,
    *,
    name: str | None = None,
    mime_type: str | None = None,
) -> tuple[Extraction, bool]:
    """Return what is in a file, and whether the store does not have it yet.

    Pages without text are given to the recogniser when there is one now and there was none before. Raises
    ``UnreadableFile``, or ``StoreUnavailable``.
    """
    known = _known(store, checksum, extractor.version)
    if known is None:
        return extractor.extract(path, name=name, mime_type=mime_type), True
    if extractor.is_complete(known):
        return known, False
    return extractor.complete(path, known), True


def _known(store: Store, checksum: str, version: str) -> Extraction | None:
    content = store.extractions.get(checksum, version)
    try:
        return None if content is None else Extraction.from_json(content)
    except (KeyError, TypeError, ValueError):
        return None  # written by nobody we know; it is replaced
