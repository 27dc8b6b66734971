"""Telling programs: signed JSON by POST, to public addresses only, without following redirects."""

from __future__ import annotations

import hmac
import json
import time
from typing import Any

import httpx

from searchsvc.notifications.errors import NotDelivered
from searchsvc.outbound.errors import FetchFailed
from searchsvc.outbound.time_limits import time_limit
from searchsvc.outbound.transport import PoliteTransport
from searchsvc.settings import Settings
from searchsvc.store import Notification

SIGNATURE_HEADER = "X-Searchsvc-Signature"
TIMEOUT_S = 15.0
"""Longest time of a delivery, from connecting to the head of the answer, whose body nobody reads."""
_CONCURRENCY = 4


def signature(secret: str, body: bytes, timestamp: int) -> str:
    """Return what a receiver compares: ``t=`` the time in seconds and ``v1=`` the HMAC-SHA256 of time, dot, body."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hexdigest()
    return f"t={timestamp},v1={digest}"


class Webhooks:
    """Posts notifications. Close it when done."""

    def __init__(self, settings: Settings) -> None:
        self._http = httpx.Client(
            transport=PoliteTransport(
                concurrency=_CONCURRENCY, delay_s=0, allow_private=settings.webhook_allow_private_hosts
            ),
            timeout=TIMEOUT_S,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "searchsvc (saved search)", "Content-Type": "application/json"},
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def send(self, notification: Notification, body: dict[str, Any]) -> None:
        """Post a notification. Raises ``NotDelivered``."""
        search = notification.search
        if search.secret is None:
            raise NotDelivered(
                "its secret cannot be read: secret_key_file is another one; put it back, or save the search anew"
            )
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {
            SIGNATURE_HEADER: signature(search.secret, content, int(time.time())),
            # The same for every attempt, so that a receiver knows what it has.
            "X-Searchsvc-Delivery": str(notification.ids[0]),
        }
        try:
            with (
                time_limit(TIMEOUT_S),
                self._http.stream("POST", search.target, content=content, headers=headers) as response,
            ):
                status = response.status_code
        except FetchFailed as error:
            reason = str(error).replace("oparl_allow_private_hosts", "webhook_allow_private_hosts")
            raise NotDelivered(reason) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise NotDelivered(f"{type(error).__name__}: {error}") from error
        except Exception as error:  # httpcore's errors have no common base that names the network only
            if type(error).__module__.partition(".")[0] != "httpcore":
                raise
            raise NotDelivered(f"{type(error).__name__}: {error}") from error
        if status == 410:
            raise NotDelivered("the receiver is gone (410)", is_final=True)
        if not 200 <= status < 300:
            raise NotDelivered(f"the receiver answered {status}")
