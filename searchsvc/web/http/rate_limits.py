"""Who may ask how often: limits for searches, reading, writes and readers' reports, by API key or by address.

Each web process counts on its own, so with N of them a client may get up to N times as much through.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import cast

from flask import Flask, Response, current_app, g, request

from searchsvc.errors import StoreUnavailable
from searchsvc.settings import Settings
from searchsvc.store import ApiKey
from searchsvc.web.http.auth import sent_key
from searchsvc.web.http.errors import TooManyRequests
from searchsvc.web.http.rate_limiter import Allowance, RateLimiter

IPV6_PREFIX = 64
"""One client of the Internet has all addresses below such a prefix."""

_KEY = "searchsvc_rate_limits"


class Kind(StrEnum):
    """What is limited."""

    SEARCH = "search"
    READ = "read"
    WRITE = "write"
    REPORT = "report"


KINDS = {
    "api.search": Kind.SEARCH,
    "api.msearch": Kind.SEARCH,
    "api.export_hits": Kind.SEARCH,
    "api.changes": Kind.SEARCH,
    "api.suggest": Kind.SEARCH,
    "api.similar": Kind.SEARCH,
    "feed.atom": Kind.SEARCH,
    "pages.search": Kind.SEARCH,
    "api.document": Kind.READ,
    "api.text": Kind.READ,
    "api.status": Kind.READ,
    "api.list_saved_searches": Kind.READ,
    "api.read_saved_search": Kind.READ,
    "metrics.metrics": Kind.READ,
    "pages.document": Kind.READ,
    "pages.file": Kind.READ,
    "pages.sitemap": Kind.SEARCH,
    "pages.page_picture": Kind.READ,
    "subscriptions.form": Kind.READ,
    "subscriptions.show": Kind.READ,
    "api.put": Kind.WRITE,
    "api.delete": Kind.WRITE,
    "api.upload": Kind.WRITE,
    "api.bulk": Kind.WRITE,
    "api.save_search": Kind.WRITE,
    "api.end_saved_search": Kind.WRITE,
    "pages.report": Kind.REPORT,
    "subscriptions.subscribe": Kind.REPORT,
    "subscriptions.confirm": Kind.WRITE,
    "subscriptions.unsubscribe": Kind.WRITE,
}
"""The limited views, by endpoint."""

CHEAP = frozenset(
    {
        "openapi.docs", "openapi.openapi", "operations.healthz", "operations.readyz", "pages.opensearch", "pages.show",
        "static", "subscriptions.sent", "pages.imprint", "pages.privacy", "pages.accessibility", "pages.logo",
        "pages.robots",
    }
)  # fmt: skip
"""The views that need no limit: what they show is small and at hand, and health must always be told."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The limiters in force; a kind without one is not limited."""

    limiters: dict[Kind, RateLimiter]
    _own: dict[int, RateLimiter] = field(default_factory=dict)

    def own(self, per_minute: int) -> RateLimiter:
        """Return the limiter of the keys with a rate of their own, so many requests of all kinds."""
        return self._own.setdefault(per_minute, RateLimiter(per_minute))

    @classmethod
    def from_settings(cls, settings: Settings) -> RateLimits:
        """Make the limiters the settings ask for."""
        limits = {
            Kind.SEARCH: settings.searches_per_minute,
            Kind.READ: settings.reads_per_minute,
            Kind.WRITE: settings.writes_per_minute,
            Kind.REPORT: settings.reports_per_minute,
        }
        return cls({kind: RateLimiter(limit) for kind, limit in limits.items() if limit})


def init_app(app: Flask, settings: Settings) -> None:
    """Limit the requests of ``app``."""
    app.extensions[_KEY] = RateLimits.from_settings(settings)
    app.before_request(_check)
    app.after_request(_tell)


def spend(cost: int) -> None:
    """Count the current request as ``cost`` more. Raises ``TooManyRequests``."""
    kind = KINDS.get(request.endpoint or "") if request.method != "OPTIONS" else None
    if kind is None or not cost:
        return
    limits = cast(RateLimits, current_app.extensions[_KEY])
    key = _key()
    limiter = limits.own(key.per_minute) if key is not None and key.per_minute else limits.limiters.get(kind)
    if limiter is None:
        return
    g.allowance = allowance = limiter.spend(_client(key), cost)
    if allowance.is_exceeded:
        raise TooManyRequests(
            f"more than {allowance.limit:,} requests of this kind in a minute; slow down",
            retry_after_s=math.ceil(allowance.retry_after_s),
        )


def _check() -> None:
    spend(1)


def _tell(response: Response) -> Response:
    allowance: Allowance | None = g.get("allowance")
    if allowance is not None:
        response.headers["RateLimit-Limit"] = str(allowance.limit)
        response.headers["RateLimit-Remaining"] = str(allowance.remaining)
        response.headers["RateLimit-Reset"] = str(math.ceil(allowance.reset_s))
    return response


def _key() -> ApiKey | None:
    try:
        return sent_key()
    except StoreUnavailable:
        return None  # searching goes on without the store


def _client(key: ApiKey | None) -> str:
    return f"key {key.id}" if key is not None else client_network(request.remote_addr or "")


@lru_cache(maxsize=4096)
def client_network(address: str) -> str:
    """Return what stands for the client at an address: for IPv6 its network, else the address itself."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if (embedded := parsed.ipv4_mapped) is not None:
        return str(embedded)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
