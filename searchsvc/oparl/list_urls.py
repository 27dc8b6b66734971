"""Addresses of the pages of a list: the filter and what else an address has to keep, whatever a server makes of it.

Servers build the link to the next page, or the target of a redirect, from what they have read of the address before.
Some write its values without encoding them (the ``+`` of an offset is a blank then), some leave them out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

FILTER = "modified_since"
_PLACES = frozenset({"page", "offset", "start", "skip", "from", "cursor", "after", "token", "next", "pagetoken"})
"""Parameters that say where in a list a page is: those of another page are never taken over."""


def filter_moment(moment: datetime) -> str:
    """Write a moment as servers want it: a full date-time with offset, without fractions of a second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def with_filter(url: str, since: datetime | None) -> str:
    """Return an address with our own encoded filter in place of whatever copies of it there are; None: unaltered."""
    if since is None:
        return url
    parts = urlsplit(url)
    kept = [one for one in parts.query.split("&") if one and _name(one) != FILTER]
    kept.append(f"{FILTER}={quote(filter_moment(since), safe='')}")
    return urlunsplit(parts._replace(query="&".join(kept)))


def with_parameters_of(list_url: str, url: str) -> str:
    """Return the address of a further page with what the address of its list has and this one lost, such as ``limit``.

    Nothing is added to an address of another host or path: what it means there is not known.
    """
    first, parts = urlsplit(list_url), urlsplit(url)
    if (first.scheme, first.netloc, first.path) != (parts.scheme, parts.netloc, parts.path):
        return url
    names = {_name(one) for one in parts.query.split("&")}
    lost = [
        one
        for one in first.query.split("&")
        if one and _name(one) not in names and _name(one) != FILTER and _name(one).lower() not in _PLACES
    ]
    if not lost:
        return url
    return urlunsplit(parts._replace(query="&".join([*filter(None, parts.query.split("&")), *lost])))


def _name(parameter: str) -> str:
    return unquote_plus(parameter.partition("=")[0]).strip()
