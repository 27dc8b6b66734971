"""Reading a file unless that has been done: what was read is kept by checksum and version of the extractor."""

from __future__ import annotations

from pathlib import Path

import structlog

from searchsvc.ingest.extraction import Extraction
from searchsvc.ingest.pool import FileReader
from searchsvc.store import Store

_log = structlog.get_logger(__name__)
_PAGES_TOLD = 20


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

    Pages without text, or with a damaged one, are given to the recogniser when there is one now and there was none
    before. Raises ``UnreadableFile``, or ``StoreUnavailable``.
    """
    known = _known(store, checksum, extractor.version)
    if known is not None and extractor.is_complete(known):
        return known, False
    if known is None:
        found = extractor.extract(path, name=name, mime_type=mime_type)
    else:
        found = extractor.complete(path, known)
    warn_of_damage(found, name or path.name)
    return found, True


def warn_of_damage(extraction: Extraction, name: str) -> None:
    """Log which pages of a file have words that cannot be found, because their font does not say what they are."""
    if pages := extraction.damaged_pages:
        _log.warning("text_damaged", file=name, pages=list(pages[:_PAGES_TOLD]), number_of_pages=len(pages))


def _known(store: Store, checksum: str, version: str) -> Extraction | None:
    content = store.extractions.get(checksum, version)
    try:
        return None if content is None else Extraction.from_json(content)
    except (KeyError, TypeError, ValueError):
        return None  # written by nobody we know; it is replaced
