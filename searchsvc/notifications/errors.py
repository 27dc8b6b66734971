"""Why a notification did not go through."""

from __future__ import annotations

from searchsvc.errors import ServiceError
from searchsvc.shown import shown_text


class NotDelivered(ServiceError):
    """A notification did not go through. ``is_final``: the receiver says that it never will."""

    kind = "not_delivered"

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(shown_text(message))
        self.is_final = is_final
