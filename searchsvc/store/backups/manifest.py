"""What a backup says of itself: of which store and moment it is, and the size and checksum of everything in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from searchsvc.store.backups.errors import BackupError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a backup: its name, its size in bytes, and its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class LogPosition:
    """The log of changes a backup belongs to, and the number of the last entry that the backup has in it."""

    id: str
    position: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a backup.

    ``made_at`` is a moment after which nothing in it was written. ``store`` is the identity of the store, ``history``
    that of its change numbers, ``change`` the last of them, ``tables`` the version of its tables. ``missing`` are the
    checksums of original files that documents name and nobody has, or that are damaged. Without ``has_originals`` it
    was made for the folder that keeps the files.
    """

    version: str
    made_at: datetime
    store: str
    history: str
    change: int
    tables: str
    documents: int
    members: tuple[Member, ...]
    log: LogPosition | None = None
    missing: tuple[str, ...] = ()
    has_originals: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether no original file is missing."""
        return self.has_originals and not self.missing

    def to_json(self) -> bytes:
        """Return the manifest as it is written."""
        values = asdict(self) | {"format": FORMAT, "made_at": self.made_at.isoformat()}
        values["members"] = [[one.name, one.size, one.sha256] for one in self.members]
        return json.dumps(values, ensure_ascii=False, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """Read a manifest. Raises ``BackupError``."""
        try:
            values: dict[str, Any] = json.loads(content)
            if values.pop("format") != FORMAT:
                raise BackupError("the backup was made by a newer version of searchsvc; install that version")
            values["made_at"] = datetime.fromisoformat(values["made_at"])
            values["members"] = tuple(Member(str(name), int(size), str(sum_)) for name, size, sum_ in values["members"])
            values["missing"] = tuple(values["missing"])
            values["log"] = None if values["log"] is None else LogPosition(**values["log"])
            return cls(**{spec.name: values[spec.name] for spec in fields(cls)})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupError(f"the manifest of the backup cannot be read ({error})") from error
