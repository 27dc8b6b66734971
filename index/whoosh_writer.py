"""The writing side of the Whoosh engine: changes in, commits out; whole generations built beside the serving one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from whoosh.index import TOC, clean_files
from whoosh.reading import CorruptIndexError

from analyzers import GermanAnalysis
from index.damage import OPEN_ERRORS, reported
from index.documents import Document
from index.engine import Change
from index.errors import DocumentRejected, IndexDamaged, IndexStorageError, IndexUnavailable
from index.fields import SCHEMA_VERSION, make_schema
from index.generations import CURRENT, Generations, Manifest
from index.merging import merge, to_consolidate, to_merge
from index.segment_builder import SegmentBuilder
from index.segment_file import INDEX_NAME
from index.snapshot import Snapshot
from index.storage import MappedStorage

MAX_WORDS_IN_MEMORY = 8_000_000
"""Words of documents collected before they are written as a segment; about 50 bytes each while that happens."""


class WhooshIndexWriter:
    """Writes the index in a folder; implements ``index.engine.IndexWriter``. Make it with ``open``."""

    def __init__(self, folder: Path, analysis: GermanAnalysis, lock: AbstractContextManager[None]) -> None:
        self._generations = Generations(folder)
        self._analysis = analysis
        self._lock = lock
        self._generation: Path | None = None
        self._snapshot: Snapshot | None = None
        self._needs_rebuild: str | None = None
        self._known_state: tuple[tuple[str, int, int], ...] = ()

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
        """English reason why the index must be built anew; None: it need not.

        Looks whether anyone else has touched the files, so that damage is found while nothing is written.
        """
        if self._generation is not None and self._state() != self._known_state:
            self._inspect(verify=True)
        return self._needs_rebuild

    def apply(self, changes: Sequence[Change]) -> None:
        """Commit changes as one. Raises ``IndexStorageError``, ``IndexDamaged`` or ``DocumentRejected``."""
        if not changes:
            return
        if self._generation is None or self._snapshot is None:
            raise IndexUnavailable(self._needs_rebuild or "there is no index to write to")
        latest = {change.document_id: change.document for change in changes}
        with _storage_errors(self._generation):
            commit = _Commit(self._generation, self._analysis, self._snapshot)
            commit.delete(latest)
            commit.add(document for document in latest.values() if document is not None)
            commit.merge()
            commit.write()
        self._generations.write_applied(self._generation, changes[-1].number)
        self._refresh()

    def rebuild(
        self, documents: Iterable[Document], *, change_number: int, progress: Callable[[int], Any] | None = None
    ) -> None:
        """Build a new generation and switch to it. Raises like ``apply``; then the old one keeps serving."""
        building = self._generations.start()
        with _storage_errors(building):
            commit = _Commit(building, self._analysis, None)
            commit.add(_counted(documents, progress))
            commit.consolidate()
            commit.write()
        manifest = Manifest(SCHEMA_VERSION, self._analysis.fingerprint)
        self._generation = self._generations.finish(building, manifest, change_number)
        self._snapshot = None
        self._needs_rebuild = None
        self._refresh()

    def close(self) -> None:
        """Release the writer's lock."""
        self._snapshot = None
        self._lock.__exit__(None, None, None)

    def _inspect(self, *, verify: bool = False) -> None:
        """Look at what is on the disk; with ``verify`` also whether the segments agree with their checksums."""
        self._generation = self._snapshot = None
        try:
            generation = self._generations.current()
            manifest = self._generations.manifest(generation)
            self._needs_rebuild = manifest.unreadable() or manifest.outdated(self._analysis.fingerprint)
            if self._needs_rebuild is None:
                self._generation = generation
                snapshot = self._refresh()
                if verify:
                    snapshot.verify()
        except (IndexUnavailable, CorruptIndexError) as error:  # the store has everything to build it anew
            self._generation = self._snapshot = None
            self._needs_rebuild = str(error)

    def _refresh(self) -> Snapshot:
        assert self._generation is not None
        applied = self._generations.applied_change(self._generation)
        with reported(self._generation, OPEN_ERRORS):
            self._snapshot = Snapshot.open(self._generation, applied, self._snapshot)
        self._known_state = self._state()
        return self._snapshot

    def _state(self) -> tuple[tuple[str, int, int], ...]:
        """Return name, size and time of change of every file that a reader needs."""
        if self._generation is None:
            return ()
        try:
            paths = [self._generations.folder / CURRENT, *sorted(self._generation.iterdir())]
            stats = ((path.name, path.stat()) for path in paths if path.is_file())
            return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
        except OSError:
            return ()


class _Commit:
    """The next commit of a generation: its segments so far. Nothing is visible before ``write``."""

    def __init__(self, generation: Path, analysis: GermanAnalysis, snapshot: Snapshot | None) -> None:
        """Start from the latest commit, open as ``snapshot``; None: from nothing."""
        self._storage = MappedStorage(str(generation))
        self._analysis = analysis
        self._open_segments = () if snapshot is None else snapshot.segments
        self._segments: list[Any] = []
        self._number = 1
        if snapshot is not None:
            latest = TOC.read(self._storage, INDEX_NAME, schema=make_schema())
            self._segments = latest.segments
            self._number = latest.generation + 1

    def delete(self, document_ids: Iterable[str]) -> None:
        """Mark documents as deleted; unknown ids are left aside."""
        for document_id in document_ids:
            for segment, whoosh_segment in zip(self._open_segments, self._segments, strict=True):
                for doc in segment.data.docs("id", document_id).tolist():
                    whoosh_segment.delete_document(doc)

    def add(self, documents: Iterable[Document]) -> None:
        """Write documents as new segments."""
        builder = SegmentBuilder(self._analysis)
        for document in documents:
            try:
                builder.add(document)
            except Exception as error:  # analysis is meant to be total; if not, one document must not stop all others
                raise DocumentRejected(document.id, f"{type(error).__name__}: {error}") from error
            if builder.token_count >= MAX_WORDS_IN_MEMORY:
                self._segments.append(builder.write(self._storage))
                builder = SegmentBuilder(self._analysis)
        if builder.doc_count:
            self._segments.append(builder.write(self._storage))

    def merge(self) -> None:
        """Replace small segments, and ones that are mostly deleted, by a merged one."""
        while group := to_merge(self._segments):
            merged = merge(self._storage, [self._segments[at] for at in group])
            kept = [segment for at, segment in enumerate(self._segments) if at not in group]
            self._segments = [*kept, merged] if merged is not None else kept

    def consolidate(self) -> None:
        """Merge all segments into as few as the limit of a merge allows: what was just built will be searched much."""
        self._segments = [
            group[0] if len(group) == 1 else merge(self._storage, group) for group in to_consolidate(self._segments)
        ]

    def write(self) -> None:
        """Make the commit visible, and delete the files of segments that are no longer part of it."""
        TOC(make_schema(), self._segments, self._number).write(self._storage, INDEX_NAME)
        clean_files(self._storage, INDEX_NAME, self._number, self._segments)


def _counted(documents: Iterable[Document], progress: Callable[[int], Any] | None) -> Iterable[Document]:
    for number, document in enumerate(documents, start=1):
        yield document
        if progress is not None:
            progress(number)


class _storage_errors(AbstractContextManager[None]):  # noqa: N801  # used like a function
    """Tell an operating system that refuses to write from files that cannot be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _traceback: Any) -> None:
        if isinstance(error, FileNotFoundError):
            raise IndexDamaged(self._folder, str(error)) from error
        if isinstance(error, OSError):
            raise IndexStorageError(self._folder, str(error)) from error
