"""Reading kept files again: those an older extractor has read, or that were read before text could be recognised.

For documents that are not imported again by themselves, above all those of OParl servers, whose files do not change.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from index.contract import Document, TextQuality
from searchsvc.errors import DocumentDamaged, PreconditionFailed, UnreadableFile
from searchsvc.ingest.extraction import Extraction
from searchsvc.ingest.pipeline import FailedItem
from searchsvc.ingest.pool import FileReader
from searchsvc.ingest.reading import warn_of_damage
from searchsvc.store import Precondition, Store

_FILES_AT_ONCE = 100


@dataclass(slots=True)
class RereadReport:
    """What rereading has done so far.

    Attributes:
        looked_at: number of files whose text is kept.
        reread: number of them that were read again, in full or only their pages without text.
        stored: number of documents that have a new text.
        last_change: number of the change after which all of it is in the store.
        failed: files that were read once and cannot be read now, by their checksum; their documents stay as they are.
    """

    looked_at: int = 0
    reread: int = 0
    stored: int = 0
    last_change: int = 0
    failed: list[FailedItem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Reread:
    checksum: str
    before: Extraction
    now: Extraction


def reread(store: Store, extractor: FileReader, progress: Callable[[RereadReport], None] | None = None) -> RereadReport:
    """Read what is not up to date again and store documents whose text comes from the file.

    May be stopped at any moment and started again; ``progress`` is called after each file. Raises ``StoreUnavailable``.
    """
    report = RereadReport()
    with ThreadPoolExecutor(extractor.processes, thread_name_prefix="reread") as executor:
        last = ""
        while checksums := store.extractions.checksums_after(last, _FILES_AT_ONCE):
            last = checksums[-1]
            for outcome in executor.map(lambda checksum: _read(store, extractor, checksum), checksums):
                report.looked_at += 1
                if isinstance(outcome, FailedItem):
                    report.failed.append(outcome)
                elif outcome is not None:
                    _store(store, extractor, outcome, report)
                if progress is not None:
                    progress(report)
    return report


def _read(store: Store, extractor: FileReader, checksum: str) -> _Reread | FailedItem | None:
    """Return what is in a file now, or None if that is known."""
    kept = store.extractions.latest(checksum)
    path = store.originals.path(checksum)
    if kept is None or path is None:
        return None
    version, content = kept
    try:
        before = Extraction.from_json(content)
        if version != extractor.version:
            now = extractor.extract(path, mime_type=before.mime_type)
        elif not extractor.is_complete(before):
            now = extractor.complete(path, before)
        else:
            return None
    except UnreadableFile as error:
        return FailedItem(checksum, error.kind, error.message)
    except (KeyError, TypeError, ValueError):
        return None  # written by nobody we know; the next import replaces it
    warn_of_damage(now, checksum)
    return _Reread(checksum, before, now)


def _store(store: Store, extractor: FileReader, found: _Reread, report: RereadReport) -> None:
    report.reread += 1
    try:
        documents = store.documents.with_original(found.checksum)
    except DocumentDamaged as error:
        report.failed.append(FailedItem(found.checksum, "damaged_in_store", error.message))
        return
    for stored in documents:
        if not _is_text_of(found.before, stored.document):
            continue
        try:
            result = store.documents.put(
                _with_text(stored.document, found), precondition=Precondition(frozenset({stored.version}))
            )
        except PreconditionFailed:
            continue  # stored anew meanwhile, by somebody who knows more of it
        report.stored += result.changed
        report.last_change = max(report.last_change, result.change_number)
    # Only now is the file done: who is stopped before this does it again.
    store.extractions.put(found.checksum, extractor.version, found.now.to_json())


def _is_text_of(extraction: Extraction, document: Document) -> bool:
    """Tell whether a document's text is what was read out of its file, or nothing; a caller's own text is kept."""
    return document.text_quality is TextQuality.EMPTY or document.pages == extraction.pages


def _with_text(document: Document, found: _Reread) -> Document:
    said_otherwise = document.text_quality not in (found.before.text_quality, TextQuality.EMPTY)
    return replace(
        document,
        pages=found.now.pages,
        page_count=found.now.page_count,
        text_quality=document.text_quality if said_otherwise else found.now.text_quality,
    )
