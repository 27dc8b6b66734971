"""Paths below which the service may be served: ``/ratssuche`` of ``https://stadt.example/ratssuche/``."""

from __future__ import annotations

import re
from typing import TypeVar

OWN_NAMES = (
    *("abo", "api", "docs", "dokumente", "feed.atom", "healthz", "hilfe", "metrics"),
    *("openapi.json", "opensearch.xml", "readyz", "static", "de", "en"),
    *("impressum", "datenschutz", "barrierefreiheit", "logo", "robots.txt", "sitemap.xml"),
)
"""How the service's own paths begin. Below one of them nobody could tell whether a proxy has taken a prefix off."""

MAX_CHARS = 200
_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)*")

_Path = TypeVar("_Path", str, bytes)


def check_prefix(path: str) -> str:
    """Return a path without the slash at its end, empty for the root. Raises ``ValueError`` when it is no prefix."""
    prefix = path.rstrip("/")
    if len(prefix) > MAX_CHARS or not _PREFIX.fullmatch(prefix):
        raise ValueError("has a path of other characters than letters without accents, digits and . _ ~ - between /")
    first = prefix.split("/")[1] if prefix else ""
    if first in OWN_NAMES:
        raise ValueError(f"has a path that begins with /{first}, as the service's own paths do: take another one")
    return prefix


def without_prefix(path: _Path, prefix: _Path) -> _Path:
    """Return ``path`` without ``prefix``, if it begins with all of it; else as it is, since a proxy took it off."""
    rest = path.removeprefix(prefix)
    if rest == path:
        return path
    slash = b"/" if isinstance(rest, bytes) else "/"
    if not rest:
        return slash
    return rest if rest.startswith(slash) else path
