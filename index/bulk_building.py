"""Documents in, segments out, in several processes when there are many.

Documents are cut into chunks of about the same amount of text. A single chunk is built here; more are built by worker
processes (``index.building_processes``). Segments are then merged into as few as a merge may make. Documents are in the
order in which they came only when one process builds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from analyzers import GermanAnalysis
from index.building_processes import Building, BuildingProcesses
from index.columnar_codec import EXTENSION
from index.compression import trained
from index.documents import Document
from index.merge_policy import Size, to_consolidate
from index.merging import merge
from index.storage import MappedStorage
from index.stored_text import split_blocks

CHUNK_CHARS = 4_000_000
"""Characters of text that a process is given at a time."""

MAX_SEGMENT_WORDS = 12_000_000
"""A process writes a segment when it has so many words; it needs about 80 bytes for each."""

_TRAINING_DOCUMENTS = 2_000


def build(
    folder: Path, documents: Iterable[Document], analysis: GermanAnalysis, processes: int, *, consolidate: bool
) -> list[Any]:
    """Write documents as segments into ``folder`` and return these; ``consolidate``: merged into as few as possible.

    Raises ``DocumentRejected``, ``IndexStorageError`` or ``OSError``, whichever process it happens in, and whatever
    ``documents`` raises.
    """
    chunks = _chunks(documents)
    first = next(chunks, None)
    if first is None:
        return []
    second = next(chunks, None)
    dictionary = b"" if second is None else trained(_samples(first))
    every = chain((first,) if second is None else (first, second), chunks)
    if second is None or processes == 1:
        building = Building(folder, analysis, dictionary, MAX_SEGMENT_WORDS)
        for chunk in every:
            building.add(chunk)
        segments = building.finish()
        return [_merged(folder, group) for group in _groups(folder, segments)] if consolidate else segments
    with BuildingProcesses(processes, folder, analysis, dictionary, MAX_SEGMENT_WORDS) as building_processes:
        for chunk in every:
            building_processes.add(chunk)
        segments = building_processes.segments()
        if not consolidate:
            return segments
        # One after the other: merging takes most memory of all, and one process writes what two would wait for.
        return [
            group[0] if len(group) == 1 else building_processes.merged(group) for group in _groups(folder, segments)
        ]


def _merged(folder: Path, segments: Sequence[Any]) -> Any:
    storage = MappedStorage(str(folder))
    return segments[0] if len(segments) == 1 else merge(storage, storage, segments)


def _groups(folder: Path, segments: Sequence[Any]) -> list[list[Any]]:
    return [[segments[at] for at in group] for group in to_consolidate(sizes_of(folder, segments))]


def sizes_of(folder: Path, segments: Iterable[Any]) -> list[Size]:
    """Return how much each segment in ``folder`` holds."""
    return [
        Size(
            segment.doc_count_all() - segment.deleted_count(),
            segment.deleted_count(),
            (folder / segment.make_filename(EXTENSION)).stat().st_size,
        )
        for segment in segments
    ]


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
        yield json.dumps(document.metadata(), ensure_ascii=False).encode()
        for page in document.pages:
            yield from (block.encode("utf-8", "replace") for block in split_blocks(page))
