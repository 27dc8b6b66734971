"""Documents in the store: their latest state, and the log of changes the index is built from."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import structlog
from sqlalchemy import Connection, Row, bindparam, func, insert, select, union, update

from index.contract import Change, Document
from searchsvc.errors import DocumentDamaged, PreconditionFailed
from searchsvc.store.change_log import Damaged, read_changes
from searchsvc.store.database import Database
from searchsvc.store.document_rows import Encoded, decode, encode, key_of
from searchsvc.store.originals import Originals
from searchsvc.store.tables import documents, state, takedowns
from searchsvc.store.takedown_marks import recognise
from searchsvc.store.values import now_text, portions
from searchsvc.store.withheld import erase_withheld, keep_withheld, withheld_keys, withhold

_log = structlog.get_logger(__name__)

_STREAM_ROWS = 50
_CHANGES_MAX_BYTES = 32_000_000
"""Most compressed page text ``changes_after`` returns at once; the worker's memory depends on it."""


@dataclass(frozen=True, slots=True)
class PutResult:
    """What a write did. Without a change (same content as stored) the number is that of the last change.

    ``withheld``: the document was taken down; its content was kept, but nothing shows it.
    """

    change_number: int
    created: bool
    changed: bool
    version: str
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must be true of a document before it is written: one of ``versions``, none of ``not_versions``.

    ``ANY`` among them stands for every version, so that a document must exist or must not.
    """

    ANY: ClassVar[str] = "*"

    versions: frozenset[str] | None = None
    not_versions: frozenset[str] = frozenset()

    def holds(self, version: str | None) -> bool:
        """Tell whether a document of this version (None: there is no such document) may be written."""
        known = frozenset() if version is None else frozenset({version, self.ANY})
        return (self.versions is None or not known.isdisjoint(self.versions)) and known.isdisjoint(self.not_versions)

    def check(self, version: str | None) -> None:
        """Raise ``PreconditionFailed`` if it does not hold."""
        if not self.holds(version):
            state = "does not exist" if version is None else "is in another state"
            raise PreconditionFailed(f"the document {state}; read it again before writing")


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as stored. ``version`` changes whenever anything of it does (an ETag without its quotes)."""

    document: Document
    change_number: int
    version: str
    original_sha256: str | None


@dataclass(slots=True)
class _Known:
    """What the store has of a document while a batch is written."""

    number: int
    deleted: bool
    hash: str
    original: str | None
    is_row: bool


class Documents:
    """Repository of documents. Writes of all processes are put in one order by the row of ``state``."""

    def __init__(self, database: Database, originals: Originals) -> None:
        self._database = database
        self._originals = originals

    def put(
        self, document: Document, *, original: Path | None = None, precondition: Precondition | None = None
    ) -> PutResult:
        """Store a document, replacing what its id had before; ``original`` is kept as its file.

        Without ``original`` the file of checksum ``document.sha256`` is used if the store has it, or else the
        document's former one if the document names no other checksum. A document that is stored just so already
        needs no precondition: sending a write again is harmless. Raises ``StoreUnavailable``, ``PreconditionFailed``.
        """
        added = self._originals.add(original) if original is not None else None
        return self._write([self._encode(document, added)], precondition)[0]

    def put_many(self, batch: Sequence[Document]) -> list[PutResult]:
        """Store documents in order as one transaction: all or none. Raises ``StoreUnavailable``."""
        return self._write([self._encode(document, None) for document in batch])

    def get(self, document_id: str) -> StoredDocument | None:
        """Return a document, or None if it is unknown or deleted."""
        query = select(documents).where(documents.c.key == key_of(document_id), documents.c.deleted.is_(False))
        with self._database.transaction() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _stored(row)

    def with_original(self, checksum: str) -> list[StoredDocument]:
        """Return the documents that have a file, by its checksum."""
        query = select(documents).where(documents.c.original_sha256 == checksum, documents.c.deleted.is_(False))
        with self._database.transaction() as connection:
            return [_stored(row) for row in connection.execute(query)]

    def delete(self, document_id: str, *, precondition: Precondition | None = None) -> int | None:
        """Delete a document and return the number of that change; None if there is none.

        Raises ``StoreUnavailable``, and ``PreconditionFailed`` for a document that is there.
        """
        with self._database.transaction() as connection:
            if precondition is not None:
                lock_last_change(connection)
                query = select(documents.c.change_number, documents.c.content_hash).where(
                    documents.c.key == key_of(document_id), documents.c.deleted.is_(False)
                )
                if (row := connection.execute(query).one_or_none()) is not None:
                    precondition.check(_version(row.change_number, row.content_hash))
            return delete_documents(connection, [document_id])[0]

    def delete_many(self, document_ids: Sequence[str]) -> list[int | None]:
        """Delete documents in order as one transaction; None stands for each id that is unknown."""
        with self._database.transaction() as connection:
            return delete_documents(connection, document_ids)

    def tombstones(self, document_ids: Sequence[str]) -> set[str]:
        """Return those of the documents that were deleted."""
        ids = {key_of(document_id): document_id for document_id in document_ids}
        keys = list(ids)
        found: set[str] = set()
        with self._database.transaction() as connection:
            for portion in portions(keys):
                query = select(documents.c.key).where(documents.c.key.in_(portion), documents.c.deleted.is_(True))
                found.update(ids[key] for key in connection.execute(query).scalars())
        return found

    def last_change(self) -> int:
        """Return the number of the last change; 0: none yet."""
        with self._database.transaction() as connection:
            return int(connection.execute(select(state.c.last_change)).scalar_one())

    def last_changed_at(self) -> datetime | None:
        """Return when the last change was stored."""
        query = select(documents.c.indexed_at).order_by(documents.c.change_number.desc()).limit(1)
        with self._database.transaction() as connection:
            moment = connection.execute(query).scalar()
        return datetime.fromisoformat(moment) if moment else None

    def history_id(self) -> str:
        """Return the name of this history of change numbers; restoring a backup starts another history."""
        with self._database.transaction() as connection:
            return str(connection.execute(select(state.c.store_id)).scalar_one())

    def position(self) -> tuple[str, int]:
        """Return ``history_id()`` and ``last_change()`` as of the same moment."""
        with self._database.transaction() as connection:
            row = connection.execute(select(state.c.store_id, state.c.last_change)).one()
        return str(row.store_id), int(row.last_change)

    def count(self) -> int:
        """Return the number of documents."""
        query = select(func.count()).select_from(documents).where(documents.c.deleted.is_(False))
        with self._database.transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def changes_after(self, number: int, limit: int, *, damaged: Damaged | None = None) -> list[Change]:
        """Return the next changes in order, at most ``limit`` and not more than fit well into memory.

        A document that changed several times appears once, with its latest state at its latest number. One that cannot
        be read is told to ``damaged`` and comes as deleted; without ``damaged`` it raises ``DocumentDamaged``.
        """
        with self._database.transaction() as connection:
            changes = read_changes(connection, number, limit, max_bytes=_CHANGES_MAX_BYTES, damaged=damaged)
        return [Change(change.number, change.document_id, change.document) for change in changes]

    def snapshot(self, *, damaged: Damaged | None = None) -> tuple[int, Generator[Document, None, None]]:
        """Return the last change number and all documents as of that change, read as they are taken.

        Later writes neither wait nor show. Close the iterator (or exhaust it) to end the reading transaction. Documents
        that cannot be read are told to ``damaged`` and left out; without ``damaged`` they raise ``DocumentDamaged``.
        """
        rows = self._snapshot(damaged)
        number = next(rows)
        assert isinstance(number, int)
        return number, rows  # type: ignore[return-value]  # after the number come documents only

    def forget_hashes(self, keys: Collection[str]) -> None:
        """Forget the checksums of documents that are damaged, so that sending one again is no write of the same."""
        with self._database.transaction() as connection:
            for key in keys:
                connection.execute(update(documents).where(documents.c.key == key).values(content_hash=""))

    def _snapshot(self, damaged: Damaged | None) -> Generator[int | Document, None, None]:
        query = (
            select(documents)
            .where(documents.c.deleted.is_(False))
            .order_by(documents.c.change_number)
            .execution_options(yield_per=_STREAM_ROWS)
        )
        with self._database.transaction(isolation="REPEATABLE READ") as connection:
            yield int(connection.execute(select(state.c.last_change)).scalar_one())
            with connection.execute(query) as rows:
                for row in rows:
                    try:
                        document = decode(row)
                    except DocumentDamaged as error:
                        if damaged is None:
                            raise
                        damaged(error)
                    else:
                        yield document

    def _encode(self, document: Document, added_original: str | None) -> Encoded:
        original = added_original
        if original is None and document.sha256 and self._originals.has(document.sha256):
            original = document.sha256
        return encode(document, original)

    def _write(self, batch: Sequence[Encoded], precondition: Precondition | None = None) -> list[PutResult]:
        if not batch:
            return []
        # Most repeated imports change nothing: find that out without keeping other writers waiting.
        with self._database.transaction() as connection:
            known = _look_up(connection, batch)
        if all(_is_same(known.get(item.key), item) for item in batch):
            return [_unchanged(known[item.key]) for item in batch]
        with self._database.transaction() as connection:
            return self.write(connection, batch, precondition)

    def write(
        self, connection: Connection, batch: Sequence[Encoded], precondition: Precondition | None = None
    ) -> list[PutResult]:
        """Store documents in order as part of a transaction in which nothing was read yet."""
        number = lock_last_change(connection)
        # Files are moved to the trash under the same lock: from here on, those of the batch stay.
        kept = [item if self._is_kept(item) else replace(item, original=None) for item in batch]
        return _write_documents(connection, number, kept, precondition)

    def _is_kept(self, item: Encoded) -> bool:
        return item.original is None or self._originals.keep(item.original)

    def encode(self, document: Document) -> Encoded:
        """Prepare a document for ``write``."""
        return self._encode(document, None)


def _write_documents(
    connection: Connection, number: int, batch: Sequence[Encoded], precondition: Precondition | None
) -> list[PutResult]:
    """Store documents in order; ``number`` is the last change, which must be locked."""
    now = now_text()
    results: list[PutResult] = []
    rows: dict[str, dict[str, Any]] = {}
    known = _look_up(connection, batch)
    withheld = withheld_keys(connection, {item.key for item in batch})
    new = [item for item in batch if item.key not in withheld and (item.key not in known or known[item.key].deleted)]
    recognised = recognise(connection, new)
    for item in batch:
        if item.key in recognised and item.key not in withheld:
            _log.warning("takedown_recognised", document=item.id, former=recognised[item.key])
            withhold(connection, item, recognised[item.key])
            withheld.add(item.key)
        if item.key in withheld:
            keep_withheld(connection, item)
            version = _version(number, item.hash)
            results.append(PutResult(number, created=False, changed=False, version=version, withheld=True))
            continue
        before = known.get(item.key)
        if before is not None and _is_same(before, item):
            results.append(_unchanged(before))
            continue
        if precondition is not None:
            precondition.check(None if before is None or before.deleted else _version(before.number, before.hash))
        number += 1
        original = _kept_original(before, item)
        created = before is None or before.deleted
        known[item.key] = _Known(number, False, item.hash, original, before is not None and before.is_row)
        rows[item.key] = item.row(number, original, now)
        results.append(PutResult(number, created, True, _version(number, item.hash)))
    _write_rows(connection, rows, known)
    connection.execute(update(state).values(last_change=number))
    return results


def delete_documents(connection: Connection, document_ids: Sequence[str], *, erase: bool = True) -> list[int | None]:
    """Delete documents in order as part of a transaction in which nothing was read yet.

    ``erase``: also forget the content of those that were taken down, which is a deletion as well.
    """
    results: list[int | None] = []
    now = now_text()
    number = lock_last_change(connection)
    for document_id in document_ids:
        key = key_of(document_id)
        changed = connection.execute(
            update(documents)
            .where(documents.c.key == key, documents.c.deleted.is_(False))
            .values(
                change_number=number + 1,
                deleted=True,
                content_hash="",
                original_sha256=None,
                indexed_at=now,
                metadata=None,
                pages=None,
                paper_key=None,
                reference_key=None,
            )
        )
        number += changed.rowcount
        erased = erase and erase_withheld(connection, key)
        results.append(number if changed.rowcount or erased else None)
    connection.execute(update(state).values(last_change=number))
    return results


def lock_last_change(connection: Connection) -> int:
    """Keep other writers waiting until the end of the transaction; return the number of the last change."""
    # The row of ``state`` stays locked until the commit, so change numbers become visible in their order: a reader
    # that has seen number n never meets a smaller one later. Numbers drawn from a sequence or an autoincrement column
    # would be committed out of order on PostgreSQL, and the worker would pass over some. On SQLite the update takes
    # the write lock before anything is read, which is why the transaction can never fail on a stale snapshot.
    connection.execute(update(state).values(last_change=state.c.last_change))
    return int(connection.execute(select(state.c.last_change)).scalar_one())


def _look_up(connection: Connection, batch: Sequence[Encoded]) -> dict[str, _Known]:
    keys = list({item.key for item in batch})
    columns = (
        documents.c.key,
        documents.c.change_number,
        documents.c.deleted,
        documents.c.content_hash,
        documents.c.original_sha256,
    )
    found: dict[str, _Known] = {}
    for portion in portions(keys):
        query = select(*columns).where(documents.c.key.in_(portion))
        for key, number, deleted, content_hash, original in connection.execute(query):
            found[key] = _Known(number, deleted, content_hash, original, is_row=True)
    return found


def _write_rows(connection: Connection, rows: dict[str, dict[str, Any]], known: dict[str, _Known]) -> None:
    new = [row for key, row in rows.items() if not known[key].is_row]
    old = [{**row, "old_key": key} for key, row in rows.items() if known[key].is_row]
    if new:
        connection.execute(insert(documents), new)
    if old:
        connection.execute(update(documents).where(documents.c.key == bindparam("old_key")), old)


def _kept_original(before: _Known | None, item: Encoded) -> str | None:
    if item.original is not None or before is None or item.sha256 not in (None, before.original):
        return item.original
    return before.original


def _is_same(before: _Known | None, item: Encoded) -> bool:
    return (
        before is not None
        and not before.deleted
        and before.hash == item.hash
        and before.original == _kept_original(before, item)
    )


def _stored(row: Row[Any]) -> StoredDocument:
    return StoredDocument(
        document=decode(row),
        change_number=row.change_number,
        version=_version(row.change_number, row.content_hash),
        original_sha256=row.original_sha256,
    )


def _unchanged(before: _Known) -> PutResult:
    return PutResult(before.number, created=False, changed=False, version=_version(before.number, before.hash))


def _version(number: int, content_hash: str) -> str:
    return f"{number}-{content_hash[:12]}"


def unique_originals(connection: Connection) -> Iterable[str]:
    """Return the checksums of all files that documents refer to, in order."""
    named = [select(table.c.original_sha256) for table in (documents, takedowns)]
    found = union(*named).subquery().c.original_sha256
    query = select(found).where(found.is_not(None)).order_by(found)
    return (str(checksum) for (checksum,) in connection.execute(query))
