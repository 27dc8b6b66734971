"""Index generations on disk: built beside each other, switched by one atomic rename.

    CURRENT                name of the serving generation
    writer.lock            held by the one process that may write
    gen-000001/            a generation: Whoosh's files, and
        MANIFEST.json      schema version, analyzer fingerprint; written once, when the generation is complete
        APPLIED.json       number of the last change in it; rewritten after every commit
    gen-000002.building/   a generation being built; thrown away when its builder died

Readers look at CURRENT and APPLIED.json to see whether anything is new: two calls of ``stat``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from index.contract import IndexDamaged, IndexLocked, IndexStorageError, IndexUnavailable
from index.query.fields import SCHEMA_VERSION

CURRENT = "CURRENT"
MANIFEST = "MANIFEST.json"
APPLIED = "APPLIED.json"
LOCK = "writer.lock"
BUILDING = ".building"
_NAME = re.compile(r"gen-(\d{6})")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was built with."""

    schema_version: int
    analyzer_fingerprint: str

    def unreadable(self) -> str | None:
        """Return why the running code cannot read this generation, or None."""
        if self.schema_version != SCHEMA_VERSION:
            return f"the index has schema version {self.schema_version}, this program needs {SCHEMA_VERSION}"
        return None

    def outdated(self, analyzer_fingerprint: str) -> str | None:
        """Return why this generation must be built anew although it can be searched meanwhile, or None."""
        if self.analyzer_fingerprint != analyzer_fingerprint:
            return "the text analysis has changed since the index was built"
        return None


Stamp = tuple[int, ...]
"""Identifies the state of the files that readers watch."""


class Generations:
    """The generations in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> Path:
        """Return the folder of the serving generation. Raises ``IndexUnavailable`` or ``IndexDamaged``."""
        try:
            name = (self.folder / CURRENT).read_text().strip()
        except FileNotFoundError as error:
            raise IndexUnavailable("there is no index yet; the worker builds it") from error
        except (OSError, UnicodeDecodeError) as error:
            raise IndexDamaged(self.folder / CURRENT, str(error)) from error
        if not _NAME.fullmatch(name):
            raise IndexDamaged(self.folder / CURRENT, "it names no generation")
        return self.folder / name

    def manifest(self, generation: Path) -> Manifest:
        """Read a generation's manifest. Raises ``IndexDamaged``."""
        try:
            return Manifest(**json.loads((generation / MANIFEST).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise IndexDamaged(generation / MANIFEST, str(error)) from error

    def applied_change(self, generation: Path) -> int:
        """Read the number of the last change in a generation. Raises ``IndexDamaged``."""
        try:
            return int(json.loads((generation / APPLIED).read_text())["change"])
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise IndexDamaged(generation / APPLIED, str(error)) from error

    def stamp(self, generation: Path) -> Stamp:
        """Return what changes with every commit and switch. Raises ``OSError`` when files are missing."""
        states = ((self.folder / CURRENT).stat(), (generation / APPLIED).stat())
        return tuple(value for state in states for value in (state.st_ino, state.st_mtime_ns))

    def write_applied(self, generation: Path, change: int, contents: str) -> None:
        """Record the last change of a commit, and the mark of its contents, durably. Raises ``IndexStorageError``."""
        write_atomically(generation / APPLIED, json.dumps({"change": change, "contents": contents}))

    def has_contents(self, generation: Path, mark: str) -> bool:
        """Tell whether the mark of a commit's contents (number, colon, checksum) is the one that was recorded.

        Of a commit whose writer was killed before it recorded anything nothing is known. Raises ``IndexDamaged``.
        """
        try:
            recorded = str(json.loads((generation / APPLIED).read_text()).get("contents", ""))
        except (OSError, ValueError, AttributeError) as error:
            raise IndexDamaged(generation / APPLIED, str(error)) from error
        return recorded.partition(":")[0] != mark.partition(":")[0] or recorded == mark

    def start(self) -> Path:
        """Make the folder for a new generation; discards what killed builders left. The writer's lock must be held."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for leftover in self.folder.glob(f"*{BUILDING}"):
                shutil.rmtree(leftover)
            numbers = [int(match[1]) for path in self.folder.iterdir() if (match := _NAME.fullmatch(path.name))]
            building = self.folder / f"gen-{max(numbers, default=0) + 1:06}{BUILDING}"
            building.mkdir()
        except OSError as error:
            raise IndexStorageError(self.folder, str(error)) from error
        return building

    def finish(self, building: Path, manifest: Manifest, change: int, contents: str) -> Path:
        """Make a complete generation the serving one; the old ones are deleted, open readers keep theirs."""
        generation = building.with_name(building.name.removesuffix(BUILDING))
        write_atomically(building / MANIFEST, json.dumps(asdict(manifest), indent=1))
        self.write_applied(building, change, contents)
        try:
            for path in building.iterdir():
                _sync(path)
            _sync(building)
            building.rename(generation)
        except OSError as error:
            raise IndexStorageError(building, str(error)) from error
        write_atomically(self.folder / CURRENT, generation.name + "\n")
        for path in self.folder.iterdir():
            if _NAME.fullmatch(path.name) and path != generation:
                shutil.rmtree(path, ignore_errors=True)
        return generation

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the writer's lock, which the operating system frees when its process dies. Raises ``IndexLocked``."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / LOCK, timeout=0, thread_local=False).acquire()
        except Timeout as error:
            raise IndexLocked(self.folder) from error
        except OSError as error:
            raise IndexStorageError(self.folder, str(error)) from error
        with lock:
            yield


def write_atomically(path: Path, text: str) -> None:
    """Replace a small file as a whole, durably. Raises ``IndexStorageError``."""
    temporary = path.with_name(path.name + ".new")
    try:
        with temporary.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise IndexStorageError(path, str(error)) from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
