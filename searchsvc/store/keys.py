"""API keys: who may write, and who may know of what. Only a checksum of each key is kept, so a stolen store gives none
away; what signs the tokens of a key that reads is sealed with a key that is not in the store.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Row, and_, insert, or_, select, update

from index.contract import BoundField, Bounds, Condition
from searchsvc.documents.text import clean_line
from searchsvc.errors import InvalidDocument, StoreUnavailable
from searchsvc.store.database import Database
from searchsvc.store.sealing import Sealer
from searchsvc.store.signed_tokens import SignedToken, signing_secret
from searchsvc.store.tables import api_keys
from searchsvc.store.values import moment_text, now_text

PREFIX = "ssk_"
BOUND_PREFIX = "ssb_"
"""Keys that are bound to filters begin so: also while the store cannot be asked, nobody takes one for another."""
SCOPES = ("read", "write", "admin")
USE_NOTED_S = 600
"""A key's use is noted at most so often, so that reading does not turn into writing."""

_TOKEN_BYTES = 32
_MAX_NAME_CHARS = 200

EVERYTHING = Bounds()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. ``revoked_at`` is None while it is valid.

    ``last_used_at`` is exact to ``USE_NOTED_S``; until ``former_until`` the token before the last rotation works, too.
    ``bounds``: what the key, or the token that was signed with it, may know of; ``per_minute``: its own rate, if any.
    ``is_token``: whether it was not the key itself that was sent, but a token signed with it.
    """

    id: int
    name: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None = None
    former_until: datetime | None = None
    bounds: Bounds = EVERYTHING
    expires_at: datetime | None = None
    per_minute: int | None = None
    is_token: bool = False

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)


class Keys:
    """Repository of API keys."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    def create(
        self,
        name: str,
        scopes: Iterable[str],
        *,
        filters: Mapping[str, Sequence[str]] | None = None,
        expires_at: datetime | None = None,
        per_minute: int | None = None,
    ) -> str:
        """Make a key and return its token, which cannot be had again. Raises ``InvalidDocument``.

        A key with ``filters`` knows of the documents within them only; it may have the scope ``read`` alone.
        """
        label, wanted = clean_line(name), set(scopes)
        if not 1 <= len(label) <= _MAX_NAME_CHARS:
            raise InvalidDocument(f"name: must have 1 to {_MAX_NAME_CHARS} characters", field="name")
        if not wanted or wanted - set(SCOPES):
            raise InvalidDocument(f"scopes: must be some of {', '.join(SCOPES)}", field="scopes")
        if filters:
            if wanted != {"read"}:
                raise InvalidDocument("scopes: a key with filters may have the scope read only", field="scopes")
            try:
                Bounds.of(filters)
            except ValueError as error:
                raise InvalidDocument(f"filters: {error}", field="filters") from None
        if expires_at is not None and expires_at <= datetime.now(UTC):
            raise InvalidDocument("expires_at: must be in the future", field="expires_at")
        if per_minute is not None and per_minute < 1:
            raise InvalidDocument("per_minute: must be 1 or more", field="per_minute")
        token = _new_token(is_bound=bool(filters))
        signs = "read" in wanted
        with self._database.transaction() as connection:
            connection.execute(
                insert(api_keys).values(
                    name=label,
                    token_hash=_hash(token),
                    scopes=" ".join(sorted(wanted)),
                    created_at=now_text("seconds"),
                    filters=json.dumps({name: list(values) for name, values in filters.items()}) if filters else None,
                    expires_at=moment_text(expires_at, "seconds") if expires_at else None,
                    per_minute=per_minute,
                    signing=self._sealer.seal(signing_secret(token)) if signs else None,
                )
            )
        return token

    def verify(self, token: str) -> ApiKey | None:
        """Return the valid key a token belongs to, or None.

        For a token that was signed with a key, this is the key with the scope ``read`` alone and within both their
        bounds, up to the earlier end of the two.
        """
        if token.startswith((PREFIX, BOUND_PREFIX)):
            return self._used(self._row(_hash(token)))
        signed = SignedToken.parse(token)
        row = self._row(signed.key_hash) if signed is not None else None
        if signed is None or row is None:
            return None
        sealed = row.signing if hmac.compare_digest(row.token_hash, signed.key_hash) else row.former_signing
        secret = self._sealer.unseal(sealed) if sealed else None
        claims = signed.claims(secret) if secret else None
        if claims is None:
            return None
        key = self._used(row)
        if key is None:
            return None
        return replace(
            key,
            scopes=frozenset({"read"}),
            bounds=claims.bounds.within(key.bounds),
            expires_at=min(claims.expires_at, key.expires_at or claims.expires_at),
            is_token=True,
        )

    def _row(self, wanted: str) -> Row[tuple[object, ...]] | None:
        """Return the key with a checksum, if it is not revoked."""
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
        return row

    def _used(self, row: Row[tuple[object, ...]] | None) -> ApiKey | None:
        """Return a row's key and note that it was used, unless its time is over."""
        key = None if row is None else _api_key(row)
        if key is None or key.is_expired:
            return None
        if key.last_used_at is None or (datetime.now(UTC) - key.last_used_at).total_seconds() > USE_NOTED_S:
            self._note_use(key)
        return key

    def rotate(self, key: int | str, *, grace_hours: float = 0.0) -> str:
        """Give a key, by id or by name, another token and return it; the present one works for ``grace_hours`` more.

        The key keeps its name, scopes and saved searches. Raises ``InvalidDocument`` unless there is exactly one.
        """
        column = api_keys.c.id if isinstance(key, int) else api_keys.c.name
        with self._database.transaction() as connection:
            rows = connection.execute(select(api_keys).where(column == key, api_keys.c.revoked_at.is_(None))).all()
            if len(rows) != 1:
                raise InvalidDocument(f"there are {len(rows)} valid keys {key!r}; give the number of one", field="key")
            token = _new_token(is_bound=rows[0].filters is not None)
            connection.execute(
                update(api_keys)
                .where(api_keys.c.id == rows[0].id)
                .values(
                    token_hash=_hash(token),
                    former_hash=rows[0].token_hash if grace_hours else None,
                    signing=self._sealer.seal(signing_secret(token)) if "read" in rows[0].scopes.split() else None,
                    former_signing=rows[0].signing if grace_hours else None,
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


def _new_token(*, is_bound: bool) -> str:
    return (BOUND_PREFIX if is_bound else PREFIX) + secrets.token_urlsafe(_TOKEN_BYTES)


def is_bound(token: str) -> bool:
    """Tell whether a text may only be a key or token that is bound to filters, without asking the store."""
    return token.startswith(BOUND_PREFIX) or SignedToken.parse(token) is not None


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
        bounds=EVERYTHING if row.filters is None else _bounds(row.filters),
        expires_at=_read(row.expires_at),
        per_minute=row.per_minute,
    )


def _bounds(filters: str) -> Bounds:
    try:
        return Bounds.of(json.loads(filters))
    except (ValueError, AttributeError):
        # What a later version wrote, and this one does not understand, must not open everything.
        return Bounds((Condition(BoundField.KOMMUNE, ()),))
