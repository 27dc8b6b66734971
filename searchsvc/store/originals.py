"""Original files, kept under their SHA-256 checksum: ``ab/cd/abcd…``. The same file is kept once.

What no document needs any more goes to ``.trash`` first, from where it comes back when a document needs it again.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from searchsvc.atomic_files import sync_folder
from searchsvc.store.database import translated_os_errors
from searchsvc.store.leftovers import NEW_ORIGINAL_PREFIX

_CHUNK_BYTES = 1 << 20
_CHECKSUM = re.compile(r"[0-9a-f]{64}")
_TRASH = ".trash"


class Originals:
    """Content-addressed files in a folder, safe to use from many processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._trash = folder / _TRASH

    def add(self, source: Path | bytes) -> str:
        """Keep a file and return its checksum; durable when this returns. Raises ``StoreUnavailable``.

        Errors of reading ``source`` itself are raised as ``OSError``.
        """
        checksum = checksum_of(source)
        try:
            # As old as if it came just now, so that nobody takes it for one that has been waiting for a document.
            os.utime(self._path(checksum))
        except FileNotFoundError:
            checksum = self._write(_chunks(source))
        except OSError:  # of another owner; the age only spares a way through the trash
            pass
        return checksum

    def path(self, checksum: str) -> Path | None:
        """Return where a file is kept, or None if it is not."""
        if not _CHECKSUM.fullmatch(checksum):
            return None
        path = self._path(checksum)
        return path if path.is_file() else None

    def readable(self, checksum: str) -> Path | None:
        """Return where a file can be read now, be it kept or in the trash; None if it is in neither."""
        if not _CHECKSUM.fullmatch(checksum):
            return None
        paths = (self._path(checksum), self._trashed(checksum), self._path(checksum))
        return next((path for path in paths if path.is_file()), None)

    def is_intact(self, checksum: str) -> bool:
        """Tell whether a file is there and still has its checksum."""
        path = self.path(checksum)
        try:
            return path is not None and checksum_of(path) == checksum
        except OSError:
            return False

    def has(self, checksum: str) -> bool:
        """Tell whether a file is kept, or can be brought back from the trash."""
        if not _CHECKSUM.fullmatch(checksum):
            return False
        # It may be on its way back.
        return any(map(Path.is_file, (self._path(checksum), self._trashed(checksum), self._path(checksum))))

    def any(self) -> bool:
        """Tell whether any file is kept."""
        return next(_files(self._folder), None) is not None

    def older_than(self, moment: float) -> Iterator[str]:
        """Yield the checksums of the files that were kept before a moment (seconds since the epoch)."""
        return _older(self._folder, moment)

    def trashed_before(self, moment: float) -> Iterator[str]:
        """Yield the checksums of the files that came into the trash before a moment."""
        return _older(self._trash, moment)

    def discard(self, checksum: str) -> None:
        """Move a file to the trash, if it is there. Raises ``StoreUnavailable``."""
        with translated_os_errors(self._folder), suppress(FileNotFoundError):
            target = self._trashed(checksum)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.utime(self._path(checksum))
            self._path(checksum).replace(target)

    def keep(self, checksum: str) -> bool:
        """Bring a file back if it is in the trash; tell whether it is kept now. Raises ``StoreUnavailable``."""
        if self.path(checksum) is None:
            with translated_os_errors(self._folder), suppress(FileNotFoundError):
                self._trashed(checksum).replace(self._path(checksum))
                os.utime(self._path(checksum))
        return self.path(checksum) is not None

    def erase(self, checksum: str) -> None:
        """Remove a file from the trash for good. Raises ``StoreUnavailable``."""
        with translated_os_errors(self._folder):
            self._trashed(checksum).unlink(missing_ok=True)

    def _path(self, checksum: str) -> Path:
        return _place(self._folder, checksum)

    def _trashed(self, checksum: str) -> Path:
        return _place(self._trash, checksum)

    def _write(self, chunks: Iterator[bytes]) -> str:
        with translated_os_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=NEW_ORIGINAL_PREFIX, dir=self._folder)
        temporary = Path(name)
        try:
            digest = sha256()
            with os.fdopen(descriptor, "wb") as file:
                for chunk in chunks:
                    digest.update(chunk)
                    with translated_os_errors(temporary):
                        file.write(chunk)
                with translated_os_errors(temporary):
                    file.flush()
                    os.fsync(file.fileno())
            # The checksum of what was written counts: the source may have changed since it was named.
            target = self._path(digest.hexdigest())
            with translated_os_errors(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                temporary.chmod(0o600)
                temporary.replace(target)
                sync_folder(target.parent)
            return digest.hexdigest()
        finally:
            temporary.unlink(missing_ok=True)


def checksum_of(source: Path | bytes) -> str:
    """Return the SHA-256 checksum of a file or of bytes, in hex. Raises ``OSError``."""
    digest = sha256()
    for chunk in _chunks(source):
        digest.update(chunk)
    return digest.hexdigest()


def _place(folder: Path, checksum: str) -> Path:
    return folder / checksum[:2] / checksum[2:4] / checksum


def _files(folder: Path) -> Iterator[Path]:
    with translated_os_errors(folder):
        yield from (path for path in folder.glob("??/??/*") if _CHECKSUM.fullmatch(path.name))


def _older(folder: Path, moment: float) -> Iterator[str]:
    for path in _files(folder):
        # Another process may move a file between finding it and looking at it.
        with translated_os_errors(folder), suppress(FileNotFoundError):
            if path.stat().st_mtime < moment:
                yield path.name


def _chunks(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
