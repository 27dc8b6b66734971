"""Saved searches, which documents each has told already, and what has yet to be told."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from searchsvc.store.database import Database
from searchsvc.store.document_rows import key_of
from searchsvc.store.sealing import Sealer
from searchsvc.store.sqlite import erasing
from searchsvc.store.tables import (
    documents,
    matched,
    moved_documents,
    notifications,
    saved_search_hits,
    saved_searches,
    state,
)
from searchsvc.store.values import moment_text, now_text, portions

PUT_OFF_AT_MOST = timedelta(days=8)
"""Nothing is told later than that after it was found, or after an attempt."""
UNCONFIRMED_DAYS = 7
"""A search that nobody has confirmed for so long is forgotten."""

_TOKEN_BYTES = 24


class Channel(StrEnum):
    """How new hits are told."""

    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search whose new hits are told to ``target``. ``search`` is its query string.

    ``token`` is its unguessable name; ``secret`` signs webhooks (None also if the key it is sealed with is lost);
    ``key_id``: the API key it was made with.
    """

    id: int
    token: str
    search: str
    channel: Channel
    target: str
    secret: str | None
    key_id: int | None
    created_at: datetime
    confirmed_at: datetime | None
    after_change: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Notification:
    """What has to be told of a search: new documents, or none, to ask whether the search is wanted.

    It stands for several rows (``ids``) that came one after the other; ``attempts`` is how often it failed.
    """

    ids: tuple[int, ...]
    search: SavedSearch
    document_ids: tuple[str, ...]
    attempts: int


class SavedSearches:
    """Repository of saved searches."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    def create(
        self, search: str, channel: Channel, target: str, *, key_id: int | None = None, is_confirmed: bool = False
    ) -> SavedSearch:
        """Save a search. Unless it is confirmed already, its target is asked first.

        The same search for the same target that waits to be confirmed is given back, and nobody is asked twice.
        """
        now = datetime.now(UTC)
        with self._database.transaction() as connection:
            _lock(connection)
            if not is_confirmed:
                same = select(saved_searches).where(
                    saved_searches.c.search == search,
                    saved_searches.c.channel == channel.value,
                    saved_searches.c.target == target,
                )
                if (row := connection.execute(same).first()) is not None:
                    return self._saved_search(row)
            number = connection.execute(
                insert(saved_searches).values(
                    token=secrets.token_urlsafe(_TOKEN_BYTES),
                    search=search,
                    channel=channel.value,
                    target=target,
                    secret=self._sealer.seal(secrets.token_urlsafe(32)) if channel is Channel.WEBHOOK else None,
                    key_id=key_id,
                    created_at=moment_text(now),
                    after_change=0,
                )
            ).inserted_primary_key[0]  # type: ignore[index]  # one row was inserted
            if is_confirmed:
                _activate(connection, number, now)
            else:
                _add_notification(connection, number, (), now, now)
            query = select(saved_searches).where(saved_searches.c.id == number)
            return self._saved_search(connection.execute(query).one())

    def get(self, token: str) -> SavedSearch | None:
        """Return a saved search by its token."""
        with self._database.transaction() as connection:
            row = connection.execute(select(saved_searches).where(saved_searches.c.token == token)).one_or_none()
        return None if row is None else self._saved_search(row)

    def saved(self, key_id: int | None = None) -> list[SavedSearch]:
        """Return the saved searches made with an API key, or all of them, oldest first."""
        query = select(saved_searches).order_by(saved_searches.c.id)
        if key_id is not None:
            query = query.where(saved_searches.c.key_id == key_id)
        with self._database.transaction() as connection:
            return [self._saved_search(row) for row in connection.execute(query)]

    def active(self) -> list[SavedSearch]:
        """Return the confirmed ones."""
        query = select(saved_searches).where(saved_searches.c.confirmed_at.is_not(None)).order_by(saved_searches.c.id)
        with self._database.transaction() as connection:
            return [self._saved_search(row) for row in connection.execute(query)]

    def waiting(self, target: str) -> int:
        """Return how many searches wait to be confirmed of whoever reads what is sent to an e-mail address."""
        query = select(saved_searches.c.target).where(saved_searches.c.confirmed_at.is_(None))
        mailbox = mailbox_of(target)
        with self._database.transaction() as connection:
            return sum(mailbox_of(other) == mailbox for other in connection.execute(query).scalars())

    def confirm(self, token: str) -> SavedSearch | None:
        """Begin to tell new hits of a search, from now on; None if there is no such search."""
        with self._database.transaction() as connection:
            _lock(connection)
            row = connection.execute(select(saved_searches).where(saved_searches.c.token == token)).one_or_none()
            if row is None:
                return None
            if row.confirmed_at is None:
                _activate(connection, row.id, datetime.now(UTC))
                row = connection.execute(select(saved_searches).where(saved_searches.c.token == token)).one()
            return self._saved_search(row)

    def end(self, token: str) -> bool:
        """Forget a search and everything about it; tell whether there was one."""
        with self._database.transaction() as connection:
            _lock(connection)
            number = connection.execute(select(saved_searches.c.id).where(saved_searches.c.token == token)).scalar()
            if number is None:
                return False
            _forget(connection, [int(number)])
            return True

    def forget_unconfirmed(self) -> int:
        """Forget the searches that were not confirmed in time and return how many these were."""
        before = moment_text(datetime.now(UTC) - timedelta(days=UNCONFIRMED_DAYS))
        query = select(saved_searches.c.id).where(
            saved_searches.c.confirmed_at.is_(None), saved_searches.c.created_at < before
        )
        with self._database.transaction() as connection:
            if connection.execute(query.limit(1)).first() is None:
                return 0  # as ever; writers need not wait for that
        with self._database.transaction() as connection:
            _lock(connection)  # one that is being confirmed is, and stays
            numbers = [int(number) for number in connection.execute(query).scalars()]
            _forget(connection, numbers)
        return len(numbers)

    def matched_until(self) -> tuple[str, int] | None:
        """Return up to which change of which history documents were held against the searches."""
        with self._database.transaction() as connection:
            row = connection.execute(select(matched.c.history, matched.c.change_number)).one_or_none()
        return None if row is None else (str(row.history), int(row.change_number))

    def record(
        self, found: Mapping[int, Sequence[str]], history: str, change_number: int, *, delay_s: float = 0.0
    ) -> int:
        """Note which documents each search (by id) has found up to a change, and return how many are new.

        Those that were told already are left out; the others are told in ``delay_s``. All or nothing.
        """
        now = datetime.now(UTC)
        count = 0
        with self._database.transaction() as connection:
            _lock(connection)
            for number, document_ids in found.items():
                exists = select(saved_searches.c.id).where(saved_searches.c.id == number)
                if connection.execute(exists).first() is None:
                    continue  # it was ended meanwhile
                new = _untold(connection, number, document_ids)
                if new:
                    _add_notification(connection, number, new, now, now + timedelta(seconds=delay_s))
                    count += len(new)
            _set_matched(connection, history, change_number)
        return count

    def due(self, limit: int = 100) -> list[Notification]:
        """Return what is to be told now; all that is due of one search is one notification.

        What would be due later than anything is put off was put off while the clock was ahead.
        """
        latest = datetime.now(UTC) + PUT_OFF_AT_MOST
        query = (
            select(notifications.c.id.label("notification_id"), notifications.c.document_ids, notifications.c.attempts)
            .add_columns(*saved_searches.c)
            .join(saved_searches, saved_searches.c.id == notifications.c.search_id)
            .where(or_(notifications.c.due_at <= now_text(), notifications.c.due_at > moment_text(latest)))
            .order_by(notifications.c.id)
            .limit(limit)
        )
        with self._database.transaction() as connection:
            rows = connection.execute(query).all()
        grouped: dict[tuple[int, bool], list[Row[tuple[object, ...]]]] = {}
        for row in rows:
            grouped.setdefault((row.id, row.document_ids == "[]"), []).append(row)
        return [
            Notification(
                ids=tuple(row.notification_id for row in group),
                search=self._saved_search(group[0]),
                document_ids=tuple(dict.fromkeys(one for row in group for one in json.loads(row.document_ids))),
                attempts=max(row.attempts for row in group),
            )
            for group in grouped.values()
        ]

    def told(self, notification: Notification) -> None:
        """Note that a notification went through."""
        self._settle(notification, None)

    def failed(self, notification: Notification, error: str, *, retry_at: datetime | None) -> None:
        """Note that a notification failed, and when to try again; None: never."""
        if retry_at is None:
            self._settle(notification, error)
            return
        with self._database.transaction() as connection:
            chosen = notifications.c.id.in_(notification.ids)
            attempts = notification.attempts + 1
            connection.execute(
                update(notifications).where(chosen).values(due_at=moment_text(retry_at), attempts=attempts)
            )
            _set_error(connection, notification.search.id, error)

    def _settle(self, notification: Notification, error: str | None) -> None:
        with self._database.transaction() as connection:
            connection.execute(delete(notifications).where(notifications.c.id.in_(notification.ids)))
            _set_error(connection, notification.search.id, error)

    def seal_all(self) -> int:
        """Seal the secrets of webhooks that were stored before they were sealed; return how many these were."""
        open_ones = select(saved_searches.c.id, saved_searches.c.secret).where(
            saved_searches.c.secret.is_not(None), saved_searches.c.secret.not_like("v1:%")
        )
        with self._database.transaction() as connection:
            if connection.execute(open_ones.limit(1)).first() is None:
                return 0
        with self._database.transaction() as connection:
            _lock(connection)
            rows = connection.execute(open_ones).all()
            with erasing(connection):
                for row in rows:
                    sealed = self._sealer.seal(row.secret)
                    connection.execute(
                        update(saved_searches).where(saved_searches.c.id == row.id).values(secret=sealed)
                    )
        return len(rows)

    def _saved_search(self, row: Row[tuple[object, ...]]) -> SavedSearch:
        return SavedSearch(
            id=row.id,
            token=row.token,
            search=row.search,
            channel=Channel(row.channel),
            target=row.target,
            secret=None if row.secret is None else self._sealer.unseal(row.secret),
            key_id=row.key_id,
            created_at=datetime.fromisoformat(row.created_at),
            confirmed_at=datetime.fromisoformat(row.confirmed_at) if row.confirmed_at else None,
            after_change=row.after_change,
            error=row.error,
        )


def mailbox_of(address: str) -> str:
    """Return what addresses of the same mailbox have in common: case and ``+tag`` make no other."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _lock(connection: Connection) -> None:
    # Writers of all processes wait for one another here, as writers of documents do.
    connection.execute(update(state).values(last_change=state.c.last_change))


def _activate(connection: Connection, number: int, now: datetime) -> None:
    position = connection.execute(select(state.c.store_id, state.c.last_change)).one()
    others = select(func.count()).select_from(saved_searches).where(saved_searches.c.confirmed_at.is_not(None))
    if not connection.execute(others).scalar_one():
        # Nobody has waited for what came before.
        _set_matched(connection, position.store_id, position.last_change)
    connection.execute(
        update(saved_searches)
        .where(saved_searches.c.id == number)
        .values(confirmed_at=moment_text(now), after_change=position.last_change)
    )


def _set_matched(connection: Connection, history: str, change_number: int) -> None:
    connection.execute(delete(matched))
    connection.execute(insert(matched).values(id=1, history=history, change_number=change_number))


def _untold(connection: Connection, number: int, document_ids: Sequence[str]) -> list[str]:
    """Return the documents that a search has not told yet, and note them as told."""
    ids = {key_of(document_id): document_id for document_id in document_ids}
    keys = list(ids)
    known: set[str] = set()
    for portion in portions(keys):
        query = select(saved_search_hits.c.document_key).where(
            saved_search_hits.c.search_id == number,
            saved_search_hits.c.document_key.in_(portion),
        )
        known.update(connection.execute(query).scalars())
        known |= _only_moved(connection, number, portion)
    new = [key for key in keys if key not in known]
    if new:
        connection.execute(insert(saved_search_hits), [{"search_id": number, "document_key": key} for key in new])
    return [ids[key] for key in new]


def _only_moved(connection: Connection, number: int, keys: Sequence[str]) -> set[str]:
    """Return those of some documents that have changed in nothing but their id since a search was made."""
    begun = select(saved_searches.c.confirmed_at).where(saved_searches.c.id == number).scalar_subquery()
    query = (
        select(documents.c.key)
        .join(moved_documents, moved_documents.c.new_key == documents.c.key)
        .where(documents.c.key.in_(keys), documents.c.indexed_at < begun)
    )
    return set(connection.execute(query).scalars())


def _add_notification(
    connection: Connection, number: int, document_ids: Sequence[str], now: datetime, due_at: datetime
) -> None:
    connection.execute(
        insert(notifications).values(
            search_id=number,
            document_ids=json.dumps(list(document_ids), ensure_ascii=False),
            created_at=moment_text(now),
            due_at=moment_text(due_at),
            attempts=0,
        )
    )


def _set_error(connection: Connection, number: int, error: str | None) -> None:
    connection.execute(update(saved_searches).where(saved_searches.c.id == number).values(error=error))


def _forget(connection: Connection, numbers: Sequence[int]) -> None:
    connection.execute(delete(notifications).where(notifications.c.search_id.in_(numbers)))
    connection.execute(delete(saved_search_hits).where(saved_search_hits.c.search_id.in_(numbers)))
    connection.execute(delete(saved_searches).where(saved_searches.c.id.in_(numbers)))
