"""A backup on disk: a tar file in which every byte counts.

First the members, then ``manifest.json`` with their sizes and checksums, then ``seal``: the SHA-256 of all bytes before
it, and where the manifest begins. Headers have nothing but name and size, so what follows the seal's digest is known,
and a file that differs from that in any byte is damaged. Any ``tar`` reads it.
"""

from __future__ import annotations

import io
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from searchsvc.store.backups.errors import BackupError
from searchsvc.store.backups.manifest import Manifest, Member
from searchsvc.store.database import translated_os_errors

DATABASE = "searchsvc.db"
MANIFEST = "manifest.json"
_SEAL = "seal"
_SEAL_TEXT = re.compile(rb"sha256 [0-9a-f]{64}\nmanifest ([0-9]{1,19})\n")
_ORIGINAL = re.compile(r"originals/([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})")
_BLOCK = tarfile.BLOCKSIZE
_TAIL_BYTES = 4 * _BLOCK
_MAX_MANIFEST_BYTES = 4_000_000_000
_CHUNK_BYTES = 1 << 20
_NOT_A_BACKUP = "is no backup of searchsvc, or cut off, or damaged"


class ContentChanged(Exception):
    """What is to go into an archive is not what it should be, or not any more."""


class ArchiveWriter:
    """Writes an archive into an empty file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = sha256()
        self._members: list[Member] = []

    @property
    def members(self) -> tuple[Member, ...]:
        """What has been added."""
        return tuple(self._members)

    def add(self, name: str, path: Path, *, checksum: str | None = None) -> None:
        """Add a file. Raises ``ContentChanged`` if it changes meanwhile or has another ``checksum``: it is left out.

        Errors of reading and writing are raised as ``OSError``.
        """
        start, digest = self._file.tell(), self._digest.copy()
        with path.open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            found = self._append(name, size, source)
        if found is None or checksum not in (None, found):
            self._file.seek(start)
            self._file.truncate()
            self._digest = digest
            raise ContentChanged(name)
        self._members.append(Member(name, size, found))

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and the seal; the archive is complete then."""
        position, content = self._file.tell(), manifest.to_json()
        self._append(MANIFEST, len(content), io.BytesIO(content))
        self._file.write(_tail(self._digest.hexdigest(), position))

    def _append(self, name: str, size: int, source: BinaryIO) -> str | None:
        """Write a member and return its checksum; None if ``source`` has not exactly ``size`` bytes."""
        self._write(_header(name, size))
        digest, left = sha256(), size
        while left and (chunk := source.read(min(_CHUNK_BYTES, left))):
            digest.update(chunk)
            self._write(chunk)
            left -= len(chunk)
        if left or source.read(1):
            return None
        self._write(b"\0" * _padding(size))
        return digest.hexdigest()

    def _write(self, content: bytes) -> None:
        self._digest.update(content)
        self._file.write(content)


def original_name(checksum: str) -> str:
    """Return the name of an original file in an archive."""
    return f"originals/{checksum[:2]}/{checksum[2:4]}/{checksum}"


def original_checksum(name: str) -> str | None:
    """Return the checksum of the original file that a member is; None if it is something else."""
    match = _ORIGINAL.fullmatch(name)
    return match.group(3) if match else None


def verify_backup(path: Path, *, progress: Callable[[int], None] | None = None) -> Manifest:
    """Read a backup from its first byte to its last and return its manifest. Changes nothing.

    ``progress`` gets the number of members so far. Raises ``BackupError`` unless every byte is as it was written.
    """
    found: list[Member] = []
    manifest: Manifest | None = None
    with _opened(path) as file:
        for name, size, chunks in _walk(file, path):
            if manifest is not None:
                raise BackupError(f"{path} {_NOT_A_BACKUP}: something follows its manifest")
            if name == MANIFEST:
                manifest = Manifest.from_json(_whole(chunks, size, path))
                continue
            digest = sha256()
            for chunk in chunks:
                digest.update(chunk)
            found.append(Member(name, size, digest.hexdigest()))
            if progress is not None:
                progress(len(found))
    if manifest is None:
        raise BackupError(f"{path} {_NOT_A_BACKUP}: it has no manifest")
    _compare(found, manifest, path)
    return manifest


def read_manifest(path: Path) -> Manifest:
    """Return the manifest of a backup without reading the rest, which may be damaged. Raises ``BackupError``."""
    with _opened(path) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
        tail = file.read(_TAIL_BYTES)
        seal = _SEAL_TEXT.fullmatch(tail[_BLOCK : 2 * _BLOCK].rstrip(b"\0"))
        if seal is None:
            raise BackupError(f"{path} {_NOT_A_BACKUP}: it has no seal")
        file.seek(int(seal.group(1)))
        name, size = _read_header(_exactly(file, _BLOCK, path), path)
        if name != MANIFEST:
            raise BackupError(f"{path} {_NOT_A_BACKUP}: its manifest is not where it should be")
        return Manifest.from_json(_whole(_chunks(file, size, path), size, path))


def unpack(path: Path, manifest: Manifest, target: Callable[[str], Path], done: Callable[[str, Path], None]) -> None:
    """Write each member of a verified backup to the path ``target`` says, then hand it to ``done``.

    Raises ``BackupError`` when a member is not what the manifest says, before ``done`` hears of it.
    """
    expected = {member.name: member for member in manifest.members}
    with _opened(path) as file:
        for name, size, chunks in _walk(file, path):
            if name == MANIFEST:
                continue
            place, digest = target(name), sha256()
            with translated_os_errors(place), place.open("wb") as copy:
                for chunk in chunks:
                    digest.update(chunk)
                    copy.write(chunk)
            if expected.get(name) != Member(name, size, digest.hexdigest()):
                raise BackupError(f"{path} has changed while it was read: {name}")
            done(name, place)


def _compare(found: list[Member], manifest: Manifest, path: Path) -> None:
    for read, written in zip(found, manifest.members, strict=False):
        if read != written:
            raise BackupError(f"{path} is damaged: {written.name} is not what its manifest says")
    if len(found) != len(manifest.members):
        raise BackupError(f"{path} is damaged: it has {len(found):,} files, not {len(manifest.members):,}")
    names = [member.name for member in found]
    if names[:1] != [DATABASE] or len(set(names)) != len(names):
        raise BackupError(f"{path} {_NOT_A_BACKUP}: it does not begin with {DATABASE}, or has a file twice")
    for member in found[1:]:
        if original_checksum(member.name) != member.sha256:
            raise BackupError(f"{path} is damaged: {member.name} has another checksum than its name")


def _walk(file: BinaryIO, path: Path) -> Iterator[tuple[str, int, Iterator[bytes]]]:
    """Yield name, size and content of each member; at the end, raise ``BackupError`` unless the seal fits all of it."""
    digest = sha256()
    manifest_at = -1

    def counted(chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            digest.update(chunk)
            yield chunk

    while True:
        position, block = file.tell(), _exactly(file, _BLOCK, path)
        name, size = _read_header(block, path)
        if name == _SEAL:
            tail = _tail(digest.hexdigest(), manifest_at)
            if block + file.read(len(tail)) != tail:
                raise BackupError(f"{path} is damaged: its content has another checksum than it was written with")
            return
        manifest_at = position if name == MANIFEST else manifest_at
        digest.update(block)
        content = counted(_chunks(file, size, path))
        yield name, size, content
        for _ in content:
            pass
        padding = _exactly(file, _padding(size), path)
        digest.update(padding)


def _tail(digest: str, manifest_at: int) -> bytes:
    text = f"sha256 {digest}\nmanifest {manifest_at}\n".encode()
    return _header(_SEAL, len(text)) + text.ljust(_BLOCK, b"\0") + b"\0" * 2 * _BLOCK


def _header(name: str, size: int) -> bytes:
    """Return a header that says nothing but name and size, so that there is one way only to write it."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


def _read_header(block: bytes, path: Path) -> tuple[str, int]:
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        is_ours = info.size >= 0 and _header(info.name, info.size) == block
    except (tarfile.TarError, ValueError):
        is_ours = False
    if not is_ours:
        raise BackupError(f"{path} {_NOT_A_BACKUP}")
    return info.name, info.size


def _chunks(file: BinaryIO, size: int, path: Path) -> Iterator[bytes]:
    left = size
    while left:
        chunk = _exactly(file, min(_CHUNK_BYTES, left), path)
        left -= len(chunk)
        yield chunk


def _exactly(file: BinaryIO, count: int, path: Path) -> bytes:
    content = file.read(count)
    if len(content) != count:
        raise BackupError(f"{path} {_NOT_A_BACKUP}: it ends too early")
    return content


def _whole(chunks: Iterator[bytes], size: int, path: Path) -> bytes:
    if size > _MAX_MANIFEST_BYTES:
        raise BackupError(f"{path} {_NOT_A_BACKUP}: its manifest is too long")
    return b"".join(chunks)


def _padding(size: int) -> int:
    return -size % _BLOCK


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise BackupError(f"cannot read {path}: {error.strerror or error}") from error
