"""Which exit code an error of ours ends a command with, and which command helps."""

from __future__ import annotations

from index.contract import IndexDamaged, IndexUnavailable, InvalidRequest, SearchIndexError
from searchsvc.errors import InvalidSettings, ServiceError


def exit_code_of(error: Exception) -> int | None:
    """Return 2 for wrong use, 1 for what went wrong, None for a defect."""
    if isinstance(error, (InvalidSettings, InvalidRequest)):
        return 2
    return 1 if isinstance(error, (ServiceError, SearchIndexError)) else None


def advice_on(error: Exception) -> str:
    """Return what to do about an error, to be put behind its message; mostly nothing."""
    if isinstance(error, IndexDamaged):
        return ": run 'searchsvc rebuild'"
    return ": start it with 'searchsvc worker'" if isinstance(error, IndexUnavailable) else ""
