"""Following the commits of a folder: the newest one, opened when there is one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from analyzers import GermanAnalysis
from index.contract import IndexUnavailable, SearchIndexError
from index.search.view import View
from index.segments.damage import SegmentDamaged
from index.whoosh.damage import OPEN_ERRORS, reported
from index.whoosh.generations import Generations, Stamp
from index.whoosh.toc import contents_mark, open_latest

OPEN_ATTEMPTS = 5
"""Times a snapshot is opened again when a commit or a switch of generations came in between."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A view of a commit, where its files are, and what tells whether there is a newer one."""

    view: View
    folder: Path
    stamp: Stamp


class Following:
    """The newest commit below a folder, which need not exist yet. Thread-safe; opens on first use."""

    def __init__(self, folder: Path, analysis: GermanAnalysis) -> None:
        self._generations = Generations(folder)
        self._analysis = analysis
        self._lock = Lock()
        self._opened: Opened | None = None

    def current(self) -> Opened:
        """Return the newest commit. Raises ``IndexUnavailable`` or ``IndexDamaged``."""
        self._analysis.refresh()
        opened = self._opened
        if opened is not None and self.is_current(opened):
            return opened
        with self._lock:
            opened = self._opened
            if opened is None or not self.is_current(opened):
                opened = self._opened = self._open(opened)
            return opened

    def verify_contents(self, opened: Opened) -> None:
        """Raise ``SegmentDamaged`` if the table of contents of the newest commit is not the one that was written."""
        with suppress(FileNotFoundError):  # one that is replaced meanwhile
            verify_contents(self._generations, opened.folder)

    def forget(self) -> None:
        """Let the snapshot go; its files are closed when the last search on it has ended."""
        self._opened = None

    def is_current(self, opened: Opened) -> bool:
        """Tell whether nothing newer has been committed."""
        try:
            return self._generations.stamp(opened.folder) == opened.stamp
        except OSError:
            return False

    def _open(self, previous: Opened | None) -> Opened:
        last_error: SearchIndexError | None = None
        for _ in range(OPEN_ATTEMPTS):
            try:
                folder = self._generations.current()
                manifest = self._generations.manifest(folder)
                with reported(folder, OPEN_ERRORS):
                    stamp = self._generations.stamp(folder)
                if reason := manifest.unreadable():
                    raise IndexUnavailable(f"{reason}; the worker builds it anew")
                # Read before the commit is opened, so that the number never promises too much.
                applied = self._generations.applied_change(folder)
                known = previous.view.snapshot if previous is not None and previous.folder == folder else None
                with reported(folder, OPEN_ERRORS):
                    is_outdated = manifest.outdated(self._analysis.fingerprint) is not None
                    view = View(open_latest(folder, applied, known), self._analysis, is_outdated=is_outdated)
                    return Opened(view, folder, stamp)
            except SearchIndexError as error:
                last_error = error
        assert last_error is not None
        raise last_error


def verify_contents(generations: Generations, folder: Path) -> None:
    """Raise ``SegmentDamaged`` if a generation's table of contents is not the one that was written."""
    if not generations.has_contents(folder, contents_mark(folder)):
        raise SegmentDamaged("the table of contents is damaged")
