"""The files of OParl servers, as imports ask for them: in doubt, doomed, of which days."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, update

from index.contract import TextQuality
from searchsvc.store.database import Database
from searchsvc.store.document_rows import key_of
from searchsvc.store.documents import delete_documents
from searchsvc.store.tables import documents, oparl_files, oparl_objects
from searchsvc.store.values import moment_text, portions

_STREAM_ROWS = 500


class OParlFiles:
    """Repository of what was done about files; what is known of them is in ``OParlObjects``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count_files(self, source_key: str) -> int:
        """Return how many files of a source have a document."""
        with self._database.transaction() as connection:
            return int(connection.execute(made(source_key)).scalar_one())

    def file_ids(self, source_key: str) -> list[str]:
        """Return the ids of all files of a source that are not deleted."""
        return self._live(oparl_files.c.source_key == source_key, limit=None)

    def count_pending(self, source_key: str) -> int:
        """Return how many files have documents that have yet to be brought up to date."""
        chosen = (oparl_files.c.source_key == source_key, oparl_files.c.pending.is_(True))
        with self._database.transaction() as connection:
            return int(connection.execute(select(func.count()).select_from(oparl_files).where(*chosen)).scalar_one())

    def days_of_documents(self, source_key: str) -> Iterator[tuple[date | None, bool]]:
        """Yield for each document of a source its date, and whether it has any text."""
        query = (
            select(documents.c.metadata)
            .join(oparl_files, oparl_files.c.key == documents.c.key)
            .where(oparl_files.c.source_key == source_key, documents.c.deleted.is_(False))
            .execution_options(yield_per=_STREAM_ROWS)
        )
        with self._database.transaction() as connection, connection.execute(query) as rows:
            for (metadata,) in rows:
                found = json.loads(metadata)
                day = found.get("date")
                yield date.fromisoformat(day) if day else None, found.get("text_quality") != TextQuality.EMPTY

    def trusted(self, source_key: str, limit: int) -> list[str]:
        """Return some of the files that are taken for the same without asking, those first that wait longest."""
        conditions = (oparl_files.c.source_key == source_key, oparl_files.c.trusted_at.is_not(None))
        return self._live(*conditions, limit=limit, order=(func.coalesce(oparl_files.c.asked_at, ""),))

    def not_asked_since(self, source_key: str, moment: datetime, limit: int) -> list[str]:
        """Return some of the files whose content was neither had nor confirmed since a moment."""
        asked = oparl_files.c.asked_at
        conditions = (oparl_files.c.source_key == source_key, or_(asked.is_(None), asked < moment_text(moment)))
        return self._live(*conditions, limit=limit)

    def note_asked(self, file_ids: Sequence[str]) -> None:
        """Note that files were asked for now."""
        with self._database.transaction() as connection:
            for keys in portions([key_of(one) for one in dict.fromkeys(file_ids)]):
                chosen = update(oparl_files).where(oparl_files.c.key.in_(keys))
                connection.execute(chosen.values(asked_at=moment_text(datetime.now(UTC))))

    def doomed(self, source_key: str) -> list[str]:
        """Return the files of a source whose documents are to be deleted, those that were taken down among them."""
        query = (
            select(oparl_objects.c.id)
            .join(oparl_files, oparl_files.c.key == oparl_objects.c.key)
            .where(oparl_files.c.source_key == source_key, oparl_files.c.doomed.is_not(None))
            .order_by(oparl_objects.c.key)
        )
        with self._database.transaction() as connection:
            return [str(found) for found in connection.execute(query).scalars()]

    def delete_doomed(self, file_ids: Sequence[str]) -> int:
        """Delete the documents of files that are doomed; return how many there were."""
        with self._database.transaction() as connection:
            deleted = delete_documents(connection, file_ids)
            for keys in portions([key_of(one) for one in dict.fromkeys(file_ids)]):
                connection.execute(update(oparl_files).where(oparl_files.c.key.in_(keys)).values(doomed=None))
        return sum(number is not None for number in deleted)

    def spare(self, file_ids: Sequence[str]) -> None:
        """Let the documents of files that are doomed stay."""
        with self._database.transaction() as connection:
            for keys in portions([key_of(one) for one in dict.fromkeys(file_ids)]):
                connection.execute(update(oparl_files).where(oparl_files.c.key.in_(keys)).values(doomed=None))

    def _live(self, *conditions: Any, limit: int | None, order: Sequence[Any] = ()) -> list[str]:
        query = live_files(*conditions, limit=limit, order=order)
        with self._database.transaction() as connection:
            return [str(found) for found in connection.execute(query).scalars()]


def live_files(*conditions: Any, limit: int | None, order: Sequence[Any] = ()) -> Select[Any]:
    """Return the query for the ids of files that are not deleted, in order of their keys."""
    return (
        select(oparl_objects.c.id)
        .join(oparl_files, oparl_files.c.key == oparl_objects.c.key)
        .where(and_(oparl_objects.c.deleted.is_(None), *conditions))
        .order_by(*order, oparl_objects.c.key)
        .limit(limit)
    )


def made(source_key: str) -> Select[Any]:
    """Return the query for the number of files of a source that have a document."""
    return (
        select(func.count())
        .select_from(oparl_files)
        .where(
            oparl_files.c.source_key == source_key,
            oparl_files.c.metadata_hash.is_not(None),
            oparl_files.c.removed.is_(False),
        )
    )
