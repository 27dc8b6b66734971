"""A merge beside the writer: a process of its own reads segments, which never change, and writes the merged one.

It writes into a folder of its own inside the generation's, so that nobody takes its unfinished file for part of the
index. The writer moves the file to its place when it makes the merge part of a commit, with the deletions that have
come meanwhile.
"""

from __future__ import annotations

import os
import shutil
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from index.building import child_processes
from index.building.merging import merge
from index.contract import IndexDamaged
from index.segments.damage import SegmentDamaged
from index.segments.record import SegmentRecord

FOLDER = "merging"
STOP_TIMEOUT_S = 5.0


class MergeFailed(Exception):
    """A merge has failed, which costs nothing but time; the message says why."""


class BackgroundMerge:
    """One merge going on. ``segments`` as of the commit it starts from."""

    def __init__(self, generation: Path, segments: Sequence[SegmentRecord]) -> None:
        self._generation = generation
        self.segments = list(segments)
        self.names = frozenset(segment.segment_id for segment in segments)
        discard_leftovers(generation)
        self._folder = generation / FOLDER
        self._folder.mkdir()
        context = child_processes.context()
        self._results, child_end = context.Pipe(duplex=False)
        arguments = (child_end, generation, self._folder, self.segments)
        self._process = context.Process(target=_run, args=arguments, name="index-merge", daemon=True)
        self._process.start()
        child_end.close()

    def is_done(self) -> bool:
        """Tell whether the merge has ended, one way or the other."""
        return self._results.poll()

    def wait(self) -> None:
        """Wait until the merge has ended."""
        self._results.poll(None)

    def take(self, current: Sequence[SegmentRecord]) -> SegmentRecord | None:
        """Move the merged segment to its place and return it, without what is deleted in ``current``; None: empty.

        Raises ``MergeFailed``, or ``IndexDamaged`` when it failed because of what there is to merge.
        """
        merged = self._outcome()
        if merged is None:
            return None
        deleted_since = {segment.segment_id: segment for segment in current}
        deleted: list[int] = []
        base = 0
        for before in self.segments:
            live = before.live()
            since = np.flatnonzero(live & ~deleted_since[before.segment_id].live())
            deleted += (np.cumsum(live)[since] - 1 + base).tolist()
            base += int(live.sum())
        os.rename(self._folder / merged.file_name, self._generation / merged.file_name)  # noqa: PTH104
        return merged.without(deleted)

    def stop(self) -> None:
        """End the merge if it is still going on, and remove what it has written."""
        if self._process.is_alive():
            self._process.terminate()
        self._process.join(STOP_TIMEOUT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._results.close()
        self._process.close()
        discard_leftovers(self._generation)

    def _outcome(self) -> SegmentRecord | None:
        try:
            kind, value = self._results.recv()
        except EOFError as error:
            ended = child_processes.how_ended(self._process)
            raise MergeFailed(f"the process that merges segments {ended}") from error
        if kind == "damaged":
            raise IndexDamaged(self._generation, value)
        if kind == "failed":
            raise MergeFailed(value)
        assert value is None or isinstance(value, SegmentRecord)
        return value


def discard_leftovers(generation: Path) -> None:
    """Remove what a merge that did not end has left."""
    shutil.rmtree(generation / FOLDER, ignore_errors=True)


def _run(results: Connection, generation: Path, folder: Path, segments: Sequence[SegmentRecord]) -> None:
    child_processes.prepare()
    try:
        merged = merge(generation, folder, segments)
        results.send(("merged", merged))
    except (SegmentDamaged, FileNotFoundError) as error:
        results.send(("damaged", str(error)))
    except Exception as error:  # whatever it is, the writer must learn of it
        traceback.print_exc()
        results.send(("failed", f"{type(error).__name__}: {error}"))
