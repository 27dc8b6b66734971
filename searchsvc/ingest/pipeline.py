"""From what was found to documents in the store: files are read in parallel, stored in order and in batches."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.contract import Document
from searchsvc.documents.input import parse_document
from searchsvc.documents.text import file_label
from searchsvc.errors import InvalidDocument, UnreadableFile
from searchsvc.ingest.extraction import Extraction
from searchsvc.ingest.file_documents import document_from_file
from searchsvc.ingest.pool import FileReader
from searchsvc.ingest.reading import read_file
from searchsvc.ingest.retrying import retry_source
from searchsvc.ingest.sources import DataItem, FileItem, Item, ProblemItem
from searchsvc.ingest.waiting import wait_and_flush
from searchsvc.store import PutResult, Store, checksum_of

_BATCH_DOCUMENTS = 200
_BATCH_CHARS = 20_000_000
_BATCH_SECONDS = 1.0
_FILES_AHEAD = 50
_BYTES_AHEAD = 200_000_000
"""How far ahead of the oldest unfinished file others are read: documents are stored in order, and one that takes a
minute must not keep the other processes waiting."""


@dataclass(frozen=True, slots=True)
class FailedItem:
    """What could not be imported, with a stable ``kind`` and an English message."""

    item: str
    kind: str
    message: str


@dataclass(slots=True)
class IngestReport:
    """What an import has done so far. ``last_change`` is the number after which all of it is in the store."""

    stored: int = 0
    unchanged: int = 0
    pages: int = 0
    done_bytes: int = 0
    last_change: int = 0
    failed: list[FailedItem] = field(default_factory=list)

    @property
    def items(self) -> int:
        """Number of items dealt with."""
        return self.stored + self.unchanged + len(self.failed)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A document ready to be stored; ``extraction`` is what the cache does not know yet."""

    label: str
    weight: int
    document: Document
    extraction: tuple[str, Extraction] | None = None


_Outcome = _Prepared | ProblemItem


class Pipeline:
    """One import. ``progress`` is called after each item with the report so far.

    With ``report`` the counts of an earlier import go on. ``manifest`` is where metadata was taken from; it is kept
    with failures so that they can be imported again alike.
    """

    def __init__(
        self,
        store: Store,
        extractor: FileReader,
        *,
        default_kommune: str | None = None,
        manifest: Path | None = None,
        progress: Callable[[IngestReport], None] | None = None,
        report: IngestReport | None = None,
    ) -> None:
        self._store = store
        self._extractor = extractor
        self._default_kommune = default_kommune
        self._manifest = manifest
        self._progress = progress
        self._report = IngestReport() if report is None else report
        self._names: dict[str, str] = {}
        self._batch: list[_Prepared] = []
        self._batch_chars = 0
        self._batch_due = 0.0

    def run(self, items: Iterable[Item]) -> IngestReport:
        """Import items and return when all that can be stored is safe. Raises ``StoreUnavailable``."""
        waiting: deque[tuple[Future[_Outcome], int]] = deque()
        bytes_ahead = 0
        ahead = self._extractor.processes * _FILES_AHEAD

        def take_first() -> int:
            outcome, weight = waiting.popleft()
            self._take(wait_and_flush(outcome, self._due, self._flush))
            return weight

        executor = ThreadPoolExecutor(self._extractor.processes, thread_name_prefix="ingest")
        try:
            for item in items:
                if isinstance(item, FileItem):
                    outcome = executor.submit(self._prepare_file, item)
                else:
                    outcome = Future()
                    outcome.set_result(self._prepare_data(item) if isinstance(item, DataItem) else item)
                waiting.append((outcome, item.weight))
                bytes_ahead += item.weight
                while waiting and (len(waiting) > ahead or bytes_ahead > _BYTES_AHEAD or waiting[0][0].done()):
                    bytes_ahead -= take_first()
            while waiting:
                take_first()
            self._flush()
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
        return self._report

    def _due(self) -> float | None:
        return self._batch_due if self._batch else None

    def _take(self, outcome: _Outcome) -> None:
        if isinstance(outcome, ProblemItem):
            source = None
            if outcome.path is not None:
                source = retry_source(outcome.path, self._default_kommune, self._manifest)
            self._store.failures.record(outcome.label, outcome.kind, outcome.message, source=source)
            self._report.failed.append(FailedItem(outcome.label, outcome.kind, outcome.message))
            self._report.done_bytes += outcome.weight
        else:
            if not self._batch:
                self._batch_due = time.monotonic() + _BATCH_SECONDS
            self._batch.append(outcome)
            self._batch_chars += sum(map(len, outcome.document.pages))
            if (
                len(self._batch) >= _BATCH_DOCUMENTS
                or self._batch_chars >= _BATCH_CHARS
                or time.monotonic() >= self._batch_due
            ):
                self._flush()
        if self._progress is not None:
            self._progress(self._report)

    def _flush(self) -> None:
        if not self._batch:
            return
        batch, self._batch, self._batch_chars = self._batch, [], 0
        extractions = {item.extraction[0]: item.extraction[1].to_json() for item in batch if item.extraction}
        self._store.extractions.put_many(self._extractor.version, extractions)
        results = self._store.documents.put_many([item.document for item in batch])
        self._store.failures.clear_many([item.label for item in batch])
        for item, result in zip(batch, results, strict=True):
            self._names.pop(item.document.id, None)
            self._report.stored += result.changed
            self._report.unchanged += not result.changed
            self._report.pages += len(item.document.pages)
            self._report.done_bytes += item.weight
            self._report.last_change = max(self._report.last_change, result.change_number)
        if self._progress is not None:
            self._progress(self._report)

    def _prepare_data(self, item: DataItem) -> _Outcome:
        try:
            document = parse_document(
                item.data,
                default_kommune=self._default_kommune,
                max_text_bytes=self._extractor.limits.max_text_bytes,
            )
        except InvalidDocument as error:
            return ProblemItem(item.label, error.kind, error.message, item.weight, item.path)
        return _Prepared(item.label, item.weight, document)

    def _prepare_file(self, item: FileItem) -> _Outcome:
        try:
            document, extraction = _document_of(
                self._store,
                self._extractor,
                item.path,
                file_name=file_label(item.path.name),
                metadata=item.metadata,
                default_kommune=self._default_kommune,
                names=self._names,
            )
        except (UnreadableFile, InvalidDocument) as error:
            return ProblemItem(item.label, error.kind, error.message, item.weight, item.path)
        return _Prepared(item.label, item.weight, document, extraction)


def ingest_file(
    store: Store,
    extractor: FileReader,
    path: Path,
    *,
    file_name: str,
    metadata: Mapping[str, Any] | None = None,
    default_kommune: str | None = None,
) -> tuple[Document, PutResult]:
    """Store a single file with its document.

    Raises ``UnreadableFile``, ``InvalidDocument`` or ``StoreUnavailable``; then nothing of the document is stored.
    """
    document, extraction = _document_of(
        store,
        extractor,
        path,
        file_name=file_name,
        metadata=metadata or {},
        default_kommune=default_kommune,
        names={},
    )
    if extraction is not None:
        store.extractions.put(extraction[0], extractor.version, extraction[1].to_json())
    return document, store.documents.put(document)


def _document_of(
    store: Store,
    extractor: FileReader,
    path: Path,
    *,
    file_name: str,
    metadata: Mapping[str, Any],
    default_kommune: str | None,
    names: dict[str, str],
) -> tuple[Document, tuple[str, Extraction] | None]:
    """Read a file, keep its original, and return its document and what the cache of extractions lacks.

    ``names`` has the file name by checksum of the files on their way to the store whose id is their checksum.
    """
    try:
        size = path.stat().st_size
        checksum = checksum_of(path)
        extraction, is_fresh = read_file(
            store, extractor, path, checksum, name=file_name, mime_type=_mime_type(metadata)
        )
        if "id" not in metadata:
            # Copies of a file are one document, which keeps the name it came with first: importing a folder again
            # must not rename it back and forth. Names of copies on their way come before the question to the store,
            # so that none is missed that is being stored just now.
            file_name = names.setdefault(checksum, file_name)
            stored = store.documents.get(checksum)
            file_name = (stored and stored.document.file_name) or file_name
        document = document_from_file(
            extraction,
            checksum=checksum,
            size=size,
            file_name=file_name,
            metadata=metadata,
            default_kommune=default_kommune,
            max_text_bytes=extractor.limits.max_text_bytes,
        )
        if store.originals.add(path) != checksum:
            raise UnreadableFile("unreadable", "the file changed while it was being read; import it again")
    except OSError as error:
        raise UnreadableFile("unreadable", f"cannot be read: {error.strerror or error}") from error
    return document, (checksum, extraction) if is_fresh else None


def _mime_type(metadata: Mapping[str, Any]) -> str | None:
    named = metadata.get("mime_type")
    return named if isinstance(named, str) else None
