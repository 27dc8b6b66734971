"""The next commit of a generation: deletions, new segments, merged ones; nothing is visible before it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from index.building.bulk_building import sizes_of
from index.building.merge_policy import Size, to_merge
from index.building.merging import merge
from index.segments.record import SegmentRecord
from index.segments.snapshot import Snapshot
from index.whoosh.toc import Contents, read_contents, write_contents

SMALL_MERGE_DOCUMENTS = 1_000
SMALL_MERGE_BYTES = 4_000_000
"""Merges up to this size take some ten milliseconds and are done on the spot."""


class Commit:
    """Segments as they will be. Start from the latest commit, open as ``snapshot``; None: from nothing."""

    def __init__(self, generation: Path, snapshot: Snapshot | None) -> None:
        self._folder = generation
        self._open_segments = () if snapshot is None else snapshot.segments
        latest = Contents(0, ()) if snapshot is None else read_contents(generation)
        self.segments = list(latest.segments)
        self._number = latest.number + 1

    def delete(self, document_ids: Iterable[str]) -> None:
        """Mark documents of the latest commit as deleted; unknown ids are left aside."""
        ids = list(document_ids)
        self.segments = [
            record.without({doc for document_id in ids for doc in segment.data.docs("id", document_id).tolist()})
            for segment, record in zip(self._open_segments, self.segments, strict=True)
        ]

    def add(self, segments: Iterable[SegmentRecord]) -> None:
        """Add segments, whose files are in the generation's folder."""
        self.segments.extend(segments)

    def merge(self, *, only_small: bool, busy: Collection[str] = ()) -> None:
        """Replace segments that should be one by a merged one; those with names in ``busy`` stay."""
        while group := self.due(busy):
            if only_small and not _is_small([size for _, size in group]):
                return
            segments = [segment for segment, _ in group]
            self.replace(segments, merge(self._folder, self._folder, segments))

    def due(self, busy: Collection[str] = ()) -> list[tuple[SegmentRecord, Size]]:
        """Return the segments that should be merged next; empty when all is well."""
        free = [segment for segment in self.segments if segment.segment_id not in busy]
        sizes = sizes_of(self._folder, free)
        return [(free[at], sizes[at]) for at in to_merge(sizes)]

    def replace(self, segments: Sequence[SegmentRecord], merged: SegmentRecord | None) -> None:
        """Put a merged segment in the place of others; None: nothing of them is left."""
        names = {segment.segment_id for segment in segments}
        kept = [segment for segment in self.segments if segment.segment_id not in names]
        self.segments = kept if merged is None else [*kept, merged]

    def write(self) -> None:
        """Make the commit visible, and delete the files of segments that are no longer part of it."""
        write_contents(self._folder, Contents(self._number, tuple(self.segments)))


def _is_small(sizes: Sequence[Size]) -> bool:
    return (
        sum(size.live for size in sizes) <= SMALL_MERGE_DOCUMENTS
        and sum(size.file_bytes for size in sizes) <= SMALL_MERGE_BYTES
    )
