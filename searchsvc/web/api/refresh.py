"""Whether a write can be found yet."""

from __future__ import annotations

import structlog

from searchsvc.indexing.refresh import wait_until_searchable
from searchsvc.web.http.services import services

_log = structlog.get_logger(__name__)


def is_searchable(change: int, *, wait: bool) -> bool:
    """Tell whether searches see ``change``, after waiting for it if the caller asked to.

    The write is safe in any case, so an index that cannot be read, or is still being built, is no error here.
    """
    engine = services().engine
    if wait_until_searchable(engine, change, services().settings.refresh_timeout_s if wait else 0):
        return True
    if not (state := engine.state()).ready:
        _log.warning("refresh_unavailable", change=change, error=state.reason)
    return False
