"""API keys: who may write. Only a checksum of each key is kept, so a stolen store gives no key away."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import Row, insert, select, update

from searchsvc.errors import InvalidDocument
from searchsvc.store.database import Database
from searchsvc.store.tables import api_keys
from searchsvc.text import clean_line

PREFIX = "ssk_"
SCOPES = ("read", "write", "admin")
_TOKEN_BYTES = 32
_MAX_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. ``revoked_at`` is None while it is valid."""

    id: int
    name: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None


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
                    name=label, token_hash=_hash(token), scopes=" ".join(sorted(wanted)), created_at=_now()
                )
            )
        return token

    def verify(self, token: str) -> ApiKey | None:
        """Return the valid key a token belongs to, or None."""
        if not token.startswith(PREFIX):
            return None
        wanted = _hash(token)
        query = select(api_keys).where(api_keys.c.token_hash == wanted, api_keys.c.revoked_at.is_(None))
        with self._database.transaction() as connection:
            row = connection.execute(query).one_or_none()
        # The checksum hides the token from the timing of the look-up; comparing again costs nothing and needs no proof.
        if row is None or not hmac.compare_digest(row.token_hash, wanted):
            return None
        return _api_key(row)

    def list(self) -> list[ApiKey]:
        """Return all keys, revoked ones too, oldest first."""
        with self._database.transaction() as connection:
            return [_api_key(row) for row in connection.execute(select(api_keys).order_by(api_keys.c.id))]

    def revoke(self, key: int | str) -> int:
        """Make keys invalid, by id or by name, and return how many were valid until now."""
        column = api_keys.c.id if isinstance(key, int) else api_keys.c.name
        change = update(api_keys).where(column == key, api_keys.c.revoked_at.is_(None)).values(revoked_at=_now())
        with self._database.transaction() as connection:
            return connection.execute(change).rowcount


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _api_key(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scopes=frozenset(row.scopes.split()),
        created_at=datetime.fromisoformat(row.created_at),
        revoked_at=datetime.fromisoformat(row.revoked_at) if row.revoked_at else None,
    )
