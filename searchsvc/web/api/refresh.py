"""Whether a write can be found yet."""

from __future__ import annotations

import time

import structlog

from index.contract import IndexUnavailable
from searchsvc.indexing.refresh import wait_until_searchable
from searchsvc.web.http.services import services

PAUSE_S = 0.1

_log = structlog.get_logger(__name__)


def is_searchable(change: int, *, wait: bool) -> bool:
    """Tell whether searches see ``change``, after waiting for it if the caller asked to.

    The write is safe in any case, so an index that cannot be read, or is still being built, is no error here.
    """
    deadline = time.monotonic() + (services().settings.refresh_timeout_s if wait else 0)
    while True:
        left_s = max(0.0, deadline - time.monotonic())
        try:
            return wait_until_searchable(services().engine, change, left_s)
        except IndexUnavailable as error:
            if left_s <= 0:
                _log.warning("refresh_unavailable", change=change, error=str(error))
                return False
            time.sleep(min(PAUSE_S, left_s))
