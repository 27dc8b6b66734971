"""Everything the service raises on purpose. One table in ``searchsvc.web.http.errors`` maps these to HTTP answers.

``kind`` is stable and machine-readable; ``message`` is English and names the item and what to do.
"""

from __future__ import annotations

import errno

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class ServiceError(Exception):
    """Base class of the service's errors. ``field`` names the parameter or document field it is about, if any."""

    kind = "service_error"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidSettings(ServiceError):
    """Settings are misspelt or out of range; ``problems`` lists all of them, one line each."""

    kind = "invalid_settings"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("invalid settings:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = problems


class InvalidDocument(ServiceError):
    """A document a caller sent breaks the rules; ``field`` names the first wrong field."""

    kind = "invalid_document"


class DocumentMoved(ServiceError):
    """The document has another id now, because its server has moved."""

    kind = "moved"

    def __init__(self, new_id: str) -> None:
        super().__init__(f"this document has the id {new_id} now")
        self.new_id = new_id


class DocumentNotFound(ServiceError):
    """No document with this id."""

    kind = "not_found"


class PreconditionFailed(ServiceError):
    """A document is not in the state its writer takes it to be in."""

    kind = "precondition_failed"


class HistoryChanged(ServiceError):
    """Change numbers of a reader belong to another history than the store's."""

    kind = "history_changed"


class UnreadableFile(ServiceError):
    """A file cannot become a document. ``kind`` is one of ``REASONS``."""

    REASONS = ("encrypted", "damaged", "not_a_pdf", "too_large", "empty_file", "timeout", "unreadable", "unsupported")

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class StoreUnavailable(ServiceError):
    """The document store cannot be read or written now (locked, disk full, no permission, damaged)."""

    kind = "store_unavailable"


class StorageFull(StoreUnavailable):
    """There is no space to store anything; what is there can be read."""

    kind = "insufficient_storage"


def cannot_write(error: OSError, place: object) -> StoreUnavailable:
    """Return what an error of the operating system about a file of ours is to callers."""
    kind = StorageFull if error.errno in NO_SPACE else StoreUnavailable
    return kind(f"cannot write {error.filename or place}: {error.strerror or error}; check space and permissions")


class DocumentDamaged(StoreUnavailable):
    """The row of one document cannot be read or is not what was written; all others are not affected."""

    def __init__(self, key: str, document_id: str, reason: str) -> None:
        super().__init__(
            f"document {document_id!a} is damaged in the store ({reason}); send it again or restore a backup"
        )
        self.key = key
        self.document_id = document_id
        self.reason = reason


class NotAuthorized(ServiceError):
    """A key is missing or wrong."""

    kind = "unauthorized"


class Forbidden(ServiceError):
    """The key is right but lacks the scope."""

    kind = "forbidden"
