"""Short-lived tokens that holders of a key sign themselves: JSON Web Tokens (RFC 7519) with HMAC-SHA-256.

The header names the key by the SHA-256 of its text (``kid``), the claims are ``filters`` and ``exp``. What signs is
made of the key, and is no key. Here tokens are read; ``searchsvc.client`` makes them.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from index.contract import Bounds

MAX_CHARS = 4_000
"""A longer token is none: it has to fit into a header."""
MAX_LIFE_S = 24 * 3_600
"""A token that would be good for longer is none: whoever has lost it must not wait for long."""

_PURPOSE = b"searchsvc token 1"
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_KID = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says once its signature is good."""

    bounds: Bounds
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token as it was sent, nothing of which is proven. ``key_hash``: the checksum of the key that it names."""

    key_hash: str
    _signed: bytes
    _signature: bytes
    _payload: bytes

    @classmethod
    def parse(cls, text: str) -> SignedToken | None:
        """Take a text apart; None if it is no token."""
        if len(text) > MAX_CHARS or not _FORM.fullmatch(text):
            return None
        head, payload, signature = text.split(".")
        try:
            header = _object(_decoded(head))
            parts = _decoded(payload), _decoded(signature)
        except ValueError:
            return None
        kid = header.get("kid")
        # Tokens that choose another way of signing, none among them, are no tokens.
        if header.get("alg") != "HS256" or "crit" in header or not isinstance(kid, str) or not _KID.fullmatch(kid):
            return None
        return cls(kid, f"{head}.{payload}".encode("ascii"), parts[1], parts[0])

    def claims(self, secret: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Claims | None:
        """Return what the token says if ``secret`` has signed it, and now is its time; else None."""
        expected = hmac.new(secret.encode(), self._signed, sha256).digest()
        if not hmac.compare_digest(expected, self._signature):
            return None
        try:
            payload = _object(self._payload)
            expires = payload["exp"]
            if isinstance(expires, bool) or not isinstance(expires, (int, float)):
                return None
            left_s = expires - now().timestamp()
            # A claim that is not known may be a restriction.
            if not 0 < left_s <= MAX_LIFE_S or payload.keys() - {"exp", "filters", "iat"}:
                return None
            filters = payload.get("filters", {})
            bounds = Bounds.of(filters) if isinstance(filters, dict) else None
        except (ValueError, KeyError, OverflowError):
            return None
        return None if bounds is None else Claims(bounds, datetime.fromtimestamp(expires, UTC))


def signing_secret(key: str) -> str:
    """Return what signs the tokens of a key: the key cannot be had from it."""
    return hmac.new(key.encode(), _PURPOSE, sha256).hexdigest()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 - a text that is wrong, not a caller
    return value
