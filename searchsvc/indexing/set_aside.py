"""Documents that are in the store and cannot be in the index: the rest goes on without them, and the operator is told.

Their entries among the failures go away when they come in a form that can be indexed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import structlog

from index.contract import Rejection
from searchsvc.errors import DocumentDamaged
from searchsvc.store import DAMAGED_IN_STORE, UNINDEXABLE, Store

_log = structlog.get_logger(__name__)


class SetAside:
    """Collects what one batch or rebuild leaves out, and records it once the rest is in the index.

    ``damaged`` is told of rows that cannot be read while they are read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._damaged: dict[str, DocumentDamaged] = {}

    def damaged(self, error: DocumentDamaged) -> None:
        """Note a document whose row is damaged."""
        self._damaged[error.key] = error

    def record(self, rejected: Sequence[Rejection], document_ids: Collection[str] | None) -> None:
        """Record what was left out of ``document_ids`` (None: of all documents); the others of them are well."""
        failures = self._store.failures
        failures.clear_set_aside(document_ids)
        for one in rejected:
            failures.record(one.document_id, UNINDEXABLE, one.reason)
            _log.error("document_rejected", document_id=one.document_id, reason=one.reason)
        for error in self._damaged.values():
            failures.record(error.document_id, DAMAGED_IN_STORE, error.message)
            _log.error("document_damaged", document_id=error.document_id, reason=error.reason)
        if self._damaged:
            self._store.documents.forget_hashes(self._damaged)
