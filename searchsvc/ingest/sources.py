"""Finding what is to be imported: files, folders, import files, and the metadata that belongs to them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from searchsvc.documents.text import file_label
from searchsvc.errors import InvalidDocument
from searchsvc.ingest.file_kinds import READ_SUFFIXES, SNIFFED_BYTES, UNSUPPORTED, is_pdf
from searchsvc.ingest.line_files import is_line_file, read_lines
from searchsvc.ingest.manifest import Manifest, read_manifest, read_sidecar

_NOT_SNIFFED = (".json", ".csv", ".tsv", ".xml", ".md", ".log")


@dataclass(frozen=True, slots=True)
class FileItem:
    """A file to read, with the metadata known about it. ``weight``: its size in bytes."""

    label: str
    path: Path
    metadata: Mapping[str, Any]
    weight: int


@dataclass(frozen=True, slots=True)
class DataItem:
    """A document as data, from a line of an import file."""

    label: str
    data: Any
    weight: int
    path: Path


@dataclass(frozen=True, slots=True)
class ProblemItem:
    """Something that cannot be imported, and why. ``path`` is the file or folder to import to try again."""

    label: str
    kind: str
    message: str
    weight: int = 0
    path: Path | None = None


Item = FileItem | DataItem | ProblemItem


@dataclass(slots=True)
class Plan:
    """All that is to be imported. ``total_bytes`` is the sum of what ``items`` will weigh.

    ``labels`` are what files are called that are not called by their path; ``skipped`` counts the files in folders that
    are no documents by their name and content.
    """

    manifest: Manifest = field(default_factory=Manifest)
    files: list[tuple[Path, int]] = field(default_factory=list)
    problems: list[ProblemItem] = field(default_factory=list)
    labels: dict[Path, str] = field(default_factory=dict)
    skipped: int = 0

    @property
    def total_bytes(self) -> int:
        """Size of all files."""
        return sum(size for _, size in self.files)

    def items(self, *, max_line_bytes: int) -> Iterator[Item]:
        """Go through everything, reading import files line by line."""
        yield from self.problems
        for path, size in self.files:
            if is_line_file(path):
                yield from _line_items(path, self._label(path), max_line_bytes)
            else:
                yield self._file_item(path, size)

    def _file_item(self, path: Path, size: int) -> Item:
        label = self._label(path)
        try:
            metadata = {**(read_sidecar(path) or {}), **(self.manifest.metadata(path) or {})}
        except InvalidDocument as error:
            return ProblemItem(label, error.kind, error.message, size, path)
        return FileItem(label, path, metadata, size)

    def _label(self, path: Path) -> str:
        # Without the condition each path would keep its hash, and what that is made of, for the rest of the import.
        return (self.labels and self.labels.get(path)) or file_label(path)


def plan_sources(paths: Sequence[Path], manifest_path: Path | None = None) -> Plan:
    """Find the files below paths; without paths, those the manifest names.

    Folders are searched to any depth, hidden files and folders left out, each folder visited once however many links
    lead to it. A path named directly is taken whatever its name is. Raises ``InvalidDocument`` when the manifest as a
    whole cannot be read.
    """
    plan = Plan()
    if manifest_path is not None:
        plan.manifest = read_manifest(manifest_path)
        plan.problems += [ProblemItem(label, "invalid_manifest", text) for label, text in plan.manifest.problems]
        for name in plan.manifest.rows:
            if not paths:
                _add_path(plan, Path(name), set(), None)
            elif not Path(name).exists():
                plan.problems.append(
                    ProblemItem(file_label(name), "unreadable", "the manifest names it, but no such file")
                )
    visited: set[tuple[int, int]] = set()
    ignored = os.path.realpath(manifest_path) if manifest_path is not None else None
    for path in paths:
        _add_path(plan, path, visited, ignored)
    return plan


def _add_path(plan: Plan, path: Path, visited: set[tuple[int, int]], ignored: str | None) -> None:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        plan.problems.append(_problem(path, error))
        return
    if stat.S_ISDIR(status.st_mode):
        _add_folder(plan, path, visited, ignored)
    elif stat.S_ISREG(status.st_mode):
        plan.files.append((path, status.st_size))
    else:
        plan.problems.append(ProblemItem(file_label(path), "unreadable", "is neither a file nor a folder"))


def _add_folder(plan: Plan, folder: Path, visited: set[tuple[int, int]], ignored: str | None) -> None:
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            status = current.stat()
            if (status.st_dev, status.st_ino) in visited:
                continue
            visited.add((status.st_dev, status.st_ino))
            with os.scandir(current) as entries:
                names = sorted((entry.name for entry in entries if not entry.name.startswith(".")), key=os.fsencode)
        except OSError as error:
            plan.problems.append(_problem(current, error))
            continue
        folders: list[Path] = []
        for name in names:
            path = current / name
            try:
                status = path.stat()
            except OSError as error:
                plan.problems.append(_problem(path, error))
                continue
            if stat.S_ISDIR(status.st_mode):
                folders.append(path)
            elif stat.S_ISREG(status.st_mode) and _is_wanted(path, ignored):
                plan.files.append((path, status.st_size))
            else:
                plan.skipped += 1
        waiting.extend(reversed(folders))


def _is_wanted(path: Path, ignored: str | None) -> bool:
    name = path.name.lower()
    if ignored is not None and os.path.realpath(path) == ignored:
        return False
    # Office files that cannot be read are taken as well, so that somebody learns of it.
    if name.endswith((*READ_SUFFIXES, *UNSUPPORTED)) or is_line_file(path):
        return True
    if name.endswith(_NOT_SNIFFED):
        return False
    # Servers of council information systems hand out PDFs under names like "getfile.php".
    try:
        with path.open("rb") as file:
            return is_pdf(file.read(SNIFFED_BYTES))
    except OSError:
        return False


def _line_items(path: Path, label: str, max_line_bytes: int) -> Iterator[Item]:
    for line in read_lines(path, max_line_bytes=max_line_bytes):
        item = f"{label}:{line.number}"
        if line.problem is not None:
            yield ProblemItem(item, "invalid_line", line.problem, line.weight, path)
        else:
            yield DataItem(item, line.value, line.weight, path)


def _problem(path: Path, error: Exception) -> ProblemItem:
    reason = getattr(error, "strerror", None) or str(error)
    return ProblemItem(file_label(path), "unreadable", f"cannot be read: {reason}", path=path)
