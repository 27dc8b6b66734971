"""What is known of OParl objects, and the one transaction in which documents and that knowledge change together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update

from index.contract import Document
from searchsvc.store.database import Database
from searchsvc.store.document_rows import key_of
from searchsvc.store.documents import Documents, PutResult
from searchsvc.store.oparl_files import live_files, made
from searchsvc.store.tables import oparl_files, oparl_lists, oparl_mentions, oparl_objects
from searchsvc.store.upserts import upsert
from searchsvc.store.values import moment_text, portions

_STREAM_ROWS = 500

OWN_MENTION = "named-by-file"
"""Role of a mention that the file makes of its owner; the others are made by the owner, which has the say on them."""


@dataclass(frozen=True, slots=True)
class OParlObject:
    """An object as last seen. ``deleted`` is the reason of its tombstone; ``content`` what is needed of it."""

    id: str
    kind: str
    source_key: str
    modified: datetime | None = None
    deleted: str | None = None
    deleted_at: datetime | None = None
    seen: str | None = None
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OParlFile:
    """What was done about a file.

    ``metadata_hash`` and ``content_key`` tell whether its document is up to date. ``etag`` and ``last_modified`` are
    those of the answer of ``content_url``. ``retry_at`` is set when ``failure`` may pass. ``asked_at`` is when its
    content was last had or confirmed, ``trusted_at`` since when it is taken for the same without asking. ``doomed`` is
    the reason why its document is to be deleted at the end of an import.
    """

    id: str
    source_key: str
    pending: bool = False
    removed: bool = False
    metadata_hash: str | None = None
    content_key: str | None = None
    content_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    failure: str | None = None
    tries: int = 0
    retry_at: datetime | None = None
    asked_at: datetime | None = None
    trusted_at: datetime | None = None
    doomed: str | None = None


@dataclass(slots=True)
class OParlChanges:
    """Changes that belong together.

    Attributes:
        puts: documents to store.
        objects: objects by id.
        files: files by id.
        mentions: by owner, the files it mentions now with their roles; they replace what it mentioned before.
        own_mentions: by file, the owners it names itself.
    """

    puts: list[Document] = field(default_factory=list)
    objects: dict[str, OParlObject] = field(default_factory=dict)
    files: dict[str, OParlFile] = field(default_factory=dict)
    mentions: dict[str, dict[str, str]] = field(default_factory=dict)
    own_mentions: dict[str, tuple[str, ...]] = field(default_factory=dict)


class OParlObjects:
    """Repository of OParl objects."""

    def __init__(self, database: Database, documents: Documents) -> None:
        self._database = database
        self._documents = documents

    def commit(self, changes: OParlChanges) -> list[PutResult]:
        """Write changes as one transaction; return what became of each document."""
        puts = [self._documents.encode(document) for document in changes.puts]
        put_results: list[PutResult] = []
        with self._database.transaction() as connection:
            if puts:
                put_results = self._documents.write(connection, puts)
            upsert(connection, oparl_objects, [_object_row(one) for one in changes.objects.values()])
            upsert(connection, oparl_files, [_file_row(one) for one in changes.files.values()])
            owner_keys = [key_of(owner) for owner in changes.mentions]
            for portion in portions(owner_keys):
                chosen = oparl_mentions.c.owner_key.in_(portion)
                connection.execute(delete(oparl_mentions).where(chosen, oparl_mentions.c.role != OWN_MENTION))
            file_keys = [key_of(file) for file in changes.own_mentions]
            for portion in portions(file_keys):
                chosen = oparl_mentions.c.file_key.in_(portion)
                connection.execute(delete(oparl_mentions).where(chosen, oparl_mentions.c.role == OWN_MENTION))
            upsert(connection, oparl_mentions, _mention_rows(changes))
        return put_results

    def objects(self, ids: Sequence[str]) -> dict[str, OParlObject]:
        """Return the known ones of some objects by id, tombstones too."""
        found: dict[str, OParlObject] = {}
        with self._database.transaction() as connection:
            for keys in _key_portions(ids):
                for row in connection.execute(select(oparl_objects).where(oparl_objects.c.key.in_(keys))):
                    found[row.id] = _object(row)
        return found

    def of_kind(self, source_key: str, kind: str) -> Iterator[OParlObject]:
        """Yield all objects of a kind that are not deleted."""
        query = select(oparl_objects).where(
            oparl_objects.c.source_key == source_key, oparl_objects.c.kind == kind, oparl_objects.c.deleted.is_(None)
        )
        with self._database.transaction() as connection:
            rows = connection.execute(query).all()
        yield from map(_object, rows)

    def files(self, ids: Sequence[str]) -> dict[str, OParlFile]:
        """Return what was done about some files, by id."""
        query = select(oparl_files, oparl_objects.c.id.label("id")).join(
            oparl_objects, oparl_objects.c.key == oparl_files.c.key
        )
        found: dict[str, OParlFile] = {}
        with self._database.transaction() as connection:
            for keys in _key_portions(ids):
                for row in connection.execute(query.where(oparl_files.c.key.in_(keys))):
                    found[row.id] = _file(row)
        return found

    def mentioned_by(self, owner_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return the files that owners mention, with their roles, by owner; not those that only name the owner."""
        names = {key_of(owner): owner for owner in owner_ids}
        query = (
            select(oparl_mentions.c.owner_key, oparl_mentions.c.role, oparl_objects.c.id)
            .join(oparl_objects, oparl_objects.c.key == oparl_mentions.c.file_key)
            .where(oparl_mentions.c.role != OWN_MENTION)
        )
        found: dict[str, dict[str, str]] = {}
        with self._database.transaction() as connection:
            for keys in _key_portions(owner_ids):
                for row in connection.execute(query.where(oparl_mentions.c.owner_key.in_(keys))):
                    found.setdefault(names[row.owner_key], {})[row.id] = row.role
        return found

    def owners_of(self, file_ids: Sequence[str]) -> dict[str, list[tuple[str, OParlObject]]]:
        """Return the papers and meetings of files that are not deleted, with their roles, by file."""
        names = {key_of(file): file for file in file_ids}
        query = (
            select(oparl_mentions.c.file_key, oparl_mentions.c.role, oparl_objects)
            .join(oparl_objects, oparl_objects.c.key == oparl_mentions.c.owner_key)
            .where(oparl_objects.c.deleted.is_(None))
        )
        found: dict[str, list[tuple[str, OParlObject]]] = {}
        with self._database.transaction() as connection:
            for keys in _key_portions(file_ids):
                for row in connection.execute(query.where(oparl_mentions.c.file_key.in_(keys))):
                    found.setdefault(names[row.file_key], []).append((row.role, _object(row)))
        return found

    def pending(self, source_key: str, limit: int, *, after: str | None = None) -> list[str]:
        """Return some of the files whose documents have yet to be brought up to date; ``after`` one of them."""
        conditions = [oparl_files.c.source_key == source_key, oparl_files.c.pending.is_(True)]
        if after is not None:
            conditions.append(oparl_objects.c.key > key_of(after))
        return self._live_files(*conditions, limit=limit)

    def to_retry(self, source_key: str, now: datetime, limit: int) -> list[str]:
        """Return some of the files that failed for the moment and are to be tried again."""
        due = oparl_files.c.retry_at <= _written(now)
        return self._live_files(oparl_files.c.source_key == source_key, due, limit=limit)

    def retry_all(self, source_key: str) -> int:
        """Have all files of a source that failed tried again by the next import. Returns how many these are."""
        failed = and_(oparl_files.c.source_key == source_key, oparl_files.c.failure.is_not(None))
        with self._database.transaction() as connection:
            changed = connection.execute(update(oparl_files).where(failed).values(retry_at=_written(datetime.now(UTC))))
            return int(changed.rowcount)

    def set_all_pending(self, source_key: str) -> None:
        """Have the documents of all files of a source brought up to date."""
        with self._database.transaction() as connection:
            connection.execute(update(oparl_files).where(oparl_files.c.source_key == source_key).values(pending=True))

    def not_seen(self, source_key: str, full_round: str) -> list[OParlObject]:
        """Return the objects that a full comparison has not met and that are not deleted."""
        query = select(oparl_objects).where(
            oparl_objects.c.source_key == source_key,
            oparl_objects.c.deleted.is_(None),
            or_(oparl_objects.c.seen.is_(None), oparl_objects.c.seen != full_round),
        )
        with self._database.transaction() as connection:
            return [_object(row) for row in connection.execute(query)]

    def count_failed(self, source_key: str) -> int:
        """Return how many files of a source have failed and not succeeded since."""
        query = (
            select(func.count())
            .select_from(oparl_files)
            .where(oparl_files.c.source_key == source_key, oparl_files.c.failure.is_not(None))
        )
        with self._database.transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def coverage(self, source_key: str) -> dict[str, int]:
        """Return how many objects of a source are known and not deleted, and what has become of them.

        ``documents`` counts the files that have one, ``lists_read`` the lists read to their end at least once.
        """
        kinds = (
            select(oparl_objects.c.kind, func.count())
            .where(oparl_objects.c.source_key == source_key, oparl_objects.c.deleted.is_(None))
            .group_by(oparl_objects.c.kind)
        )
        lists = select(func.count(), func.count(oparl_lists.c.synced_until)).where(
            oparl_lists.c.source_key == source_key
        )
        with self._database.transaction() as connection:
            known = {str(kind): int(count) for kind, count in connection.execute(kinds)}
            documents = int(connection.execute(made(source_key)).scalar_one())
            all_lists, read_lists = connection.execute(lists).one()
        return {
            "papers": known.get("paper", 0),
            "meetings": known.get("meeting", 0),
            "files": known.get("file", 0),
            "documents": documents,
            "lists": int(all_lists),
            "lists_read": int(read_lists),
        }

    def _live_files(self, *conditions: Any, limit: int) -> list[str]:
        with self._database.transaction() as connection:
            return [str(found) for found in connection.execute(live_files(*conditions, limit=limit)).scalars()]


def _mention_rows(changes: OParlChanges) -> list[dict[str, Any]]:
    # What an owner says of a file wins over what the file says of its owner.
    roles = {(file, owner): OWN_MENTION for file, owners in changes.own_mentions.items() for owner in owners}
    roles.update({(file, owner): role for owner, files in changes.mentions.items() for file, role in files.items()})
    return [
        {"file_key": key_of(file), "owner_key": key_of(owner), "role": role} for (file, owner), role in roles.items()
    ]


def _key_portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    keys = [key_of(one) for one in dict.fromkeys(ids)]
    return portions(keys)


def _object_row(one: OParlObject) -> dict[str, Any]:
    return {
        "key": key_of(one.id),
        "id": one.id,
        "kind": one.kind,
        "source_key": one.source_key,
        "modified": _written(one.modified),
        "deleted": one.deleted,
        "deleted_at": _written(one.deleted_at),
        "seen": one.seen,
        "content": json.dumps(one.content, ensure_ascii=False) if one.content else None,
    }


def _object(row: Any) -> OParlObject:
    return OParlObject(
        id=row.id,
        kind=row.kind,
        source_key=row.source_key,
        modified=_moment(row.modified),
        deleted=row.deleted,
        deleted_at=_moment(row.deleted_at),
        seen=row.seen,
        content=json.loads(row.content) if row.content else {},
    )


def _file_row(one: OParlFile) -> dict[str, Any]:
    return {
        "key": key_of(one.id),
        "source_key": one.source_key,
        "pending": one.pending,
        "removed": one.removed,
        "metadata_hash": one.metadata_hash,
        "content_key": one.content_key,
        "content_url": one.content_url,
        "etag": one.etag,
        "last_modified": one.last_modified,
        "failure": one.failure,
        "tries": one.tries,
        "retry_at": _written(one.retry_at),
        "asked_at": _written(one.asked_at),
        "trusted_at": _written(one.trusted_at),
        "doomed": one.doomed,
    }


def _file(row: Any) -> OParlFile:
    return OParlFile(
        id=row.id,
        source_key=row.source_key,
        pending=row.pending,
        removed=row.removed,
        metadata_hash=row.metadata_hash,
        content_key=row.content_key,
        content_url=row.content_url,
        etag=row.etag,
        last_modified=row.last_modified,
        failure=row.failure,
        tries=row.tries,
        retry_at=_moment(row.retry_at),
        asked_at=_moment(row.asked_at),
        trusted_at=_moment(row.trusted_at),
        doomed=row.doomed,
    )


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment_text(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
