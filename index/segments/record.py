"""What an engine knows of a segment without opening it: its name, its documents, and which of them are deleted."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from index.segments.doc_sets import BoolArray

INDEX_NAME = "MAIN"
EXTENSION = ".arrays"


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """A segment as of one commit: ``segment_id`` names its file; ``deleted`` are numbers below ``doc_count``."""

    segment_id: str
    doc_count: int
    deleted: frozenset[int] = field(default=frozenset(), repr=False)

    @classmethod
    def new(cls, doc_count: int) -> SegmentRecord:
        """Return a record under a name that never comes twice."""
        return cls(f"{INDEX_NAME}_{secrets.token_hex(8)}", doc_count)

    @property
    def file_name(self) -> str:
        """Name of the segment's file."""
        return self.segment_id + EXTENSION

    @property
    def live_count(self) -> int:
        """Number of documents that are not deleted."""
        return self.doc_count - len(self.deleted)

    def without(self, docs: Collection[int]) -> SegmentRecord:
        """Return the segment with some more documents deleted."""
        return replace(self, deleted=self.deleted.union(docs)) if docs else self

    def live(self) -> BoolArray:
        """Return which documents are not deleted."""
        live = np.ones(self.doc_count, dtype=bool)
        live[list(self.deleted)] = False
        return live

    def file_bytes(self, folder: Path) -> int:
        """Return the size of the segment's file in ``folder``. Raises ``OSError``."""
        return (folder / self.file_name).stat().st_size
