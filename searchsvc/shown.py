"""What of an address, or of a text with addresses in it, may leave the process: in logs, status, metrics, messages.

Names, passwords and tokens in addresses are for the server that they are sent to. What is shown instead can be shown
again without a change. Tokens that are part of a path cannot be told from names and are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

HIDDEN = "***"

_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*)://[^\s\"'<>\\]+")
_MAIL = re.compile(r"[\w.!#$%&+=?^`{|}~-]+@(?=[\w-]+(\.[\w-]+)+)")
_TRAILING = ".,;:!?)]}…"
_KNOWN = frozenset(
    (
        *("page", "limit", "size", "offset", "count", "per_page", "pagesize", "start", "id", "body"),
        *("created_since", "created_until", "modified_since", "modified_until", "omit_internal"),
        *("format", "lang", "order", "sort", "type"),
    )
)
"""Parameters that OParl and servers in general name things by; others may be anything."""
_PLAIN = re.compile(r"[0-9]{0,12}|[0-9]{4}-[0-9]{2}-[0-9]{2}([T%].{0,40})?|true|false|\*\*\*")
_MAX_KNOWN_CHARS = 64
_MIN_SECRET_CHARS = 4


def shown_address(address: str) -> str:
    """Return an address without names, passwords, tokens: ``https://***@host/path?page=2&token=***``."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address
    before, at, rest = rest.rpartition("@")
    if at and re.search(r"[/?#]", before):
        # Either a password with letters that it must not have, or an @ in a path or a value: nobody can tell.
        return f"{scheme}://{HIDDEN}"
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        _ = parts.port
    except ValueError:
        return f"{scheme}://{HIDDEN}"
    path = re.sub(r";[^/]*", f";{HIDDEN}", parts.path)
    query = "&".join(_shown_parameter(one) for one in parts.query.split("&")) if parts.query else ""
    return "".join(
        (
            f"{scheme}://",
            f"{HIDDEN}@" if at or before else "",
            parts.netloc,
            path,
            f"?{query}" if query else "",
            f"#{HIDDEN}" if parts.fragment else "",
        )
    )


def shown_text(text: str) -> str:
    """Return a text with all addresses in it as they may be shown."""
    return _ADDRESS.sub(_shown_match, text) if "://" in text else text


def shown_in_log(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text as it may stand in a log: also without the names of mailboxes, and without some known secrets."""
    for secret in secrets:
        if len(secret) >= _MIN_SECRET_CHARS:
            text = text.replace(secret, HIDDEN)
    text = shown_text(text)
    return _MAIL.sub(f"{HIDDEN}@", text) if "@" in text else text


def without_credentials(address: str, source: str) -> str:
    """Return an address that still leads to the same place for everybody, without what only we were given.

    That are a name and password, and parameters that are secret in the address of the ``source`` it came from.
    """
    try:
        parts, given = urlsplit(address), urlsplit(source)
    except ValueError:
        return address
    if parts.scheme not in ("http", "https"):
        return address
    ours = {one for one in given.query.split("&") if one and _shown_parameter(one) != one}
    parameters = parts.query.split("&")
    if "@" not in parts.netloc and ours.isdisjoint(parameters):
        return address
    query = "&".join(one for one in parameters if one not in ours)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query).geturl()


def hides_something(address: str) -> bool:
    """Tell whether an address is one that was shown, so that it cannot be asked for."""
    return HIDDEN in address


def _shown_match(match: re.Match[str]) -> str:
    found = match.group(0)
    address = found.rstrip(_TRAILING)
    return shown_address(address) + found[len(address) :]


def _shown_parameter(parameter: str) -> str:
    name, separator, value = parameter.partition("=")
    if not separator:
        return parameter if _PLAIN.fullmatch(parameter) else HIDDEN
    is_known = name.lower() in _KNOWN and len(value) <= _MAX_KNOWN_CHARS
    return f"{name}={value if is_known or _PLAIN.fullmatch(value) else HIDDEN}"
