"""Waiting for one of many outcomes without keeping those that are finished from being stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TypeVar

Outcome = TypeVar("Outcome")


def wait_and_flush(outcome: Future[Outcome], due: Callable[[], float | None], flush: Callable[[], None]) -> Outcome:
    """Return an outcome, or raise what it raised; whenever the batch is due meanwhile, flush it.

    ``due`` returns when the batch must be stored, as ``time.monotonic`` counts, or None while it is empty.
    """
    while (moment := due()) is not None:
        try:
            return outcome.result(timeout=max(0.0, moment - time.monotonic()))
        except FutureTimeoutError:
            if outcome.done():
                break
            flush()
    return outcome.result()
