"""Documents that are nearly or exactly the same: their signatures, and looking them up at a cost that stays the same.

Signatures are made from the change log like the index, by the worker.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from index.contract import Change, Document
from searchsvc.documents.signatures import SIGNATURE_VERSION, THRESHOLD, bands, signature, similarities
from searchsvc.store.database import Database
from searchsvc.store.document_rows import key_of
from searchsvc.store.documents import Documents
from searchsvc.store.tables import documents, signature_bands, signature_state, signatures
from searchsvc.store.upserts import upsert

_MAX_BAND_ROWS = 2_000
_MAX_CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A document (without its pages) that is the same as another, and how similar their texts are, 0 to 1."""

    document: Document
    similarity: float
    same_file: bool


class Duplicates:
    """Repository of signatures."""

    def __init__(self, database: Database, documents_: Documents) -> None:
        self._database = database
        self._documents = documents_

    def refresh(self, limit: int) -> bool:
        """Make the signatures of the next changes, at most ``limit``. Returns whether there were any.

        Documents that cannot be read have none; whoever indexes them tells of them.
        """
        done = self._position()
        if done >= self._documents.last_change():
            return False
        changes = self._documents.changes_after(done, limit, damaged=lambda _: None)
        if not changes:
            return False
        rows = [_row(change) for change in changes]
        with self._database.transaction() as connection:
            # First of all, so that workers of several machines take their turns.
            connection.execute(update(signature_state).values(last_change=changes[-1].number))
            _replace(connection, [row["id"] for row in rows], [row for row in rows if row["key"] is not None])
        return True

    def of(self, document_id: str, *, limit: int = 20) -> list[Duplicate]:
        """Return the documents that have the same file or nearly the same text, the most similar first."""
        key = key_of(document_id)
        with self._database.transaction() as connection:
            own = connection.execute(select(signatures).where(signatures.c.id == _short(key))).one_or_none()
            if own is None:
                return []
            found = _similar(connection, own.id, own.signature) if own.signature is not None else {}
            same_file = set(_same_file(connection, own.id, own.sha256)) if own.sha256 is not None else set()
            found |= dict.fromkeys(same_file, 1.0)
            if not found:
                return []  # most documents; a query for no keys at all would look through every row
            best = sorted(found, key=lambda one: (one not in same_file, -found[one], one))[:limit]
            keys = _keys(connection, best)
            query = select(documents.c.key, documents.c.metadata, documents.c.indexed_at).where(
                documents.c.key.in_(keys), documents.c.deleted.is_(False)
            )
            rows = connection.execute(query).all()
        duplicates = [
            Duplicate(
                Document.from_metadata(json.loads(row.metadata) | {"indexed_at": row.indexed_at}),
                similarity=round(found[keys[row.key]], 2),
                same_file=keys[row.key] in same_file,
            )
            for row in rows
        ]
        duplicates.sort(key=lambda one: (not one.same_file, -one.similarity, one.document.id))
        return duplicates

    def _position(self) -> int:
        """Return the last change whose signature is made; after a change of the method all are made anew."""
        with self._database.transaction() as connection:
            row = connection.execute(select(signature_state)).one()
        if row.version == SIGNATURE_VERSION:
            return int(row.last_change)
        with self._database.transaction() as connection:
            connection.execute(update(signature_state).values(last_change=0, version=SIGNATURE_VERSION))
            connection.execute(delete(signature_bands))
            connection.execute(delete(signatures))
        return 0


def _short(key: str) -> int:
    """Return the number that stands for a document in these tables, which have many short rows."""
    return int.from_bytes(bytes.fromhex(key[:16]), "big", signed=True)


def _row(change: Change) -> dict[str, Any]:
    """Return a document's row; that of one that is deleted has no ``key``."""
    key = key_of(change.document_id)
    if change.document is None:
        return {"id": _short(key), "key": None}
    checksum = change.document.sha256
    return {"id": _short(key), "key": key, "sha256": checksum, "signature": signature(change.document.pages)}


def _replace(connection: Connection, ids: Sequence[int], rows: Sequence[dict[str, Any]]) -> None:
    """Write rows and remove the rest of ``ids``."""
    query = select(signatures.c.id, signatures.c.signature).where(signatures.c.id.in_(ids))
    old = [row for row in connection.execute(query) if row.signature is not None]
    if old:
        places = [{"old_band": band, "old_id": row.id} for row in old for band in bands(row.signature)]
        connection.execute(
            delete(signature_bands).where(
                signature_bands.c.band == bindparam("old_band"), signature_bands.c.signature_id == bindparam("old_id")
            ),
            places,
        )
    kept = {row["id"] for row in rows}
    connection.execute(delete(signatures).where(signatures.c.id.in_([one for one in ids if one not in kept])))
    upsert(connection, signatures, rows)
    new = [row for row in rows if row["signature"] is not None]
    if new:
        connection.execute(
            insert(signature_bands),
            [{"band": band, "signature_id": row["id"]} for row in new for band in sorted(set(bands(row["signature"])))],
        )


def _similar(connection: Connection, own_id: int, own: bytes) -> dict[int, float]:
    """Return what is similar enough, by number. Of very many documents of one text, some."""
    query = select(signature_bands.c.signature_id).where(signature_bands.c.band.in_(bands(own))).limit(_MAX_BAND_ROWS)
    counts = Counter(connection.execute(query).scalars())
    del counts[own_id]
    candidates = [one for one, _ in counts.most_common(_MAX_CANDIDATES)]
    rows = connection.execute(
        select(signatures.c.id, signatures.c.signature).where(signatures.c.id.in_(candidates))
    ).all()
    values = similarities(own, [row.signature for row in rows])
    return {row.id: value for row, value in zip(rows, values, strict=True) if value >= THRESHOLD}


def _same_file(connection: Connection, own_id: int, checksum: str) -> list[int]:
    query = select(signatures.c.id).where(signatures.c.sha256 == checksum, signatures.c.id != own_id)
    return list(connection.execute(query.limit(_MAX_CANDIDATES)).scalars())


def _keys(connection: Connection, ids: Sequence[int]) -> dict[str, int]:
    rows = connection.execute(select(signatures.c.key, signatures.c.id).where(signatures.c.id.in_(ids)))
    return {row.key: row.id for row in rows}
