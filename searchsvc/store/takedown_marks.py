"""What a document that was taken down is recognised by when it comes back under another id.

A server that moves gives all its files new ids, and a takedown is of an id. So each takedown also has marks: checksums
of the file, of the text, and of the end of the address together with the Kommune. A document that comes under an id
that was not here before and has one of them is not shown. Documents that are shown are left alone.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert, select

from searchsvc.store.document_rows import Encoded, key_of
from searchsvc.store.tables import documents, takedown_marks, takedowns
from searchsvc.store.values import portions

_FILE, _TEXT, _PLACE = "file", "text", "place"
_LEAST_TEXT_CHARS = 200
"""Shorter texts ("Siehe Anlage") are those of many documents."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: what it is of, and a checksum."""

    kind: str
    value: str


def marks_of(document_id: str, metadata: str | None = None, pages: bytes | None = None) -> set[Mark]:
    """Return the marks of a document, by its row; without content those of its address alone."""
    fields: Mapping[str, Any] = json.loads(metadata) if metadata else {}
    texts: Sequence[str] = json.loads(zlib.decompress(pages)) if pages else ()
    found = {Mark(_FILE, fields["sha256"])} if fields.get("sha256") else set()
    text = " ".join(" ".join(texts).split())
    if len(text) >= _LEAST_TEXT_CHARS:
        found.add(Mark(_TEXT, sha256(text.encode("utf-8", "surrogatepass")).hexdigest()))
    return found | _places(document_id, (fields.get("kommune") or {}).get("id"))


def add_marks(connection: Connection, key: str, marks: Set[Mark]) -> None:
    """Add marks to a takedown."""
    chosen = takedown_marks.c.takedown_key == key
    known = {Mark(row.kind, row.value) for row in connection.execute(select(takedown_marks).where(chosen))}
    new = [{"takedown_key": key, "kind": one.kind, "value": one.value} for one in sorted(marks - known, key=repr)]
    if new:
        connection.execute(insert(takedown_marks), new)


def remove_marks(connection: Connection, key: str) -> None:
    """Forget the marks of a takedown that is lifted."""
    connection.execute(delete(takedown_marks).where(takedown_marks.c.takedown_key == key))


def marks_of_takedown(connection: Connection, key: str) -> set[Mark]:
    """Return the marks of a takedown."""
    chosen = takedown_marks.c.takedown_key == key
    return {Mark(row.kind, row.value) for row in connection.execute(select(takedown_marks).where(chosen))}


def recognise(connection: Connection, items: Sequence[Encoded]) -> dict[str, str]:
    """Return those of some new documents that were taken down under another id, each with that id; by key."""
    if not items or connection.execute(select(takedown_marks.c.value).limit(1)).first() is None:
        return {}
    marks = {item.key: marks_of(item.id, item.metadata, item.pages) for item in items}
    values = list({mark.value for found in marks.values() for mark in found})
    query = select(takedown_marks.c.kind, takedown_marks.c.value, takedowns.c.document_id).join(
        takedowns, takedowns.c.key == takedown_marks.c.takedown_key
    )
    known: dict[Mark, str] = {}
    for portion in portions(values):
        for row in connection.execute(query.where(takedown_marks.c.value.in_(portion))):
            known[Mark(row.kind, row.value)] = row.document_id
    found: dict[str, str] = {}
    for item in items:
        for mark in sorted(marks[item.key], key=repr):
            if mark in known and not (mark.kind == _FILE and _is_shown(connection, mark.value)):
                found[item.key] = known[mark]
    return found


def _is_shown(connection: Connection, checksum: str) -> bool:
    """Tell whether a file is shown as another document, so that hiding one more of it would hide nothing."""
    query = select(documents.c.key).where(documents.c.original_sha256 == checksum, documents.c.deleted.is_(False))
    return connection.execute(query.limit(1)).first() is not None


def _places(document_id: str, kommune_id: str | None) -> set[Mark]:
    """Return the marks of an address: its last two parts with the Kommune, and all of it with the host.

    Many Kommunen share a host, and count their files alike; so the end of an address says nothing with its host.
    """
    try:
        parts = urlsplit(document_id)
        host = parts.hostname
    except ValueError:
        return set()
    path = [one for one in parts.path.split("/") if one]
    if parts.scheme not in ("http", "https") or not host or (len(path) < 2 and not parts.query):
        return set()
    query = f"?{parts.query}" if parts.query else ""
    places = [f"host {host.removeprefix('www.')}\n{'/'.join(path)}{query}"]
    if kommune_id is not None:
        places.append(f"kommune {kommune_id}\n{'/'.join(path[-2:])}{query}")
    return {Mark(_PLACE, key_of(place)) for place in places}
