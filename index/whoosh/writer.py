"""The writing side of the Whoosh engine: changes in, commits out; whole generations built beside the serving one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from analyzers import GermanAnalysis
from index.building import child_processes
from index.building.background_merge import BackgroundMerge, MergeFailed, discard_leftovers
from index.building.bulk_building import build
from index.building.merge_trouble import MergeTrouble
from index.contract import Change, Document, IndexDamaged, IndexStorageError, IndexUnavailable, Rejection
from index.query.fields import SCHEMA_VERSION
from index.segments.damage import SegmentDamaged
from index.segments.snapshot import Snapshot
from index.whoosh.commits import Commit
from index.whoosh.damage import OPEN_ERRORS, reported
from index.whoosh.following import verify_contents
from index.whoosh.generations import CURRENT, Generations, Manifest
from index.whoosh.toc import contents_mark, open_latest

MAX_SEGMENTS = 60
"""With more segments than these, the writer waits for the merge that is going on."""


class WhooshIndexWriter:
    """Writes the index in a folder; implements ``index.contract.IndexWriter``. Make it with ``open``."""

    def __init__(
        self, folder: Path, analysis: GermanAnalysis, lock: AbstractContextManager[None], processes: int
    ) -> None:
        self._generations = Generations(folder)
        self._analysis = analysis
        self._lock = lock
        self._processes = processes
        self._merge: BackgroundMerge | None = None
        self._merge_trouble = MergeTrouble()
        self._may_be_due = False  # whether anything has changed since there was last nothing to merge
        self._generation: Path | None = None
        self._snapshot: Snapshot | None = None
        self._needs_rebuild: str | None = None
        self._known_state: tuple[tuple[str, int, int], ...] = ()

    @classmethod
    def open(cls, folder: Path, analysis: GermanAnalysis, *, processes: int = 0) -> WhooshIndexWriter:
        """Take the writer's lock and look at what is there. Raises ``IndexLocked`` or ``IndexStorageError``.

        ``processes``: how many build and merge large segments; 0: as many as there are processors, 1: none besides
        this one, which then does everything itself, merges included.
        """
        lock = Generations(folder).locked()
        lock.__enter__()
        writer = cls(folder, analysis, lock, processes or child_processes.available_processors())
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

    @property
    def trouble(self) -> str | None:
        """English reason why merging keeps failing; None: it does not. Changes go on meanwhile."""
        return self._merge_trouble.told

    def apply(self, changes: Sequence[Change]) -> Sequence[Rejection]:
        """Commit changes as one and return what was left out. Raises ``IndexStorageError`` or ``IndexDamaged``."""
        if not changes:
            return ()
        if self._generation is None or self._snapshot is None:
            raise IndexUnavailable(self._needs_rebuild or "there is no index to write to")
        self.tidy()
        latest = {change.document_id: change.document for change in changes}
        documents = [document for document in latest.values() if document is not None]
        with _storage_errors(self._generation):
            commit = Commit(self._generation, self._snapshot)
            commit.delete(latest)
            built = build(self._generation, documents, self._analysis, self._processes, consolidate=False)
            commit.add(built.segments)
            self._merge_on_the_spot(commit)
            commit.write()
        self._generations.write_applied(self._generation, changes[-1].number, contents_mark(self._generation))
        self._refresh()
        self.tidy()
        return built.rejected

    def tidy(self) -> bool:
        """Put a merge that has ended into place and start the next that is due; tell whether one is going on.

        Takes milliseconds unless there are far too many segments. Raises like ``apply``, not because a merge failed.
        """
        if self._generation is None or self._snapshot is None or self._processes == 1:
            return False
        if self._merge is not None and len(self._snapshot.segments) > MAX_SEGMENTS:
            self._merge.wait()
        if self._merge is not None and self._merge.is_done():
            self._install(self._generation, self._snapshot)
        if self._merge is None and self._may_be_due and self._merge_trouble.may_try:
            with _storage_errors(self._generation):
                if due := Commit(self._generation, self._snapshot).due():
                    self._merge = BackgroundMerge(self._generation, [segment for segment, _ in due])
            self._may_be_due = self._merge is not None
        return self._merge is not None

    def rebuild(
        self, documents: Iterable[Document], *, change_number: int, progress: Callable[[int], Any] | None = None
    ) -> Sequence[Rejection]:
        """Build a new generation and switch to it; return what was left out.

        Raises like ``apply``; then the old one keeps serving.
        """
        self._stop_merge()
        building = self._generations.start()
        with _storage_errors(building):
            commit = Commit(building, None)
            counted = _counted(documents, progress)
            built = build(building, counted, self._analysis, self._processes, consolidate=True)
            commit.add(built.segments)
            commit.write()
        manifest = Manifest(SCHEMA_VERSION, self._analysis.fingerprint)
        self._generation = self._generations.finish(building, manifest, change_number, contents_mark(building))
        self._snapshot = None
        self._needs_rebuild = None
        self._refresh()
        return built.rejected

    def close(self) -> None:
        """Stop what is going on and release the writer's lock."""
        self._stop_merge()
        self._snapshot = None
        self._lock.__exit__(None, None, None)

    def _inspect(self, *, verify: bool = False) -> None:
        """Look at what is on the disk; with ``verify`` also whether the segments agree with their checksums."""
        self._stop_merge()
        self._generation = self._snapshot = None
        try:
            generation = self._generations.current()
            manifest = self._generations.manifest(generation)
            self._needs_rebuild = manifest.unreadable() or manifest.outdated(self._analysis.fingerprint)
            if self._needs_rebuild is None:
                self._generation = generation
                discard_leftovers(generation)
                snapshot = self._refresh()
                if verify:
                    verify_contents(self._generations, generation)
                    snapshot.verify()
        except (IndexUnavailable, SegmentDamaged) as error:  # the store has everything to build it anew
            self._generation = self._snapshot = None
            self._needs_rebuild = str(error)

    def _busy(self) -> Collection[str]:
        """Return the names of the segments that are being merged."""
        return () if self._merge is None else self._merge.names

    def _merge_on_the_spot(self, commit: Commit) -> None:
        if not self._merge_trouble.may_try:
            return
        try:
            commit.merge(only_small=self._processes > 1, busy=self._busy())
        except (OSError, SegmentDamaged):
            raise
        except Exception as error:  # changes do not depend on merging; what is wrong is told
            self._merge_trouble.failed(f"{type(error).__name__}: {error}")

    def _install(self, generation: Path, snapshot: Snapshot) -> None:
        """Make a merge that has ended a commit of its own."""
        assert self._merge is not None
        try:
            with _storage_errors(generation):
                commit = Commit(generation, snapshot)
                commit.replace(self._merge.segments, self._merge.take(commit.segments))
                commit.write()
        except MergeFailed as error:
            self._merge_trouble.failed(str(error))
            return
        finally:
            self._stop_merge()
        self._merge_trouble.succeeded()
        self._generations.write_applied(generation, snapshot.applied_change, contents_mark(generation))
        self._refresh()

    def _stop_merge(self) -> None:
        if self._merge is not None:
            self._merge.stop()
            self._merge = None

    def _refresh(self) -> Snapshot:
        assert self._generation is not None
        applied = self._generations.applied_change(self._generation)
        with reported(self._generation, OPEN_ERRORS):
            self._snapshot = open_latest(self._generation, applied, self._snapshot)
        self._may_be_due = True
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
        if isinstance(error, (FileNotFoundError, SegmentDamaged)):
            raise IndexDamaged(self._folder, str(error)) from error
        if isinstance(error, OSError):
            raise IndexStorageError(self._folder, str(error)) from error
