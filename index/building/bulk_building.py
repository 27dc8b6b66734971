"""Documents in, segments out, in several processes when there are many.

Documents are cut into chunks of about the same amount of text. A single chunk is built here; more are built by worker
processes (``index.building.processes``). Segments are then merged into as few as a merge may make. Documents are in the
order in which they came only when one process builds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from analyzers import GermanAnalysis
from index.building.merge_policy import Size, to_consolidate
from index.building.merging import merge
from index.building.processes import Building, BuildingProcesses
from index.contract import Document, Rejection
from index.segments.array_file import make_durable
from index.segments.compression import trained
from index.segments.record import SegmentRecord
from index.segments.stored_text import split_blocks

CHUNK_CHARS = 4_000_000
"""Characters of text that a process is given at a time."""

MAX_SEGMENT_WORDS = 12_000_000
"""A process writes a segment when it has so many words; it needs about 80 bytes for each."""

_TRAINING_DOCUMENTS = 2_000


@dataclass(frozen=True, slots=True)
class Built:
    """The segments that were built, and the documents that were left out because they cannot be indexed."""

    segments: Sequence[SegmentRecord] = ()
    rejected: Sequence[Rejection] = ()


def build(
    folder: Path, documents: Iterable[Document], analysis: GermanAnalysis, processes: int, *, consolidate: bool
) -> Built:
    """Write documents as segments into ``folder``; ``consolidate``: merged into as few as possible.

    Raises ``IndexStorageError`` or ``OSError``, whichever process it happens in, and whatever ``documents`` raises.
    """
    chunks = _chunks(documents)
    first = next(chunks, None)
    if first is None:
        return Built()
    second = next(chunks, None)
    if second is None or processes == 1:
        dictionary = b"" if second is None else trained(_samples(first))
        building = Building(folder, analysis, dictionary, MAX_SEGMENT_WORDS)
        for chunk in chain((first,) if second is None else (first, second), chunks):
            building.add(chunk)
        segments = _finished(folder, building.finish(), partial(merge, folder, folder), consolidate=consolidate)
        return Built(segments, building.rejected)
    with BuildingProcesses(processes, folder, analysis, MAX_SEGMENT_WORDS) as building_processes:
        building_processes.start(trained(_samples(first)))
        for chunk in chain((first, second), chunks):
            building_processes.add(chunk)
        segments = building_processes.segments()
        segments = _finished(folder, segments, building_processes.merged, consolidate=consolidate)
        return Built(segments, building_processes.rejected)


def _finished(
    folder: Path,
    segments: Sequence[SegmentRecord],
    merged: Callable[[Sequence[SegmentRecord]], SegmentRecord | None],
    *,
    consolidate: bool,
) -> list[SegmentRecord]:
    """Merge segments if wanted, one group after the other, because merging takes most memory of all; make all last."""
    groups = to_consolidate(sizes_of(folder, segments)) if consolidate else [[at] for at in range(len(segments))]
    finished = []
    for group in groups:
        if len(group) == 1:
            finished.append(segments[group[0]])
            make_durable(folder / finished[-1].file_name)
        elif (one := merged([segments[at] for at in group])) is not None:
            finished.append(one)
    return finished


def sizes_of(folder: Path, segments: Iterable[SegmentRecord]) -> list[Size]:
    """Return how much each segment in ``folder`` holds."""
    return [Size(segment.live_count, len(segment.deleted), segment.file_bytes(folder)) for segment in segments]


def _chunks(documents: Iterable[Document]) -> Iterator[list[Document]]:
    chunk: list[Document] = []
    chars = 0
    for document in documents:
        chunk.append(document)
        chars += sum(map(len, document.pages))
        if chars >= CHUNK_CHARS:
            yield chunk
            chunk, chars = [], 0
    if chunk:
        yield chunk


def _samples(documents: Sequence[Document]) -> Iterator[bytes]:
    for document in documents[:: max(1, len(documents) // _TRAINING_DOCUMENTS)]:
        # One that cannot be indexed is rejected by whoever builds it, with its reason; samples do without it.
        with suppress(TypeError, ValueError, AttributeError):
            yield json.dumps(document.metadata(), ensure_ascii=False).encode()
            for page in document.pages:
                yield from (block.encode("utf-8", "replace") for block in split_blocks(page))
