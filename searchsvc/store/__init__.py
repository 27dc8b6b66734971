"""The document store: the durable source of truth. Everything else can be built anew from it."""

from searchsvc.store.backup import BackupError, BackupReport, restore_backup, write_backup
from searchsvc.store.change_log import Changes, LoggedChange
from searchsvc.store.check import find_damage
from searchsvc.store.documents import Precondition, PutResult, StoredDocument
from searchsvc.store.failures import Failure
from searchsvc.store.keys import SCOPES, ApiKey
from searchsvc.store.oparl_objects import OParlChanges, OParlFile, OParlObject
from searchsvc.store.oparl_sources import OParlList, OParlSource
from searchsvc.store.originals import checksum_of
from searchsvc.store.pruning import prune
from searchsvc.store.recent import Deletion
from searchsvc.store.reports import Report
from searchsvc.store.store import Store

__all__ = [
    "SCOPES",
    "ApiKey",
    "BackupError",
    "BackupReport",
    "Changes",
    "Deletion",
    "Failure",
    "LoggedChange",
    "OParlChanges",
    "OParlFile",
    "OParlList",
    "OParlObject",
    "OParlSource",
    "Precondition",
    "PutResult",
    "Report",
    "Store",
    "StoredDocument",
    "checksum_of",
    "find_damage",
    "prune",
    "restore_backup",
    "write_backup",
]
