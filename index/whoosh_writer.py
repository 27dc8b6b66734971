"""The writing side of the Whoosh engine: changes in, commits out; whole generations built beside the serving one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from whoosh.index import FileIndex

from analyzers import GermanAnalysis
from index.damage import OPEN_ERRORS, reported
from index.documents import Document
from index.engine import Change
from index.errors import DocumentRejected, IndexDamaged, IndexStorageError, IndexUnavailable
from index.fields import SCHEMA_VERSION, document_fields, make_schema
from index.generations import Generations, Manifest
from index.postings import PostingsCache
from index.snapshot import INDEX_NAME, Snapshot
from index.storage import MappedStorage

POSTINGS_MEMORY_MB = 256
"""Memory for postings while a segment is written; more are sorted through temporary files."""


class WhooshIndexWriter:
    """Writes the index in a folder; implements ``index.engine.IndexWriter``. Make it with ``open``."""

    def __init__(self, folder: Path, analysis: GermanAnalysis, lock: AbstractContextManager[None]) -> None:
        self._generations = Generations(folder)
        self._analysis = analysis
        self._lock = lock
        self._cache = PostingsCache(max_bytes=8 * 2**20)
        self._generation: Path | None = None
        self._snapshot: Snapshot | None = None
        self._needs_rebuild: str | None = None

    @classmethod
    def open(cls, folder: Path, analysis: GermanAnalysis) -> WhooshIndexWriter:
        """Take the writer's lock and look at what is there. Raises ``IndexLocked`` or ``IndexStorageError``."""
        lock = Generations(folder).locked()
        lock.__enter__()
        writer = cls(folder, analysis, lock)
        writer._inspect()
        return writer

    @property
    def applied_change(self) -> int:
        """Number of the last change that is durably in the index; 0: none."""
        return self._snapshot.applied_change if self._snapshot else 0

    @property
    def needs_rebuild(self) -> str | None:
        """English reason why the index must be built anew; None: it need not."""
        return self._needs_rebuild

    def apply(self, changes: Sequence[Change]) -> None:
        """Commit changes as one. Raises ``IndexStorageError``, ``IndexDamaged`` or ``DocumentRejected``."""
        if not changes:
            return
        if self._generation is None or self._snapshot is None:
            raise IndexUnavailable(self._needs_rebuild or "there is no index to write to")
        latest = {change.document_id: change for change in changes}
        with _storage_errors(self._generation):
            writer = self._open_writer(self._generation)
            try:
                self._delete(writer, latest)
                for change in latest.values():
                    if change.document is not None:
                        writer.add_document(**self._fields(change.document))
                writer.commit()
            except BaseException:
                if not writer.is_closed:
                    writer.cancel()
                raise
        self._generations.write_applied(self._generation, changes[-1].number)
        self._refresh()

    def rebuild(
        self, documents: Iterable[Document], *, change_number: int, progress: Callable[[int], Any] | None = None
    ) -> None:
        """Build a new generation and switch to it. Raises like ``apply``; then the old one keeps serving."""
        building = self._generations.start()
        with _storage_errors(building):
            FileIndex.create(MappedStorage(str(building)), make_schema(), INDEX_NAME)
            writer = self._open_writer(building)
            try:
                for number, document in enumerate(documents, start=1):
                    writer.add_document(**self._fields(document))
                    if progress is not None:
                        progress(number)
                writer.commit(merge=False)
            except BaseException:
                if not writer.is_closed:
                    writer.cancel()
                raise
        manifest = Manifest(SCHEMA_VERSION, self._analysis.fingerprint)
        self._generation = self._generations.finish(building, manifest, change_number)
        self._snapshot = None
        self._needs_rebuild = None
        self._refresh()

    def close(self) -> None:
        """Release the writer's lock."""
        self._snapshot = None
        self._lock.__exit__(None, None, None)

    def _inspect(self) -> None:
        try:
            generation = self._generations.current()
            mismatch = self._generations.manifest(generation).mismatch(self._analysis.fingerprint)
            if mismatch is None:
                self._generation = generation
                self._refresh()
            self._needs_rebuild = mismatch
        except IndexUnavailable as error:  # missing or damaged: the store has everything to build it anew
            self._generation = self._snapshot = None
            self._needs_rebuild = str(error)

    def _refresh(self) -> None:
        assert self._generation is not None
        applied = self._generations.applied_change(self._generation)
        with reported(self._generation, OPEN_ERRORS):
            self._snapshot = Snapshot.open(self._generation, applied, self._cache, self._snapshot)

    def _open_writer(self, generation: Path) -> Any:
        index = FileIndex(MappedStorage(str(generation)), schema=make_schema(), indexname=INDEX_NAME)
        # Compound files would be copied into each process's memory; see index.storage.
        return index.writer(limitmb=POSTINGS_MEMORY_MB, compound=False)

    def _fields(self, document: Document) -> dict[str, Any]:
        try:
            return document_fields(document, self._analysis)
        except Exception as error:  # analysis is meant to be total; if it is not, one document must not stop all others
            raise DocumentRejected(document.id, f"{type(error).__name__}: {error}") from error

    def _delete(self, writer: Any, latest: dict[str, Change]) -> None:
        assert self._snapshot is not None
        offset = 0
        for segment in self._snapshot.segments:
            for document_id in latest:
                for doc in segment.data.postings.postings("id", document_id).docs.tolist():
                    if segment.live is None or segment.live[doc]:
                        writer.delete_document(offset + doc)
            offset += segment.doc_count


class _storage_errors(AbstractContextManager[None]):  # noqa: N801  # used like a function
    """Tell an operating system that refuses to write from files that cannot be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _traceback: Any) -> None:
        if isinstance(error, FileNotFoundError):
            raise IndexDamaged(self._folder, str(error)) from error
        if isinstance(error, OSError):
            raise IndexStorageError(self._folder, str(error)) from error
