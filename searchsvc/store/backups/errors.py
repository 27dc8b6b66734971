"""What goes wrong with backups."""

from __future__ import annotations

from searchsvc.errors import ServiceError


class BackupError(ServiceError):
    """A backup cannot be made or used; nothing was changed by it."""

    kind = "backup_failed"


class StoreDamaged(BackupError):
    """The store is damaged, so that a backup of it would be no good one."""
