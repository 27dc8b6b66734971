"""Tokens that a key signs: a server of one's own hands them to browsers, without asking the service for each.

JSON Web Tokens (RFC 7519) with HMAC-SHA-256, so that any language can make them; ``docs/api.md`` says what is in them.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

MAX_SECONDS = 24 * 3_600
"""The service takes no token that is good for longer."""

_PURPOSE = b"searchsvc token 1"


def sign_token(
    key: str,
    filters: Mapping[str, Sequence[str]] | None = None,
    *,
    seconds: float = 900,
    now: Callable[[], float] = time.time,
) -> str:
    """Return a token that may read what ``key`` may, within ``filters`` only, for ``seconds``.

    The key needs the scope ``read``, and never leaves the server. Raises ``ValueError`` for a time that is too long.
    """
    if not 0 < seconds <= MAX_SECONDS:
        raise ValueError(f"a token is good for at most {MAX_SECONDS:,} seconds")
    header = {"alg": "HS256", "typ": "JWT", "kid": sha256(key.encode()).hexdigest()}
    claims: dict[str, Any] = {"exp": int(now() + seconds)}
    if filters:
        claims["filters"] = {name: list(values) for name, values in filters.items()}
    signed = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(claims).encode())}"
    secret = hmac.new(key.encode(), _PURPOSE, sha256).hexdigest()
    return f"{signed}.{_encoded(hmac.new(secret.encode(), signed.encode(), sha256).digest())}"


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")
