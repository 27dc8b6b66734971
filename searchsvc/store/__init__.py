"""The document store: the durable source of truth. Everything else can be built anew from it."""

from searchsvc.store.backup import BackupError, BackupReport, restore_backup, write_backup
from searchsvc.store.change_log import Changes, LoggedChange
from searchsvc.store.check import find_damage
from searchsvc.store.documents import Precondition, PutResult, StoredDocument
from searchsvc.store.duplicates import Duplicate
from searchsvc.store.failures import DAMAGED_IN_STORE, UNINDEXABLE, Failure
from searchsvc.store.identity import StoreReplaced, adopt, begin_history, check_identity, open_store
from searchsvc.store.keys import SCOPES, ApiKey
from searchsvc.store.leftovers import UPLOAD_PREFIX, clear_leftovers
from searchsvc.store.oparl_objects import OParlChanges, OParlFile, OParlObject
from searchsvc.store.oparl_sources import OParlList, OParlSource
from searchsvc.store.originals import checksum_of
from searchsvc.store.pruning import picture_folder, prune, trim_pictures
from searchsvc.store.recent import Deletion
from searchsvc.store.reports import Decision, Report
from searchsvc.store.saved_searches import Channel, Notification, SavedSearch
from searchsvc.store.store import Store
from searchsvc.store.takedowns import Lifted, Takedown

__all__ = [
    "DAMAGED_IN_STORE",
    "SCOPES",
    "UNINDEXABLE",
    "UPLOAD_PREFIX",
    "ApiKey",
    "BackupError",
    "BackupReport",
    "Changes",
    "Channel",
    "Decision",
    "Deletion",
    "Duplicate",
    "Failure",
    "Lifted",
    "LoggedChange",
    "Notification",
    "OParlChanges",
    "OParlFile",
    "OParlList",
    "OParlObject",
    "OParlSource",
    "Precondition",
    "PutResult",
    "Report",
    "SavedSearch",
    "Store",
    "StoreReplaced",
    "StoredDocument",
    "Takedown",
    "adopt",
    "begin_history",
    "check_identity",
    "checksum_of",
    "clear_leftovers",
    "find_damage",
    "open_store",
    "picture_folder",
    "prune",
    "restore_backup",
    "trim_pictures",
    "write_backup",
]
