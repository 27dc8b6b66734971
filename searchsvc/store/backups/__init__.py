"""Backups of the store, and the log of changes between them.

``archive`` is what a backup looks like on disk, ``manifest`` what it says of itself, ``making`` and ``restoring`` what
is done with it; ``segments`` are the files of the log, ``shipping`` writes and ``replaying`` reads them; ``rotation``
knows the folder that backups are made in by schedule, and ``state`` what is told of that. Not here: when it is done
(``searchsvc.indexing.backups``), and how changes get into the database's journal (``searchsvc.store.journal``).
"""

from searchsvc.store.backups.archive import verify_backup
from searchsvc.store.backups.errors import BackupError
from searchsvc.store.backups.making import BackupReport, write_backup
from searchsvc.store.backups.manifest import Manifest
from searchsvc.store.backups.replaying import backup_before
from searchsvc.store.backups.restoring import RestoreReport, restore_backup
from searchsvc.store.backups.rotation import BackupFolder
from searchsvc.store.backups.shipping import Shipped, ship
from searchsvc.store.backups.state import BackupState, read_backup_state, write_backup_state

__all__ = [
    "BackupError",
    "BackupFolder",
    "BackupReport",
    "BackupState",
    "Manifest",
    "RestoreReport",
    "Shipped",
    "backup_before",
    "read_backup_state",
    "restore_backup",
    "ship",
    "verify_backup",
    "write_backup",
    "write_backup_state",
]
