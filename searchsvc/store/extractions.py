"""Text once extracted from files, so that no file is read twice by the same extractor."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from searchsvc.store.database import Database
from searchsvc.store.tables import extractions
from searchsvc.store.values import portions


class Extractions:
    """Cache of extracted content, a JSON object by checksum; only the latest extractor's is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, checksum: str, extractor_version: str) -> dict[str, Any] | None:
        """Return what this version of the extractor found in a file, or None if it has not read it yet."""
        query = select(extractions.c.content).where(
            extractions.c.sha256 == checksum, extractions.c.extractor_version == extractor_version
        )
        with self._database.transaction() as connection:
            content = connection.execute(query).scalar_one_or_none()
        try:
            found = None if content is None else json.loads(zlib.decompress(content))
        except (zlib.error, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def latest(self, checksum: str) -> tuple[str, dict[str, Any]] | None:
        """Return which extractor read a file last and what it found; None if none did or it cannot be read."""
        query = select(extractions.c.extractor_version).where(extractions.c.sha256 == checksum)
        with self._database.transaction() as connection:
            version = connection.execute(query).scalar_one_or_none()
        content = None if version is None else self.get(checksum, version)
        return None if version is None or content is None else (version, content)

    def checksums_after(self, checksum: str, limit: int) -> list[str]:
        """Return the checksums of files that were read, in order, beginning after one; at most ``limit``."""
        query = select(extractions.c.sha256).where(extractions.c.sha256 > checksum)
        with self._database.transaction() as connection:
            return list(connection.execute(query.order_by(extractions.c.sha256).limit(limit)).scalars())

    def count(self) -> int:
        """Return the number of files that were read."""
        with self._database.transaction() as connection:
            return int(connection.execute(select(func.count()).select_from(extractions)).scalar_one())

    def remove(self, checksums: Sequence[str]) -> None:
        """Forget what was found in some files."""
        for portion in portions(checksums):
            with self._database.transaction() as connection:
                chosen = extractions.c.sha256.in_(portion)
                connection.execute(delete(extractions).where(chosen))

    def put(self, checksum: str, extractor_version: str, content: Mapping[str, Any]) -> None:
        """Remember what an extractor found in a file."""
        self.put_many(extractor_version, {checksum: content})

    def put_many(self, extractor_version: str, contents: Mapping[str, Mapping[str, Any]]) -> None:
        """Remember what an extractor found in several files, by checksum, as one transaction."""
        if not contents:
            return
        rows = [
            {
                "sha256": checksum,
                "extractor_version": extractor_version,
                "content": zlib.compress(json.dumps(content, ensure_ascii=False).encode(), 4),
            }
            for checksum, content in sorted(contents.items())
        ]
        # Another import may add the same files at the same moment; what it found is the same.
        with suppress(IntegrityError), self._database.transaction() as connection:
            connection.execute(delete(extractions).where(extractions.c.sha256.in_([row["sha256"] for row in rows])))
            connection.execute(insert(extractions), rows)
