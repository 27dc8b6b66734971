"""What can go wrong when the service is asked, by who can act."""

from __future__ import annotations


class SearchServiceError(Exception):
    """Base class of all errors of the client."""


class ConnectionFailed(SearchServiceError):
    """The service cannot be reached, or the connection broke. A write may have been done; send it again."""


class ApiError(SearchServiceError):
    """The service refused. ``code`` is stable, ``field`` names the parameter or field it is about, if any.

    ``request_id`` finds the request in the service's log; ``retry_after_s`` says how long to wait, if it told.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.request_id = request_id
        self.retry_after_s = retry_after_s


class BadRequest(ApiError):
    """Something that was sent is wrong (400, 413, 415, 422): sending it again does not help."""


class NotAllowed(ApiError):
    """The API key is missing or not valid (401), or lacks the scope (403)."""


class NotFound(ApiError):
    """There is no such document (404)."""


class Conflict(ApiError):
    """The document is in another state than the write takes it to be in (412), or the history is another one (409)."""


class TooManyRequests(ApiError):
    """More requests than allowed (429), also after waiting."""


class Unavailable(ApiError):
    """The service cannot answer now (5xx), also after trying again."""


_BY_STATUS: dict[int, type[ApiError]] = {
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    429: TooManyRequests,
}


def error_for(status: int) -> type[ApiError]:
    """Return the error of a status of 400 or more."""
    return _BY_STATUS.get(status, Unavailable if status >= 500 else BadRequest)
