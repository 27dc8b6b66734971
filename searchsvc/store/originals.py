"""Original files, kept under their SHA-256 checksum: ``ab/cd/abcd…``. The same file is kept once."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from searchsvc.store.database import translated_os_errors

_CHUNK_BYTES = 1 << 20
_CHECKSUM = re.compile(r"[0-9a-f]{64}")


class Originals:
    """Content-addressed files in a folder, safe to use from many processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, source: Path | bytes) -> str:
        """Keep a file and return its checksum; durable when this returns. Raises ``StoreUnavailable``.

        Errors of reading ``source`` itself are raised as ``OSError``.
        """
        checksum = checksum_of(source)
        if self.path(checksum) is None:
            checksum = self._write(_chunks(source))
        return checksum

    def path(self, checksum: str) -> Path | None:
        """Return where a file is kept, or None if it is not."""
        if not _CHECKSUM.fullmatch(checksum):
            return None
        path = self._path(checksum)
        return path if path.is_file() else None

    def is_intact(self, checksum: str) -> bool:
        """Tell whether a file is there and still has its checksum."""
        path = self.path(checksum)
        try:
            return path is not None and checksum_of(path) == checksum
        except OSError:
            return False

    def older_than(self, moment: float) -> list[str]:
        """Return the checksums of the files that were kept before a moment (seconds since the epoch)."""
        with translated_os_errors(self._folder):
            files = (path for path in self._folder.glob("??/??/*") if _CHECKSUM.fullmatch(path.name))
            return [path.name for path in files if path.stat().st_mtime < moment]

    def remove(self, checksum: str) -> None:
        """Remove a file, if it is there. Raises ``StoreUnavailable``."""
        with translated_os_errors(self._folder):
            self._path(checksum).unlink(missing_ok=True)

    def _path(self, checksum: str) -> Path:
        return self._folder / checksum[:2] / checksum[2:4] / checksum

    def _write(self, chunks: Iterator[bytes]) -> str:
        with translated_os_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=".new-", dir=self._folder)
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
                temporary.chmod(0o644)
                temporary.replace(target)
                _sync_folder(target.parent)
            return digest.hexdigest()
        finally:
            temporary.unlink(missing_ok=True)


def checksum_of(source: Path | bytes) -> str:
    """Return the SHA-256 checksum of a file or of bytes, in hex. Raises ``OSError``."""
    digest = sha256()
    for chunk in _chunks(source):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
