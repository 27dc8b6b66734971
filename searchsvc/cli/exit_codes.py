"""Which exit code an error of ours ends a command with."""

from __future__ import annotations

from index.errors import InvalidRequest, SearchIndexError
from searchsvc.errors import InvalidSettings, ServiceError


def exit_code_of(error: Exception) -> int | None:
    """Return 2 for wrong use, 1 for what went wrong, None for a defect."""
    if isinstance(error, (InvalidSettings, InvalidRequest)):
        return 2
    return 1 if isinstance(error, (ServiceError, SearchIndexError)) else None
