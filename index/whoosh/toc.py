"""Whoosh's table of contents: which segments the latest commit has, and what is deleted in them.

Stock Whoosh opens what is written here. Whoosh pickles its segments with the import path of their codec, which has
moved since the first indexes were written; those are read, too, and written anew by the next commit.
"""

from __future__ import annotations

import io
import os
import pickle
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whoosh.codec.whoosh3 import W3Segment
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile
from whoosh.index import TOC, clean_files

from index.segments.record import INDEX_NAME, SegmentRecord
from index.segments.snapshot import Snapshot
from index.whoosh.codec import ColumnarCodec
from index.whoosh.schema import make_schema

_MOVED = {("index.whoosh.codec", "ColumnarCodec"): ColumnarCodec}


@dataclass(frozen=True, slots=True)
class Contents:
    """The segments of commit ``number``, which counts from 1."""

    number: int
    segments: tuple[SegmentRecord, ...]


def read_contents(folder: Path) -> Contents:
    """Read the latest commit. Raises whatever Whoosh and the operating system raise for missing or damaged files."""
    toc = TOC.read(_Storage(str(folder)), INDEX_NAME, schema=make_schema())
    return Contents(toc.generation, tuple(map(_record, toc.segments)))


def write_contents(folder: Path, contents: Contents) -> None:
    """Make a commit visible, durably, and delete the files of segments that are no longer part of any."""
    storage = _Storage(str(folder))
    segments = [_whoosh_segment(record) for record in contents.segments]
    TOC(make_schema(), segments, contents.number).write(storage, INDEX_NAME)
    clean_files(storage, INDEX_NAME, contents.number, segments)


def contents_mark(folder: Path) -> str:
    """Return number and checksum of the latest commit's table of contents. Raises like ``read_contents``."""
    number = TOC._latest_generation(_Storage(str(folder)), INDEX_NAME)
    content = (folder / TOC._filename(INDEX_NAME, number)).read_bytes()
    return f"{number}:{zlib.crc32(content):08x}"


def open_latest(folder: Path, applied_change: int, previous: Snapshot | None) -> Snapshot:
    """Open the latest commit in ``folder``. Raises like ``read_contents``."""
    contents = read_contents(folder)
    return Snapshot.open(folder, contents.segments, f"{folder.name}.{contents.number}", applied_change, previous)


def _record(segment: Any) -> SegmentRecord:
    return SegmentRecord(str(segment.segment_id()), segment.doc_count_all(), frozenset(segment.deleted_docs()))


def _whoosh_segment(record: SegmentRecord) -> W3Segment:
    name = record.segment_id.removeprefix(f"{INDEX_NAME}_")
    return W3Segment(ColumnarCodec(), INDEX_NAME, record.doc_count, name, set(record.deleted) or None)


class _Storage(FileStorage):  # type: ignore[misc]  # whoosh's classes are untyped
    """A folder whose files are on the disk when they are closed."""

    def create_file(self, name: str, **_: Any) -> StructFile:
        return StructFile((Path(self.folder) / name).open("xb"), name=name, onclose=_sync)

    def open_file(self, name: str, **_: Any) -> StructFile:
        return _Contents(io.BytesIO((Path(self.folder) / name).read_bytes()), name=name)


class _Contents(StructFile):  # type: ignore[misc]
    """A file whose objects may name modules by the paths they once had."""

    def read_pickle(self) -> Any:
        return _Unpickler(self.file).load()


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _MOVED.get((module, name)) or super().find_class(module, name)


def _sync(file: StructFile) -> None:
    file.file.flush()
    os.fsync(file.file.fileno())
