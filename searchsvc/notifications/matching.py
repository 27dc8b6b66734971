"""Holding documents that have come into the index against the saved searches.

How far this has got is kept with what was found, in one transaction: after a crash nothing is missing or told twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from index.contract import IndexUnavailable, InvalidRequest, SearchEngine, SearchIndexError, SearchTimeout
from searchsvc.errors import StoreUnavailable
from searchsvc.interface.search_parameters import request_of
from searchsvc.settings import Settings
from searchsvc.store import SavedSearch, Store

BATCH_DOCUMENTS = 1_000

_log = structlog.get_logger(__name__)


class Matcher:
    """Matches what the index has taken in since the last time; for one process at a time."""

    def __init__(self, store: Store, engine: SearchEngine, settings: Settings) -> None:
        self._store = store
        self._engine = engine
        self._delay_s = settings.notification_delay_s

    def run(self) -> int:
        """Hold new and changed documents against all saved searches; return how many hits there are to tell.

        Raises ``StoreUnavailable`` or ``IndexUnavailable``; then the next run goes on where this one stopped.
        """
        searches = self._store.saved_searches.active()
        if not searches:
            return 0
        state = self._engine.state()
        if state.applied_change is None:
            raise IndexUnavailable(state.reason or "the index cannot be read")
        applied = state.applied_change
        history = self._store.documents.history_id()
        position = self._store.saved_searches.matched_until()
        if position is None or position[0] != history or position[1] > applied:
            # Another history than that of the searches: what is in it was not awaited.
            self._store.saved_searches.record({}, history, applied)
            return 0
        count = 0
        done = position[1]
        while done < applied:
            portion = self._store.change_log.documents_after(done, applied, BATCH_DOCUMENTS)
            done = portion[-1][0] if len(portion) == BATCH_DOCUMENTS else applied
            found = {search.id: self._matching(search, portion) for search in searches}
            found = {number: ids for number, ids in found.items() if ids}
            count += self._store.saved_searches.record(found, history, done, delay_s=self._delay_s)
        if count:
            _log.info("saved_searches_matched", hits=count, searches=len(searches))
        return count

    def _matching(self, search: SavedSearch, portion: Sequence[tuple[int, str]]) -> list[str]:
        ids = [document_id for number, document_id in portion if number > search.after_change]
        if not ids:
            return []
        try:
            found = set(self._engine.matching(request_of(search.search), ids))
        except (InvalidRequest, SearchTimeout) as error:
            _log.warning("saved_search_invalid", search=search.id, error=str(error))
            return []
        except (StoreUnavailable, SearchIndexError):
            raise
        except Exception:
            # A search that is a defect of ours must not keep the others from being told.
            _log.exception("saved_search_is_a_defect", search=search.id)
            return []
        return [document_id for document_id in ids if document_id in found]
