"""Documents in, segments out, in several processes when there are many.

Documents are cut into chunks of about the same amount of text, and each becomes a segment. A single chunk is built
here; more are built by worker processes, which send back nothing but the segment's name. Segments are then merged into
as few as a merge may make. The order of documents is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain
from pathlib import Path
from typing import Any

from analyzers import GermanAnalysis
from index import child_processes
from index.columnar_codec import EXTENSION
from index.compression import trained
from index.documents import Document
from index.errors import DocumentRejected, IndexStorageError
from index.merge_policy import Size, to_consolidate
from index.merging import merge
from index.segment_builder import SegmentBuilder
from index.storage import MappedStorage
from index.stored_text import split_blocks
from index.surface_forms import MAX_FORMS, SurfaceForms

CHUNK_CHARS = 16_000_000
"""Characters of text of a chunk: two million words, for which building takes about 200 MB."""

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
    if second is None:
        return [_Builder(analysis).built(folder, first, b"")]
    dictionary = trained(_samples(first))
    every = chain((first, second), chunks)
    del first, second
    if processes == 1:
        builder = _Builder(analysis)
        segments = [builder.built(folder, chunk, dictionary) for chunk in every]
        return _consolidated(folder, segments) if consolidate else segments
    return _built_by_workers(folder, every, analysis, processes, dictionary, consolidate=consolidate)


def _built_by_workers(
    folder: Path,
    chunks: Iterable[list[Document]],
    analysis: GermanAnalysis,
    processes: int,
    dictionary: bytes,
    *,
    consolidate: bool,
) -> list[Any]:
    pool = ProcessPoolExecutor(processes, child_processes.context(), _start_worker, (analysis,))
    try:
        results: list[Future[Any]] = []
        for chunk in chunks:
            # One chunk waits for the next process that is free; more would only take memory.
            _wait_for_fewer(results, processes + 1)
            results.append(pool.submit(_built, folder, chunk, dictionary))
        segments = [_segment(result) for result in results]
        if not consolidate:
            return segments
        groups = _groups(folder, segments)
        # One after the other: merging takes most memory of all, and one process writes what two would wait for.
        return [
            group[0] if len(group) == 1 else pool.submit(_merged_by_worker, folder, group).result() for group in groups
        ]
    except BrokenProcessPool as error:
        raise IndexStorageError(
            folder, "a process that builds the index was killed; is there too little memory?"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _wait_for_fewer(results: Sequence[Future[Any]], limit: int) -> None:
    """Wait until fewer than ``limit`` are going on; raise what went wrong in any that ended."""
    while len(going_on := [result for result in results if not result.done()]) >= limit:
        for ended in wait(going_on, return_when=FIRST_COMPLETED).done:
            _segment(ended)


def _segment(result: Future[Any]) -> Any:
    segment = result.result()
    if isinstance(segment, tuple):
        raise DocumentRejected(*segment)
    return segment


class _Builder:
    """Builds one segment after the other, and remembers what analysis makes of words."""

    def __init__(self, analysis: GermanAnalysis) -> None:
        self._analysis = analysis
        self._forms = SurfaceForms(analysis)

    def built(self, folder: Path, documents: Sequence[Document], dictionary: bytes) -> Any:
        """Write documents, at least one, as a segment into ``folder`` and return it."""
        if len(self._forms) > MAX_FORMS:
            self._forms = SurfaceForms(self._analysis)
        builder = SegmentBuilder(self._forms, dictionary)
        for document in documents:
            builder.add(document)
        return builder.write(MappedStorage(str(folder)))


_worker: list[_Builder] = []
"""The builder of this worker process."""


def _start_worker(analysis: GermanAnalysis) -> None:
    child_processes.prepare()
    _worker[:] = [_Builder(analysis)]


def _built(folder: Path, documents: Sequence[Document], dictionary: bytes) -> Any:
    """Build a segment in a worker process; a rejected document comes back as its id and the reason."""
    try:
        return _worker[0].built(folder, documents, dictionary)
    except DocumentRejected as error:
        return error.document_id, error.reason


def _merged_by_worker(folder: Path, segments: Sequence[Any]) -> Any:
    _worker.clear()  # all is built; merging needs the memory
    return _merged(folder, segments)


def _merged(folder: Path, segments: Sequence[Any]) -> Any:
    storage = MappedStorage(str(folder))
    return merge(storage, storage, segments)


def _consolidated(folder: Path, segments: Sequence[Any]) -> list[Any]:
    return [group[0] if len(group) == 1 else _merged(folder, group) for group in _groups(folder, segments)]


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
