"""OParl servers that are mirrored: when and how often, with what result, and how far each list has been read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import RowMapping, delete, insert, select, update

from searchsvc.documents.text import clean_text
from searchsvc.store.database import Database
from searchsvc.store.document_rows import key_of
from searchsvc.store.tables import oparl_lists, oparl_sources
from searchsvc.store.upserts import upsert
from searchsvc.store.values import CLOCKS_DIFFER, moment_text, now_text

_RETRY_AFTER = timedelta(hours=1)
"""After how long an import that failed or was cut off is tried again, if its turn does not come sooner."""

_MAX_ERROR_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class OParlSource:
    """A source. ``every_hours`` is None when nobody wants it imported regularly.

    ``result`` of the last import is ``ok``, ``incomplete`` (something failed, the rest is imported) or ``failed``.
    ``observed`` is what imports have learnt of the ways of the server, by name;
    ``on_deletion`` (``DELETE`` or ``KEEP``) what becomes here of what is deleted there.
    """

    DELETE: ClassVar[str] = "delete"
    KEEP: ClassVar[str] = "keep"

    url: str
    kommune: str | None = None
    every_hours: float | None = None
    added_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    result: str | None = None
    error: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    full_round: str | None = None
    full_at: str | None = None
    observed: Mapping[str, Any] = field(default_factory=dict)
    on_deletion: str = "delete"

    @property
    def key(self) -> str:
        """Name of the source in other tables and in file names."""
        return key_of(self.url)

    @property
    def was_cut_off(self) -> bool:
        """Whether the last import that began has not told of its end."""
        return self.started_at is not None and (self.finished_at is None or self.finished_at < self.started_at)

    @property
    def next_at(self) -> datetime | None:
        """When the next regular import is due; None if there are no regular ones."""
        if self.every_hours is None:
            return None
        if self.started_at is None:
            return self.added_at or datetime.min.replace(tzinfo=UTC)
        pause = timedelta(hours=self.every_hours)
        if self.was_cut_off or self.result == "failed":
            pause = min(pause, _RETRY_AFTER)
        return self.started_at + pause

    def is_due(self, now: datetime) -> bool:
        """Tell whether the next regular import is to begin.

        One that began in the future began while the clock was ahead: that is no reason to wait.
        """
        if self.next_at is None:
            return False
        return now >= self.next_at or (self.started_at is not None and self.started_at > now + CLOCKS_DIFFER)


@dataclass(frozen=True, slots=True)
class OParlList:
    """How far a list has been read.

    ``synced_until`` is the start of the last crawl that succeeded, ``entries`` what the last full one found. While a
    crawl is under way, ``crawl_since`` is its start and ``next_url`` the page it goes on with; ``crawl_trusted`` says
    whether what it does not find may be taken for deleted.
    """

    url: str
    source_key: str
    synced_until: datetime | None = None
    done_round: str | None = None
    entries: int = 0
    crawl_since: datetime | None = None
    crawl_full: bool = False
    crawl_trusted: bool = True
    crawl_entries: int = 0
    next_url: str | None = None


class OParlSources:
    """Repository of sources and their lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, url: str) -> OParlSource | None:
        """Return a source, or None if it is unknown."""
        with self._database.transaction() as connection:
            row = connection.execute(select(oparl_sources).where(oparl_sources.c.key == key_of(url))).one_or_none()
        return None if row is None else _source(row)

    def list(self) -> list[OParlSource]:
        """Return all sources, oldest first."""
        query = select(oparl_sources).order_by(oparl_sources.c.added_at, oparl_sources.c.url)
        with self._database.transaction() as connection:
            return [_source(row) for row in connection.execute(query)]

    def add(
        self,
        url: str,
        *,
        every_hours: float | None = None,
        kommune: str | None = None,
        on_deletion: str | None = None,
    ) -> OParlSource:
        """Make a source known; what is None of one that is known already stays as it is."""
        changes: dict[str, Any] = {"url": url}
        if every_hours is not None:
            changes["every_hours"] = every_hours
        if kommune is not None:
            changes["kommune"] = kommune
        if on_deletion is not None:
            changes["on_deletion"] = on_deletion
        key = key_of(url)
        with self._database.transaction() as connection:
            known = connection.execute(update(oparl_sources).where(oparl_sources.c.key == key).values(changes)).rowcount
            if not known:
                connection.execute(insert(oparl_sources).values(key=key, added_at=now_text(), **changes))
        found = self.get(url)
        assert found is not None
        return found

    def remove(self, url: str) -> bool:
        """Forget a source and how far it was read; documents and tombstones stay. Returns whether it was known."""
        key = key_of(url)
        with self._database.transaction() as connection:
            connection.execute(delete(oparl_lists).where(oparl_lists.c.source_key == key))
            return connection.execute(delete(oparl_sources).where(oparl_sources.c.key == key)).rowcount > 0

    def begin(self, url: str) -> None:
        """Note that an import begins."""
        self._change(url, started_at=now_text(), error=None)

    def note(self, url: str, counts: Mapping[str, int]) -> None:
        """Note what an import has done so far."""
        self._change(url, counts=json.dumps(dict(counts)))

    def finish(self, url: str, result: str, error: str | None, counts: Mapping[str, int]) -> None:
        """Note how an import ended."""
        self._change(
            url,
            finished_at=now_text(),
            result=result,
            error=None if error is None else clean_text(error)[:_MAX_ERROR_CHARS],
            counts=json.dumps(dict(counts)),
        )

    def observe(self, url: str, **facts: Any) -> None:
        """Note what was learnt of the ways of a server; None forgets what was noted under a name."""
        key = key_of(url)
        with self._database.transaction() as connection:
            row = connection.execute(select(oparl_sources.c.observed).where(oparl_sources.c.key == key)).one_or_none()
        before = json.loads(row.observed) if row is not None and row.observed else {}
        after = {name: value for name, value in (before | facts).items() if value is not None}
        if after != before:
            self._change(url, observed=json.dumps(after, ensure_ascii=False) if after else None)

    def begin_round(self, url: str, name: str) -> None:
        """Note that a full comparison begins."""
        self._change(url, full_round=name)

    def finish_round(self, url: str, name: str) -> None:
        """Note that a full comparison is done."""
        self._change(url, full_round=None, full_at=name)

    def lists(self, source: OParlSource) -> dict[str, OParlList]:
        """Return the lists of a source by URL."""
        query = select(oparl_lists).where(oparl_lists.c.source_key == source.key)
        with self._database.transaction() as connection:
            rows = connection.execute(query).mappings().all()
        return {row["url"]: _list(row) for row in rows}

    def save_list(self, state: OParlList) -> None:
        """Write how far a list has been read."""
        row = asdict(state)
        row["key"] = _list_key(state)
        row["synced_until"], row["crawl_since"] = _written(state.synced_until), _written(state.crawl_since)
        with self._database.transaction() as connection:
            upsert(connection, oparl_lists, [row])

    def remove_list(self, state: OParlList) -> None:
        """Forget a list that its source does not have any more."""
        key = _list_key(state)
        with self._database.transaction() as connection:
            connection.execute(delete(oparl_lists).where(oparl_lists.c.key == key))

    def _change(self, url: str, **values: Any) -> None:
        with self._database.transaction() as connection:
            connection.execute(update(oparl_sources).where(oparl_sources.c.key == key_of(url)).values(values))


def _source(row: Any) -> OParlSource:
    source = OParlSource(
        url=row.url,
        kommune=row.kommune,
        every_hours=row.every_hours,
        added_at=_moment(row.added_at),
        started_at=_moment(row.started_at),
        finished_at=_moment(row.finished_at),
        result=row.result,
        error=row.error,
        full_round=row.full_round,
        full_at=row.full_at,
        on_deletion=row.on_deletion or OParlSource.DELETE,
    )
    return replace(
        source,
        counts=json.loads(row.counts) if row.counts else {},
        observed=json.loads(row.observed) if row.observed else {},
    )


def _list(row: RowMapping) -> OParlList:
    values = {name: value for name, value in row.items() if name != "key"}
    values["synced_until"], values["crawl_since"] = _moment(row["synced_until"]), _moment(row["crawl_since"])
    return OParlList(**values)


def _list_key(state: OParlList) -> str:
    return key_of(f"{state.source_key}\n{state.url}")


def _now() -> datetime:
    return datetime.now(UTC)


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment_text(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
