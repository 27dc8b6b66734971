"""Removing what deleted documents have left behind, beside the worker's real work, which it never holds up."""

from __future__ import annotations

import structlog

from searchsvc.periodic import PeriodicThread, Troubles
from searchsvc.settings import Settings
from searchsvc.store import Store, clear_leftovers, empty_trash, prune

_INTERVAL_S = 600.0

_log = structlog.get_logger(__name__)


class Housekeeping(PeriodicThread):
    """Looks every ten minutes for files that no document has any more, and for what killed processes have left."""

    def __init__(self, store: Store, settings: Settings, *, troubles: Troubles | None = None) -> None:
        super().__init__("housekeeping", _INTERVAL_S, troubles)
        self._store = store
        self._settings = settings

    def _step(self) -> None:
        if left := clear_leftovers(self._settings) + empty_trash(self._settings):
            _log.info("leftovers_removed", files=left)
        if removed := prune(self._store, self._settings, stop=self._stop):
            _log.info("files_removed", files=removed)

    def _store_lost(self, message: str) -> None:
        _log.warning("housekeeping_waits", error=message)

    def _store_found(self) -> None:
        _log.info("housekeeping_goes_on")
