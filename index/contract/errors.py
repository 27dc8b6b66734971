"""Everything the index raises on purpose. Each error says who can act and carries its facts as attributes."""

from __future__ import annotations


class SearchIndexError(Exception):
    """Base class of the index's errors."""


class InvalidRequest(SearchIndexError):
    """A search request that no engine can answer; the caller can mend it. ``field`` names the request field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class SearchTimeout(SearchIndexError):
    """A search took longer than it may and was given up; a simpler one, or another moment, may do."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__(f"the search took longer than {timeout_s:g} s and was given up; narrow it, or try again later")
        self.timeout_s = timeout_s


class IndexUnavailable(SearchIndexError):
    """There is no readable index right now; the operator starts the worker or waits for it."""


class IndexDamaged(IndexUnavailable):
    """What the index is made of is missing or damaged; the store has everything to build a new one.

    ``location``: where the index is, in the engine's terms: a folder, an address.
    """

    def __init__(self, location: object, reason: str) -> None:
        super().__init__(f"the index in {location} is damaged ({reason}); it has to be built anew from the store")
        self.location = location
        self.reason = reason


class IndexLocked(SearchIndexError):
    """Another process is writing this index; only one worker may run per data directory."""

    def __init__(self, location: object) -> None:
        super().__init__(f"another process is already writing the index in {location}; only one worker may run")
        self.location = location


class IndexStorageError(SearchIndexError):
    """Writing the index failed in the operating system (disk full, no permission); nothing of the batch was kept."""

    def __init__(self, location: object, reason: str) -> None:
        super().__init__(f"cannot write the index in {location}: {reason}")
        self.location = location
        self.reason = reason
