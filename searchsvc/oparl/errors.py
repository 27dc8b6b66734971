"""What goes wrong between us and an OParl server. Facts are attributes; messages name the URL and who can act."""

from __future__ import annotations

from searchsvc.errors import ServiceError


class OParlError(ServiceError):
    """Base class of the importer's errors."""

    kind = "oparl_error"


class FetchFailed(OParlError):
    """One request failed for good or after all attempts.

    ``kind`` is one of ``KINDS``; ``status`` the HTTP status, if there was an answer; ``may_pass`` tells whether trying
    again later can help; ``is_outage`` whether it is the server that is not there, rather than this one object.
    """

    KINDS = (
        "unreachable",
        "timeout",
        "http_error",
        "too_large",
        "not_json",
        "address_refused",
        "invalid_url",
        "too_many_redirects",
    )

    def __init__(
        self,
        kind: str,
        url: str,
        reason: str,
        *,
        status: int | None = None,
        may_pass: bool = False,
        is_outage: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{url}: {reason}")
        self.kind = kind
        self.url = url
        self.reason = reason
        self.status = status
        self.may_pass = may_pass
        self.is_outage = is_outage
        self.retry_after_s = retry_after_s


class ImportEnded(OParlError):
    """An import cannot go on now; what it has done stays, and the next one goes on from there."""

    kind = "import_ended"


class NotOParl(OParlError):
    """The URL given is neither a system, a body nor a list that can be imported."""

    kind = "not_oparl"


class ImportRunning(OParlError):
    """The source is being imported by another process."""

    kind = "import_running"
