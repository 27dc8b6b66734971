"""Which segments are merged.

Segments fall into tiers by number of documents, each ``TIER_FACTOR`` times the one below; a full tier is merged into
one segment. So there are at most ``TIER_FACTOR - 1`` segments per tier, and a document is rewritten once per tier. A
segment that is mostly deleted is rewritten alone; one with nothing left is dropped. No merge makes a segment of more
than ``MAX_MERGED_DOCUMENTS`` or ``MAX_MERGED_BYTES``, which bounds its memory and its time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

TIER_FACTOR = 6
SMALLEST_TIER = 100
MAX_MERGED_DOCUMENTS = 250_000
MAX_MERGED_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """What a segment holds: documents that live, deleted ones, and the bytes of its file."""

    live: int
    deleted: int
    file_bytes: int


def to_merge(sizes: Sequence[Size]) -> list[int]:
    """Return the places of segments that should become one; empty when all is well."""
    tiers: dict[int, list[int]] = defaultdict(list)
    for at, size in enumerate(sizes):
        if size.live < size.deleted:
            return [at]
        if size.live <= MAX_MERGED_DOCUMENTS // TIER_FACTOR and size.file_bytes <= MAX_MERGED_BYTES // TIER_FACTOR:
            tiers[_tier(size.live)].append(at)
    full = (members for _, members in sorted(tiers.items()) if len(members) >= TIER_FACTOR)
    return next((members[:TIER_FACTOR] for members in full), [])


def to_consolidate(sizes: Sequence[Size]) -> list[list[int]]:
    """Return the places of all segments in groups, in order, each as large as a merge may be."""
    groups: list[list[int]] = []
    documents = file_bytes = 0
    for at, size in enumerate(sizes):
        documents += size.live
        file_bytes += size.file_bytes
        if not groups or documents > MAX_MERGED_DOCUMENTS or file_bytes > MAX_MERGED_BYTES:
            groups.append([])
            documents, file_bytes = size.live, size.file_bytes
        groups[-1].append(at)
    return groups


def _tier(documents: int) -> int:
    tier, limit = 0, SMALLEST_TIER
    while documents >= limit:
        tier, limit = tier + 1, limit * TIER_FACTOR
    return tier
