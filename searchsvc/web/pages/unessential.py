"""What a page can do without: when the index cannot tell it in time, the page is shown all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from index.contract import IndexUnavailable, SearchTimeout

T = TypeVar("T")
D = TypeVar("D")

_log = structlog.get_logger(__name__)


def if_possible(make: Callable[[], T], otherwise: D, what: str) -> T | D:
    """Return what ``make`` returns, or ``otherwise`` while the index cannot be read or takes too long.

    ``what`` names it in the log.
    """
    try:
        return make()
    except (IndexUnavailable, SearchTimeout) as error:
        _log.warning("left_out_of_page", what=what, error=str(error))
        return otherwise
