"""API keys: who may write. Only a checksum of each key is kept, so a stolen store gives no key away."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Row, and_, insert, or_, select, update

from searchsvc.documents.text import clean_line
from searchsvc.errors import InvalidDocument, StoreUnavailable
from searchsvc.store.database import Database
from searchsvc.store.tables import api_keys
from searchsvc.store.values import moment_text, now_text

PREFIX = "ssk_"
SCOPES = ("read", "write", "admin")
USE_NOTED_S = 600
"""A key's use is noted at most so often, so that reading does not turn into writing."""

_TOKEN_BYTES = 32
_MAX_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. ``revoked_at`` is None while it is valid.

    ``last_used_at`` is exact to ``USE_NOTED_S``; until ``former_until`` the token before the last rotation works, too.
    """

    id: int
    name: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None = None
    former_until: datetime | None = None


class Keys:
    """Repository of API keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, scopes: Iterable[str]) -> str:
        """Make a key and return its token, which cannot be had again. Raises ``InvalidDocument``."""
        label, wanted = clean_line(name), set(scopes)
        if not 1 <= len(label) <= _MAX_NAME_CHARS:
            raise InvalidDocument(f"name: must have 1 to {_MAX_NAME_CHARS} characters", field="name")
        if not wanted or wanted - set(SCOPES):
            raise InvalidDocument(f"scopes: must be some of {', '.join(SCOPES)}", field="scopes")
        token = PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
        with self._database.transaction() as connection:
            connection.execute(
                insert(api_keys).values(
                    name=label, token_hash=_hash(token), scopes=" ".join(sorted(wanted)), created_at=now_text("seconds")
                )
            )
        return token

    def verify(self, token: str) -> ApiKey | None:
        """Return the valid key a token belongs to, or None."""
        if not token.startswith(PREFIX):
            return None
        wanted = _hash(token)
        query = select(api_keys).where(
            or_(
                api_keys.c.token_hash == wanted,
                and_(api_keys.c.former_hash == wanted, api_keys.c.former_until > now_text("seconds")),
            ),
            api_keys.c.revoked_at.is_(None),
        )
        with self._database.transaction() as connection:
            row = connection.execute(query).first()
        # The checksum hides the token from the timing of the look-up; comparing again costs nothing and needs no proof.
        if row is None or not any(
            hmac.compare_digest(known, wanted) for known in (row.token_hash, row.former_hash or "")
        ):
            return None
        key = _api_key(row)
        if key.last_used_at is None or (datetime.now(UTC) - key.last_used_at).total_seconds() > USE_NOTED_S:
            self._note_use(key)
        return key

    def rotate(self, key: int | str, *, grace_hours: float = 0.0) -> str:
        """Give a key, by id or by name, another token and return it; the present one works for ``grace_hours`` more.

        The key keeps its name, scopes and saved searches. Raises ``InvalidDocument`` unless there is exactly one.
        """
        column = api_keys.c.id if isinstance(key, int) else api_keys.c.name
        token = PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
        with self._database.transaction() as connection:
            rows = connection.execute(select(api_keys).where(column == key, api_keys.c.revoked_at.is_(None))).all()
            if len(rows) != 1:
                raise InvalidDocument(f"there are {len(rows)} valid keys {key!r}; give the number of one", field="key")
            connection.execute(
                update(api_keys)
                .where(api_keys.c.id == rows[0].id)
                .values(
                    token_hash=_hash(token),
                    former_hash=rows[0].token_hash if grace_hours else None,
                    former_until=moment_text(datetime.now(UTC) + timedelta(hours=grace_hours), "seconds")
                    if grace_hours
                    else None,
                )
            )
        return token

    def _note_use(self, key: ApiKey) -> None:
        # Who has a key gets in, also when this cannot be written now.
        with suppress(StoreUnavailable), self._database.transaction() as connection:
            connection.execute(update(api_keys).where(api_keys.c.id == key.id).values(last_used_at=now_text("seconds")))

    def list(self) -> list[ApiKey]:
        """Return all keys, revoked ones too, oldest first."""
        with self._database.transaction() as connection:
            return [_api_key(row) for row in connection.execute(select(api_keys).order_by(api_keys.c.id))]

    def revoke(self, key: int | str) -> int:
        """Make keys invalid, by id or by name, and return how many were valid until now."""
        column = api_keys.c.id if isinstance(key, int) else api_keys.c.name
        change = (
            update(api_keys)
            .where(column == key, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=now_text("seconds"))
        )
        with self._database.transaction() as connection:
            return connection.execute(change).rowcount


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _read(moment: str | None) -> datetime | None:
    return datetime.fromisoformat(moment) if moment else None


def _api_key(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scopes=frozenset(row.scopes.split()),
        created_at=datetime.fromisoformat(row.created_at),
        revoked_at=_read(row.revoked_at),
        last_used_at=_read(row.last_used_at),
        former_until=_read(row.former_until),
    )
