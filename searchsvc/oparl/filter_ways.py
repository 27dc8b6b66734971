"""What servers do when they are asked for changes only, and what an import does about it."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from searchsvc.oparl.client import OParlClient
from searchsvc.oparl.list_pages import list_entries
from searchsvc.oparl.list_urls import with_filter
from searchsvc.outbound.errors import FetchFailed
from searchsvc.shown import shown_address
from searchsvc.store import OParlSource, Store

FILTER_BROKEN = "filter_broken"
"""Name of the observation that a server fails when it is asked for changes."""

_OF_NOTHING = frozenset({400, 404, 410, 416, 422})
"""What some servers answer when nothing has changed since the moment that the filter names."""

_ALWAYS = datetime(1990, 1, 1, tzinfo=UTC)

_log = structlog.get_logger(__name__)


class FilterWays:
    """Decides about lists that cannot be had with the filter, and notes in the store what a server cannot do."""

    def __init__(self, client: OParlClient) -> None:
        self._client = client
        self._trouble: str | None = None
        self._works = False

    def worked(self) -> None:
        """Note that a list was had with the filter."""
        self._works = True

    def nothing_new(self, list_url: str, error: FetchFailed) -> bool:
        """Tell whether an error means that nothing has changed: the same question of all times is answered."""
        if error.status not in _OF_NOTHING:
            return False
        try:
            answer = self._client.get_json(with_filter(list_url, _ALWAYS), attempts=1)
        except FetchFailed:
            return False
        return bool(list_entries(answer.value))

    def is_broken(self, list_url: str, error: FetchFailed, *, answered: bool) -> bool:
        """Tell whether a list is to be read without the filter; ``answered``: some of its pages were had with it."""
        if error.status is None or error.is_outage:
            may_be = error.status is not None or error.kind == "timeout"
            # A server that asks for patience, or that is down without the filter as well, is left alone.
            if answered or not may_be or error.retry_after_s is not None or not self._answers(list_url):
                return False
        _log.warning("oparl_filter_broken", url=shown_address(error.url), reason=error.reason)
        self._trouble = error.reason
        return True

    def note(self, store: Store, source: OParlSource) -> None:
        """Note in the store what was learnt."""
        if self._trouble is not None:
            since = source.observed.get(FILTER_BROKEN, {}).get("since")
            since = since or datetime.now(UTC).isoformat(timespec="seconds")
            store.oparl_sources.observe(source.url, **{FILTER_BROKEN: {"since": since, "reason": self._trouble}})
        elif self._works:
            store.oparl_sources.observe(source.url, **{FILTER_BROKEN: None})

    def _answers(self, list_url: str) -> bool:
        try:
            return list_entries(self._client.get_json(list_url, attempts=1).value) is not None
        except FetchFailed:
            return False
