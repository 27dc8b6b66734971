"""What the worker tells of backups through a small file in the data folder, for status, metrics and readiness."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from searchsvc.atomic_files import write_atomically
from searchsvc.settings import Settings

_FILE = "backup.json"
_MOMENTS = ("since", "attempted_at", "good_at", "log_until")


@dataclass(frozen=True, slots=True)
class BackupState:
    """How backups by schedule go.

    ``since``: when they began to be made; ``attempted_at``: when one was last begun; ``good_at``: when the last good
    one was made; ``file``, ``bytes``, ``documents``, ``missing`` are of that one. ``error``: why the last attempt
    failed. ``log_until`` is when the last transaction in the log ended, ``log_waiting`` how many entries wait for the
    log, and ``log_error`` why they do.
    """

    since: datetime | None = None
    attempted_at: datetime | None = None
    good_at: datetime | None = None
    file: str | None = None
    bytes: int = 0
    documents: int = 0
    missing: int = 0
    error: str | None = None
    log_until: datetime | None = None
    log_waiting: int = 0
    log_error: str | None = None

    def problem(self, settings: Settings, now: datetime | None = None) -> str | None:
        """Say what is wrong: the last good backup is older than twice the interval. None: nothing."""
        if settings.backup_folder is None:
            return None
        last = self.good_at or self.since
        limit = timedelta(hours=2 * settings.backup_every_hours)
        if last is not None and abs((now or datetime.now(UTC)) - last) <= limit:
            return None
        what = f"the last good backup is of {last:%Y-%m-%d %H:%M} UTC" if self.good_at else "there is no good backup"
        return f"{what}; they are due every {settings.backup_every_hours:g} hours" + (
            f": {self.error}" if self.error else "; is the worker running?"
        )


def read_backup_state(data_dir: Path) -> BackupState:
    """Return what the worker last told of backups."""
    try:
        values: dict[str, Any] = json.loads((data_dir / _FILE).read_text(encoding="utf-8"))
        known = {spec.name for spec in fields(BackupState)}
        values = {name: value for name, value in values.items() if name in known}
        for name in _MOMENTS:
            values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
        return BackupState(**values)
    except (OSError, ValueError, TypeError, AttributeError):
        return BackupState()


def write_backup_state(data_dir: Path, state: BackupState) -> None:
    """Replace what is told of backups. Raises ``OSError``."""
    values = asdict(state)
    for name in _MOMENTS:
        values[name] = values[name].isoformat() if values[name] else None
    write_atomically(data_dir / _FILE, json.dumps(values, ensure_ascii=False))
