"""Client of the HTTP interface: typed answers, iteration over all hits, bulk writes, errors as exceptions.

Needs nothing of the service but this package (httpx and pydantic), and talks to any service of the same major version.
See ``docs/client.md``.
"""

from searchsvc.client.client import BulkReport, Client
from searchsvc.client.errors import (
    ApiError,
    BadRequest,
    Conflict,
    ConnectionFailed,
    NotAllowed,
    NotFound,
    SearchServiceError,
    TooManyRequests,
    Unavailable,
)
from searchsvc.client.models import (
    Bucket,
    BulkItem,
    Change,
    ChangeList,
    Collapsed,
    Completion,
    Document,
    Facet,
    Hit,
    Kommune,
    Metadata,
    Page,
    Paper,
    SearchResult,
    Snippet,
    WriteResult,
)
from searchsvc.client.tokens import sign_token

__all__ = [
    "ApiError",
    "BadRequest",
    "Bucket",
    "BulkItem",
    "BulkReport",
    "Change",
    "ChangeList",
    "Client",
    "Collapsed",
    "Completion",
    "Conflict",
    "ConnectionFailed",
    "Document",
    "Facet",
    "Hit",
    "Kommune",
    "Metadata",
    "NotAllowed",
    "NotFound",
    "Page",
    "Paper",
    "SearchResult",
    "SearchServiceError",
    "Snippet",
    "TooManyRequests",
    "Unavailable",
    "WriteResult",
    "sign_token",
]
