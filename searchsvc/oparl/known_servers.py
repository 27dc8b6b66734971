"""Servers that are known, so that nobody needs to know an address: a short list with the month they were last seen.

Not complete, and not a registry: any address can be imported. ``known_servers.csv`` has one server a line.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files

from searchsvc.documents.text import kommune_id


@dataclass(frozen=True, slots=True)
class KnownServer:
    """A server; what is not known of it is an empty text. ``seen``: year and month when it last answered."""

    name: str
    ags: str
    url: str
    product: str
    version: str
    seen: str


def known_servers() -> tuple[KnownServer, ...]:
    """Return all servers that are known, by name."""
    text = files("searchsvc.oparl").joinpath("known_servers.csv").read_text(encoding="utf-8")
    return tuple(KnownServer(**row) for row in csv.DictReader(text.splitlines()))


def find_servers(wanted: str) -> list[KnownServer]:
    """Return the servers whose name has what is wanted in it, in any spelling, or whose official key begins with it."""
    if wanted.strip().isdecimal():
        return [one for one in known_servers() if one.ags.startswith(wanted.strip())]
    folded = kommune_id(wanted)
    return [one for one in known_servers() if folded and folded in kommune_id(one.name)]
