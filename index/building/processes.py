"""Processes that build segments of the chunks of documents they are given, and then merge what they have built.

Whoever is free takes the next chunk. A process keeps what it is given together until that is enough for a segment, so
that few segments have to be merged, and remembers what analysis makes of words. It answers with messages: what it took,
the segments it wrote, or why it could not.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from analyzers import GermanAnalysis
from index.building import child_processes
from index.building.merging import merge
from index.building.segment_builder import SegmentBuilder
from index.building.surface_forms import MAX_FORMS, SurfaceForms
from index.contract import Document, IndexStorageError, Rejection
from index.segments.record import SegmentRecord


class Building:
    """Builds segments of the documents it is given, each when there are ``max_segment_words``; none is durable yet.

    ``rejected``: the documents that were left out, complete when it has finished.
    """

    def __init__(self, folder: Path, analysis: GermanAnalysis, dictionary: bytes, max_segment_words: int) -> None:
        self._max_segment_words = max_segment_words
        self._folder = folder
        self._analysis = analysis
        self._dictionary = dictionary
        self._forms = SurfaceForms(analysis)
        self._builder = SegmentBuilder(self._forms, dictionary)
        self._segments: list[SegmentRecord] = []
        self.rejected: list[Rejection] = []

    def add(self, documents: Sequence[Document]) -> None:
        """Add documents. Raises ``OSError``."""
        self._builder.add(documents)
        if self._builder.token_count >= self._max_segment_words:
            self._write()

    def finish(self) -> list[SegmentRecord]:
        """Return all segments. Raises like ``add``."""
        self._write()
        return self._segments

    def _write(self) -> None:
        segment = self._builder.write(self._folder) if self._builder.doc_count else None
        if segment is not None and segment.live_count:
            self._segments.append(segment)
        self.rejected += self._builder.rejected
        if len(self._forms) > MAX_FORMS:
            self._forms = SurfaceForms(self._analysis)
        self._builder = SegmentBuilder(self._forms, self._dictionary)


class BuildingProcesses(AbstractContextManager["BuildingProcesses"]):
    """Some processes that build segments in a folder. Every method raises like ``bulk_building.build``.

    ``rejected``: the documents that were left out, complete when ``segments`` has returned.
    """

    def __init__(self, count: int, folder: Path, analysis: GermanAnalysis, max_segment_words: int) -> None:
        self._folder = folder
        self._waiting = 0
        self.rejected: list[Rejection] = []
        context = child_processes.context()
        self._chunks = context.Queue()
        self._processes = []
        self._connections: list[Connection] = []
        for _ in range(count):
            own_end, its_end = context.Pipe()
            arguments = (its_end, self._chunks, folder, analysis, max_segment_words)
            process = context.Process(target=_run, args=arguments, name="index-build", daemon=True)
            process.start()
            its_end.close()
            self._processes.append(process)
            self._connections.append(own_end)

    def start(self, dictionary: bytes) -> None:
        """Tell the processes what stored texts are compressed with; until then they only get ready."""
        for connection in self._connections:
            connection.send(dictionary)

    def add(self, documents: Sequence[Document]) -> None:
        """Give a chunk to whichever process is free next; wait while others wait for that too."""
        while self._waiting > len(self._processes):
            for connection in wait(self._connections):
                self._receive(connection)
        self._chunks.put(documents)
        self._waiting += 1

    def segments(self) -> list[Any]:
        """Wait until everything is written and return the segments."""
        for _ in self._processes:
            self._chunks.put(None)
        found: dict[Any, tuple[list[Any], list[Rejection]]] = {}
        # All at once: one that is killed may leave the others waiting for ever.
        while len(found) < len(self._connections):
            for connection in wait([one for one in self._connections if one not in found]):
                if (built := self._receive(connection)) is not None:
                    found[connection] = built
        self.rejected = [rejection for _, rejected in found.values() for rejection in rejected]
        return [segment for connection in self._connections for segment in found[connection][0]]

    def merged(self, segments: Sequence[Any]) -> Any:
        """Merge segments into one, in a process, and return it; call it after ``segments`` only."""
        self._connections[0].send(segments)
        return self._receive(self._connections[0])

    def __exit__(self, *_: object) -> None:
        self._chunks.cancel_join_thread()
        self._chunks.close()
        for process, connection in zip(self._processes, self._connections, strict=True):
            connection.close()
            process.terminate()
        for process in self._processes:
            process.join()
            process.close()

    def _receive(self, connection: Any) -> Any | None:
        """Receive a message; return a result, or None when the process has only taken a chunk."""
        try:
            kind, value = connection.recv()
        except (EOFError, ConnectionError) as error:
            ended = child_processes.how_ended(self._processes[self._connections.index(connection)])
            raise IndexStorageError(self._folder, f"a process that builds the index {ended}") from error
        if kind == "taken":
            self._waiting -= 1
            return None
        if kind == "failed":
            raise value
        return value


def _run(
    connection: Connection,
    chunks: Any,
    folder: Path,
    analysis: GermanAnalysis,
    max_segment_words: int,
) -> None:
    child_processes.prepare()
    gc.disable()  # what is made here is many and simple, and ends with the process; looking through it takes a quarter
    try:
        building = Building(folder, analysis, connection.recv(), max_segment_words)
        while (documents := chunks.get()) is not None:
            connection.send(("taken", None))
            building.add(documents)
        connection.send(("built", (building.finish(), building.rejected)))
        del building  # merging needs the memory
        while True:
            connection.send(("merged", merge(folder, folder, connection.recv())))
    except EOFError:  # there is nothing more to do
        return
    except Exception as error:  # whatever it is, the writer must learn of it
        connection.send(("failed", error))
