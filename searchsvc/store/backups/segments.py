"""The files of the log: runs of journal entries, compressed JSON lines, complete or not there.

Their names say which entries they have, when the last transaction in them ended, and the SHA-256 of the whole file.
Original files that came with these changes stand beside them under their checksums.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from searchsvc.atomic_files import sync_folder
from searchsvc.store.backups.errors import BackupError
from searchsvc.store.journal import Bounds, Entry
from searchsvc.store.originals import checksum_of

LOG = "log"
_FILES = "originals"
_PREFIX = ".segment-"
_NAME = re.compile(r"([0-9]{19})-([0-9]{19})-([0-9]{8}T[0-9]{6}\.[0-9]{3})Z-([0-9a-f]{64})\.ndjson\.gz")
_MOMENT = "%Y%m%dT%H%M%S.%f"
_LEVEL = 4


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of the log with the entries ``first`` to ``last``, the last transaction of which ended at ``until``."""

    path: Path
    first: int
    last: int
    until: datetime
    sha256: str


class LogFolder:
    """The logs in a backup folder: one folder for each, and one of original files."""

    def __init__(self, backup_folder: Path) -> None:
        self._folder = backup_folder / LOG

    def logs(self) -> list[str]:
        """Return the names of all logs."""
        with suppress(FileNotFoundError):
            return sorted(path.name for path in self._folder.iterdir() if re.fullmatch(r"[0-9a-f]{32}", path.name))
        return []

    def make(self, log_id: str) -> None:
        """Let there be a folder for a log, so that one without changes can be told from one that is lost."""
        (self._folder / log_id).mkdir(parents=True, exist_ok=True)

    def segments(self, log_id: str) -> list[Segment]:
        """Return the files of a log in order. Raises ``OSError``."""
        with suppress(FileNotFoundError):
            return sorted(
                (segment for path in (self._folder / log_id).iterdir() if (segment := _parsed(path)) is not None),
                key=lambda segment: (segment.first, segment.last),
            )
        return []

    def write(self, log_id: str, bounds: Bounds, files: list[str], entries: Iterable[Entry]) -> Segment:
        """Write a run of entries; durable when this returns, and nothing is left when it fails. Raises ``OSError``."""
        folder = self._folder / log_id
        folder.mkdir(parents=True, exist_ok=True)
        _clear(folder)
        descriptor, name = tempfile.mkstemp(prefix=_PREFIX, dir=folder)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                with gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed:
                    packed.write(_line({"format": 1, "files": files, **asdict(bounds)}))
                    for entry in entries:
                        packed.write(_line(_written(entry)))
                file.flush()
                os.fsync(file.fileno())
            until = datetime.fromisoformat(bounds.until).astimezone(UTC)
            moment = until.strftime(_MOMENT)[:-3]
            checksum = checksum_of(temporary)
            target = folder / f"{bounds.first:019d}-{bounds.last:019d}-{moment}Z-{checksum}.ndjson.gz"
            temporary.replace(target)
            sync_folder(folder)
        finally:
            temporary.unlink(missing_ok=True)
        return Segment(target, bounds.first, bounds.last, until, checksum)

    def add_file(self, checksum: str, source: Path) -> None:
        """Keep an original file; durable when this returns. Raises ``OSError``."""
        target = self.file(checksum)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear(target.parent)
        descriptor, name = tempfile.mkstemp(prefix=_PREFIX, dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file, source.open("rb") as content:
                shutil.copyfileobj(content, file, 1 << 20)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
            sync_folder(target.parent)
        finally:
            Path(name).unlink(missing_ok=True)

    def file(self, checksum: str) -> Path:
        """Return where an original file is, if it is kept."""
        return self._folder / _FILES / checksum[:2] / checksum

    def remove(self, log_id: str, until: int | None) -> int:
        """Remove the files of a log up to an entry, all of them with None; return how many."""
        old = [segment for segment in self.segments(log_id) if until is None or segment.last <= until]
        for segment in old:
            segment.path.unlink(missing_ok=True)
        if until is None:
            shutil.rmtree(self._folder / log_id, ignore_errors=True)
        return len(old)

    def remove_unused_files(self) -> int:
        """Remove original files that no segment names; return how many. Raises ``BackupError`` if one is damaged."""
        used: set[str] = set()
        for log_id in self.logs():
            for segment in self.segments(log_id):
                used.update(files_of(segment))
        unused = [path for path in (self._folder / _FILES).glob("??/*") if path.name not in used]
        for path in unused:
            path.unlink(missing_ok=True)
        return len(unused)


def verify(segment: Segment) -> None:
    """Raise ``BackupError`` unless a segment is as it was written."""
    try:
        if checksum_of(segment.path) == segment.sha256:
            return
    except OSError as error:
        raise BackupError(f"cannot read {segment.path}: {error.strerror or error}") from error
    raise BackupError(f"{segment.path} is damaged: the log cannot be followed beyond entry {segment.first - 1:,}")


def files_of(segment: Segment) -> list[str]:
    """Return the checksums of the original files that came with a segment. Raises ``BackupError``."""
    with _lines(segment) as lines:
        return [str(one) for one in next(lines)["files"]]


def entries_of(segment: Segment) -> Iterator[Entry]:
    """Yield the entries of a segment. Raises ``BackupError``."""
    with _lines(segment) as lines:
        next(lines)
        for values in lines:
            content = values.pop("content", None)
            yield Entry(**values, content=None if content is None else base64.b64decode(content))


class _lines:  # noqa: N801 - used like a function
    """The lines of a segment, read one by one."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment

    def __enter__(self) -> Iterator[dict[str, Any]]:
        self._file = gzip.open(self._segment.path, "rb")
        return (json.loads(line) for line in self._file)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._file.close()
        if isinstance(error, (OSError, EOFError, ValueError, KeyError, TypeError, StopIteration)):
            raise BackupError(f"{self._segment.path} cannot be read: {error}") from error


def _written(entry: Entry) -> dict[str, Any]:
    values = {name: value for name, value in asdict(entry).items() if value is not None}
    if entry.content is not None:
        values["content"] = base64.b64encode(entry.content).decode("ascii")
    return values


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=True).encode() + b"\n"


def _parsed(path: Path) -> Segment | None:
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    until = datetime.strptime(match.group(3), _MOMENT).replace(tzinfo=UTC)
    return Segment(path, int(match.group(1)), int(match.group(2)), until, match.group(4))


def _clear(folder: Path) -> None:
    """Remove what a process that was killed has left; only one writes here."""
    for path in folder.glob(f"{_PREFIX}*"):
        path.unlink(missing_ok=True)
