"""Why a notification did not go through."""

from __future__ import annotations

from searchsvc.errors import ServiceError


class NotDelivered(ServiceError):
    """A notification did not go through. ``is_final``: the receiver says that it never will."""

    kind = "not_delivered"

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final
