"""The document store: the durable source of truth. Everything else can be built anew from it."""

from searchsvc.store.backups import (
    BackupError,
    BackupFolder,
    BackupReport,
    BackupState,
    Manifest,
    RestoreReport,
    Shipped,
    backup_before,
    read_backup_state,
    restore_backup,
    ship,
    verify_backup,
    write_backup,
    write_backup_state,
)
from searchsvc.store.change_log import Changes, LoggedChange
from searchsvc.store.check import find_damage, original_problems
from searchsvc.store.documents import Precondition, PutResult, StoredDocument
from searchsvc.store.duplicates import Duplicate
from searchsvc.store.failures import DAMAGED_IN_STORE, UNINDEXABLE, Failure
from searchsvc.store.identity import StoreReplaced, adopt, begin_history, check_identity, known_names, open_store
from searchsvc.store.journal import Journal
from searchsvc.store.keys import SCOPES, ApiKey, is_bound
from searchsvc.store.leftovers import UPLOAD_PREFIX, clear_leftovers, empty_trash
from searchsvc.store.looking import StoreLook, look_at_store
from searchsvc.store.moves import Moved
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
    "BackupFolder",
    "BackupReport",
    "BackupState",
    "Changes",
    "Channel",
    "Decision",
    "Deletion",
    "Duplicate",
    "Failure",
    "Journal",
    "Lifted",
    "LoggedChange",
    "Manifest",
    "Moved",
    "Notification",
    "OParlChanges",
    "OParlFile",
    "OParlList",
    "OParlObject",
    "OParlSource",
    "Precondition",
    "PutResult",
    "Report",
    "RestoreReport",
    "SavedSearch",
    "Shipped",
    "Store",
    "StoreLook",
    "StoreReplaced",
    "StoredDocument",
    "Takedown",
    "adopt",
    "backup_before",
    "begin_history",
    "check_identity",
    "checksum_of",
    "clear_leftovers",
    "empty_trash",
    "find_damage",
    "is_bound",
    "known_names",
    "look_at_store",
    "open_store",
    "original_problems",
    "picture_folder",
    "prune",
    "read_backup_state",
    "restore_backup",
    "ship",
    "trim_pictures",
    "verify_backup",
    "write_backup",
    "write_backup_state",
]
