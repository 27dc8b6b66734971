"""Going from a backup to a later moment: which backup to begin with, and doing again what the log says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from searchsvc.store import journal
from searchsvc.store.backups.archive import read_manifest
from searchsvc.store.backups.errors import BackupError
from searchsvc.store.backups.manifest import Manifest
from searchsvc.store.backups.segments import LogFolder, Segment, entries_of, files_of, verify
from searchsvc.store.database import Database
from searchsvc.store.journal import Entry

_PATTERN = "*.tar"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was done again: how many transactions, and when the last of them ended."""

    transactions: int = 0
    until: datetime | None = None


def backup_before(folder: Path, moment: datetime, *, store: str | None = None) -> Path:
    """Return the newest backup in a folder that is not of after a moment; ``store`` names the one it has to be of.

    Raises ``BackupError`` if there is none, or, without ``store``, if there are backups of several.
    """
    found: list[tuple[datetime, Path]] = []
    stores: set[str] = set()
    try:
        paths = sorted(path for path in folder.glob(_PATTERN) if not path.name.startswith("."))
    except OSError as error:
        raise BackupError(f"cannot read {folder}: {error.strerror or error}") from error
    for path in paths:
        try:
            manifest = read_manifest(path)
        except BackupError:
            continue  # another file, or one that is damaged; an earlier backup and the log lead to the same moment
        if manifest.made_at <= moment and manifest.has_originals and store in (None, manifest.store):
            found.append((manifest.made_at, path))
            stores.add(manifest.store)
    if not found:
        raise BackupError(f"{folder} has no backup of this store from before {moment.isoformat(timespec='seconds')}")
    if len(stores) > 1:
        raise BackupError(f"{folder} has backups of several stores; name the one to begin with")
    return max(found)[1]


def segments_after(manifest: Manifest, backup_folder: Path, moment: datetime) -> list[Segment]:
    """Return the files of the log that lead from a backup to a moment, each one verified.

    Raises ``BackupError`` if there is no such log, or if a file of it is damaged or missing that may have something
    from before that moment.
    """
    folder = LogFolder(backup_folder)
    if manifest.log is None or manifest.log.id not in folder.logs():
        raise BackupError(
            f"no log in {backup_folder} leads on from the backup of {manifest.made_at.isoformat(timespec='seconds')}; "
            "without a moment to go on to it can be restored as it is"
        )
    chosen: list[Segment] = []
    position = manifest.log.position
    try:
        known = folder.segments(manifest.log.id)
    except OSError as error:
        raise BackupError(f"cannot read the log in {backup_folder}: {error.strerror or error}") from error
    for segment in known:
        if segment.last <= position:
            continue
        if segment.first > position + 1:
            raise BackupError(
                f"the log lacks the entries {position + 1:,} to {segment.first - 1:,}, before {segment.path}; "
                f"every moment up to {(chosen[-1].until if chosen else manifest.made_at).isoformat()} can be restored"
            )
        verify(segment)
        chosen.append(segment)
        position = segment.last
        if segment.until > moment:
            break
    return chosen


def replay(copy: Database, manifest: Manifest, segments: Iterable[Segment], moment: datetime) -> Replayed:
    """Do again in a copy of the store what was done after a backup, up to and with a moment, a transaction at a time.

    The copy must have its tables as the backup has them. Raises ``BackupError``.
    """
    position = manifest.log.position if manifest.log is not None else 0
    done = Replayed()
    with copy.transaction() as connection:
        for segment in segments:
            pending: list[Entry] = []
            for entry in entries_of(segment):
                if entry.number <= position:
                    continue
                if entry.kind != journal.COMMIT:
                    pending.append(entry)
                    continue
                ended = datetime.fromisoformat(entry.moment)
                if ended > moment:
                    return done
                journal.replay(connection, pending)
                pending = []
                done = Replayed(done.transactions + 1, ended)
    return done


def files_for(segments: Iterable[Segment]) -> list[str]:
    """Return the checksums of all original files that came with some segments. Raises ``BackupError``."""
    return sorted({checksum for segment in segments for checksum in files_of(segment)})
