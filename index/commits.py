"""The next commit of a generation: deletions, new segments, merged ones; nothing is visible before it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from whoosh.index import TOC, clean_files

from index.bulk_building import sizes_of
from index.fields import make_schema
from index.merge_policy import Size, to_merge
from index.merging import merge
from index.segment_file import INDEX_NAME
from index.snapshot import Snapshot
from index.storage import MappedStorage

SMALL_MERGE_DOCUMENTS = 1_000
SMALL_MERGE_BYTES = 4_000_000
"""Merges up to this size take some ten milliseconds and are done on the spot."""


class Commit:
    """Segments as they will be. Start from the latest commit, open as ``snapshot``; None: from nothing."""

    def __init__(self, generation: Path, snapshot: Snapshot | None) -> None:
        self._folder = generation
        self._storage = MappedStorage(generation)
        self._open_segments = () if snapshot is None else snapshot.segments
        self.segments: list[Any] = []
        self._number = 1
        if snapshot is not None:
            latest = TOC.read(self._storage, INDEX_NAME, schema=make_schema())
            self.segments = latest.segments
            self._number = latest.generation + 1

    def delete(self, document_ids: Iterable[str]) -> None:
        """Mark documents of the latest commit as deleted; unknown ids are left aside."""
        for document_id in document_ids:
            for segment, whoosh_segment in zip(self._open_segments, self.segments, strict=True):
                for doc in segment.data.docs("id", document_id).tolist():
                    whoosh_segment.delete_document(doc)

    def add(self, segments: Iterable[Any]) -> None:
        """Add segments, whose files are in the generation's folder."""
        self.segments.extend(segments)

    def merge(self, *, only_small: bool, busy: Collection[str] = ()) -> None:
        """Replace segments that should be one by a merged one; those with names in ``busy`` stay."""
        while group := self.due(busy):
            if only_small and not _is_small([size for _, size in group]):
                return
            segments = [segment for segment, _ in group]
            self.replace(segments, merge(self._storage, self._storage, segments))

    def due(self, busy: Collection[str] = ()) -> list[tuple[Any, Size]]:
        """Return the segments that should be merged next; empty when all is well."""
        free = [segment for segment in self.segments if segment.segment_id() not in busy]
        sizes = sizes_of(self._folder, free)
        return [(free[at], sizes[at]) for at in to_merge(sizes)]

    def replace(self, segments: Sequence[Any], merged: Any | None) -> None:
        """Put a merged segment in the place of others; None: nothing of them is left."""
        names = {segment.segment_id() for segment in segments}
        kept = [segment for segment in self.segments if segment.segment_id() not in names]
        self.segments = kept if merged is None else [*kept, merged]

    def write(self) -> None:
        """Make the commit visible, and delete the files of segments that are no longer part of it."""
        TOC(make_schema(), self.segments, self._number).write(self._storage, INDEX_NAME)
        clean_files(self._storage, INDEX_NAME, self._number, self.segments)


def _is_small(sizes: Sequence[Size]) -> bool:
    return (
        sum(size.live for size in sizes) <= SMALL_MERGE_DOCUMENTS
        and sum(size.file_bytes for size in sizes) <= SMALL_MERGE_BYTES
    )
