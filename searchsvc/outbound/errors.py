"""What goes wrong between us and a server. Facts are attributes; messages name the URL and who can act."""

from __future__ import annotations

from searchsvc.errors import ServiceError
from searchsvc.shown import shown_text


class FetchFailed(ServiceError):
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
        # What was asked for is for whoever asks again; everybody else sees it without names, passwords and tokens.
        reason = shown_text(reason)
        super().__init__(f"{shown_text(url)}: {reason}")
        self.kind = kind
        self.url = url
        self.reason = reason
        self.status = status
        self.may_pass = may_pass
        self.is_outage = is_outage
        self.retry_after_s = retry_after_s


class RequestStopped(Exception):
    """A request waited for its turn when it was decided that no more are made."""
