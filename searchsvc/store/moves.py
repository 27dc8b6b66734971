"""Documents whose ids change because their server has moved: all that refers to them follows, and old links lead on.

Everything whose id begins with the old prefix is moved in portions, each a transaction, so that a move that was killed
goes on when it is asked for again. What is at the new id already stays, and the old one ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, delete, insert, or_, select, update

from index.contract import Document
from searchsvc.errors import DocumentDamaged
from searchsvc.store.database import Database
from searchsvc.store.document_rows import decode, encode, key_of
from searchsvc.store.documents import delete_documents, lock_last_change
from searchsvc.store.tables import (
    documents,
    failures,
    moved_documents,
    notifications,
    oparl_files,
    oparl_lists,
    oparl_mentions,
    oparl_objects,
    oparl_sources,
    reports,
    saved_search_hits,
    state,
    takedowns,
)
from searchsvc.store.takedown_marks import add_marks, marks_of, marks_of_takedown, remove_marks
from searchsvc.store.values import now_text

_PORTION = 100

Rekey = Callable[[Mapping[str, Any], Mapping[str, Any], str], str]
"""Given what is known of a file before and after, and the key of its content, returns the key it has afterwards."""


@dataclass(slots=True)
class Moved:
    """How much was moved: documents, takedowns, objects of servers, and sources."""

    documents: int = 0
    takedowns: int = 0
    objects: int = 0
    sources: int = 0


@dataclass(frozen=True, slots=True)
class _Prefixes:
    old: str
    new: str

    def of(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        return column.startswith(self.old, autoescape=True)

    def fits(self, text: str) -> bool:
        """Tell whether a text begins with the old prefix; SQLite's LIKE does not look at the case of letters."""
        return text.startswith(self.old)

    def text(self, text: str) -> str:
        return self.new + text[len(self.old) :] if self.fits(text) else text

    def value(self, value: Any) -> Any:
        """Replace the prefix in all texts of a JSON value."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if isinstance(value, dict):
            return {name: self.value(one) for name, one in value.items()}
        return value


class Moves:
    """Repository of moves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def new_id(self, document_id: str) -> str | None:
        """Return the id a document has now that had this one before."""
        query = select(moved_documents.c.new_id).where(moved_documents.c.key == key_of(document_id))
        with self._database.transaction() as connection:
            return connection.execute(query).scalar_one_or_none()

    def preview(self, old: str, new: str) -> Moved:
        """Return how much a move would move."""
        prefixes = _Prefixes(old, new)
        with self._database.transaction() as connection:
            return Moved(
                documents=len(_ids(connection, documents.c.id, prefixes, documents.c.deleted.is_(False))),
                takedowns=len(_ids(connection, takedowns.c.document_id, prefixes)),
                objects=len(_ids(connection, oparl_objects.c.id, prefixes)),
                sources=len(_ids(connection, oparl_sources.c.url, prefixes)),
            )

    def move(self, old: str, new: str, *, rekey: Rekey) -> Moved:
        """Give everything whose id begins with ``old`` an id that begins with ``new`` instead.

        Takedowns first, so that nothing is shown in between. Raises ``StoreUnavailable``; what was done stays.
        """
        prefixes, moved = _Prefixes(old, new), Moved()
        with self._database.transaction() as connection:
            taken = _ids(connection, takedowns.c.document_id, prefixes)
            shown = _ids(connection, documents.c.id, prefixes, documents.c.deleted.is_(False))
            ended = _ids(connection, documents.c.id, prefixes, documents.c.deleted.is_(True))
            objects = _ids(connection, oparl_objects.c.id, prefixes)
            sources = _ids(connection, oparl_sources.c.url, prefixes)
        for ids, move, name in (
            (taken, _move_takedown, "takedowns"),
            (ended, _move_deletion, ""),
            (shown, _move_document, "documents"),
            (objects, lambda connection, one, to: _move_object(connection, one, to, rekey), "objects"),
            (sources, _move_source, "sources"),
        ):
            for start in range(0, len(ids), _PORTION):
                portion = ids[start : start + _PORTION]
                with self._database.transaction() as connection:
                    lock_last_change(connection)
                    for one in portion:
                        move(connection, one, prefixes)
                if name:
                    setattr(moved, name, getattr(moved, name) + len(portion))
        with self._database.transaction() as connection:
            lock_last_change(connection)
            _rewrite(connection, prefixes)
        return moved


def _ids(
    connection: Connection, column: Column[str], prefixes: _Prefixes, *conditions: ColumnElement[bool]
) -> list[str]:
    query = select(column).where(prefixes.of(column), *conditions).order_by(column)
    return [one for one in connection.execute(query).scalars() if prefixes.fits(one)]


def _move_takedown(connection: Connection, document_id: str, prefixes: _Prefixes) -> None:
    old_key, new_id = key_of(document_id), prefixes.text(document_id)
    new_key = key_of(new_id)
    row = connection.execute(select(takedowns).where(takedowns.c.key == old_key)).one()
    marks = marks_of_takedown(connection, old_key) | marks_of(new_id, row.metadata, row.pages)
    remove_marks(connection, old_key)
    if connection.execute(select(takedowns.c.key).where(takedowns.c.key == new_key)).first() is not None:
        connection.execute(delete(takedowns).where(takedowns.c.key == old_key))
    else:
        values: dict[str, Any] = {"key": new_key, "document_id": new_id}
        if row.metadata is not None and (moved := _document(row, document_id, prefixes)) is not None:
            encoded = encode(moved, row.original_sha256)
            values |= {name: getattr(encoded, name) for name in ("metadata", "pages", "paper_key", "reference_key")}
            values["content_hash"] = encoded.hash
        connection.execute(update(takedowns).where(takedowns.c.key == old_key).values(values))
    add_marks(connection, new_key, marks)
    _note(connection, document_id, new_id)
    # Should it have come under its new id before, it was shown.
    delete_documents(connection, [new_id], erase=False)


def _move_document(connection: Connection, document_id: str, prefixes: _Prefixes) -> None:
    old_key, new_id = key_of(document_id), prefixes.text(document_id)
    row = connection.execute(select(documents).where(documents.c.key == old_key)).one()
    if row.deleted:
        return
    new_key = key_of(new_id)
    there = connection.execute(select(documents.c.deleted).where(documents.c.key == new_key)).one_or_none()
    hidden = connection.execute(select(takedowns.c.key).where(takedowns.c.key == new_key)).first() is not None
    moved = _document(row, document_id, prefixes)
    if moved is None:
        return  # what is damaged stays where it can be looked for
    delete_documents(connection, [document_id], erase=False)
    if not hidden and (there is None or there.deleted):
        number = lock_last_change(connection) + 1
        # It is not new: feeds that go by when documents came do not tell of it again.
        values = encode(moved, row.original_sha256).row(number, row.original_sha256, row.indexed_at)
        if there is None:
            connection.execute(insert(documents).values(values))
        else:
            connection.execute(update(documents).where(documents.c.key == new_key).values(values))
        connection.execute(update(state).values(last_change=number))
    _note(connection, document_id, new_id)


def _move_deletion(connection: Connection, document_id: str, prefixes: _Prefixes) -> None:
    """Let a document that somebody deleted here stay deleted; what the importer deleted is for the importer."""
    old_key, new_id = key_of(document_id), prefixes.text(document_id)
    new_key = key_of(new_id)
    file = connection.execute(select(oparl_files.c.removed).where(oparl_files.c.key == old_key)).one_or_none()
    moved = connection.execute(select(moved_documents.c.key).where(moved_documents.c.key == old_key)).first()
    if file is None or file.removed or moved is not None:
        return
    if delete_documents(connection, [new_id], erase=False)[0] is not None:
        return
    if connection.execute(select(documents.c.key).where(documents.c.key == new_key)).first() is None:
        number = lock_last_change(connection) + 1
        values = {"key": new_key, "id": new_id, "change_number": number, "deleted": True, "content_hash": ""}
        connection.execute(insert(documents).values(values | {"indexed_at": now_text()}))
        connection.execute(update(state).values(last_change=number))


def _document(row: Any, document_id: str, prefixes: _Prefixes) -> Document | None:
    """Return the document of a row under its new id; None if it cannot be read."""
    try:
        found = decode(cast(Row[Any], _Row(row, document_id)))
    except DocumentDamaged:
        return None
    metadata = prefixes.value(replace(found, indexed_at=None).metadata())
    return Document.from_metadata(metadata, found.pages)


class _Row:
    """A row of documents or of takedowns, as the former is read."""

    def __init__(self, row: Any, document_id: str) -> None:
        self.id = document_id
        self.key = row.key
        self.metadata, self.pages, self.content_hash = row.metadata, row.pages, row.content_hash
        self.indexed_at = getattr(row, "indexed_at", None) or row.taken_down_at


def _note(connection: Connection, old_id: str, new_id: str) -> None:
    """Let links to the old id lead to the new one, and have what names the old id name the new one."""
    old_key, new_key = key_of(old_id), key_of(new_id)
    connection.execute(delete(moved_documents).where(moved_documents.c.key.in_([old_key, new_key])))
    connection.execute(insert(moved_documents).values(key=old_key, new_id=new_id, new_key=new_key))
    former = moved_documents.c.new_key == old_key
    connection.execute(update(moved_documents).where(former).values(new_id=new_id, new_key=new_key))
    connection.execute(update(reports).where(reports.c.document_id == old_id).values(document_id=new_id))
    hits = saved_search_hits
    told = select(hits.c.search_id).where(hits.c.document_key == new_key)
    connection.execute(delete(hits).where(hits.c.document_key == old_key, hits.c.search_id.in_(told)))
    connection.execute(update(hits).where(hits.c.document_key == old_key).values(document_key=new_key))


def _move_object(connection: Connection, object_id: str, prefixes: _Prefixes, rekey: Rekey) -> None:
    old_key, new_id = key_of(object_id), prefixes.text(object_id)
    new_key = key_of(new_id)
    row = connection.execute(select(oparl_objects).where(oparl_objects.c.key == old_key)).one()
    is_there = connection.execute(select(oparl_objects.c.key).where(oparl_objects.c.key == new_key)).first() is not None
    if is_there:
        for table in (oparl_objects, oparl_files):
            connection.execute(delete(table).where(table.c.key == old_key))
    else:
        before = json.loads(row.content) if row.content else {}
        after = prefixes.value(before)
        written = json.dumps(after, ensure_ascii=False) if after else None
        values = {"key": new_key, "id": new_id, "content": written}
        connection.execute(update(oparl_objects).where(oparl_objects.c.key == old_key).values(values))
        file = connection.execute(select(oparl_files).where(oparl_files.c.key == old_key)).one_or_none()
        if file is not None:
            key = file.content_key and rekey({"id": object_id} | before, {"id": new_id} | after, file.content_key)
            url = file.content_url and prefixes.text(file.content_url)
            changed = {"key": new_key, "content_key": key, "content_url": url}
            connection.execute(update(oparl_files).where(oparl_files.c.key == old_key).values(changed))
    _move_mentions(connection, old_key, new_key)


def _move_mentions(connection: Connection, old_key: str, new_key: str) -> None:
    mentions = oparl_mentions
    for own, other in ((mentions.c.file_key, mentions.c.owner_key), (mentions.c.owner_key, mentions.c.file_key)):
        there = select(other).where(own == new_key)
        connection.execute(delete(mentions).where(own == old_key, other.in_(there)))
        connection.execute(update(mentions).where(own == old_key).values({own.name: new_key}))


def _move_source(connection: Connection, url: str, prefixes: _Prefixes) -> None:
    old_key, new_url = key_of(url), prefixes.text(url)
    new_key = key_of(new_url)
    for table in (oparl_objects, oparl_files):
        connection.execute(update(table).where(table.c.source_key == old_key).values(source_key=new_key))
    # Lists are read anew: their addresses are different ones, and all that they have is known.
    connection.execute(delete(oparl_lists).where(oparl_lists.c.source_key == old_key))
    known = connection.execute(select(oparl_sources.c.key).where(oparl_sources.c.key == new_key)).first()
    if known is not None:
        connection.execute(delete(oparl_sources).where(oparl_sources.c.key == old_key))
    else:
        values = {"key": new_key, "url": new_url, "full_round": None}
        connection.execute(update(oparl_sources).where(oparl_sources.c.key == old_key).values(values))


def _rewrite(connection: Connection, prefixes: _Prefixes) -> None:
    """Replace the prefix inside of longer texts: in objects whose own id is another, and in notifications."""
    for table, key, column in (
        (oparl_objects, oparl_objects.c.key, oparl_objects.c.content),
        (notifications, notifications.c.id, notifications.c.document_ids),
    ):
        inside = column.contains(json.dumps(prefixes.old, ensure_ascii=False)[1:-1], autoescape=True)
        for row in connection.execute(select(key.label("row_key"), column.label("text")).where(inside)).all():
            _update(connection, table, key, row.row_key, {column.name: _rewritten(row.text, prefixes)})
    connection.execute(delete(failures).where(or_(*_failed(prefixes))))


def _rewritten(text: str, prefixes: _Prefixes) -> str:
    return json.dumps(prefixes.value(json.loads(text)), ensure_ascii=False)


def _update(connection: Connection, table: Table, key: ColumnElement[Any], value: Any, values: dict[str, Any]) -> None:
    connection.execute(update(table).where(key == value).values(values))


def _failed(prefixes: _Prefixes) -> Iterable[ColumnElement[bool]]:
    """Failures name what does not exist any more; under the new ids they are told again if they are still so."""
    yield prefixes.of(failures.c.item)
