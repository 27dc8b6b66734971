"""Sending what has to be told, in a thread of its own, again and again until it goes through or is given up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

import structlog

from searchsvc.errors import StoreUnavailable
from searchsvc.interface.links import DocumentLinks
from searchsvc.interface.serializers import document as document_json
from searchsvc.notifications import mail
from searchsvc.notifications.errors import NotDelivered
from searchsvc.notifications.webhooks import Webhooks
from searchsvc.periodic import PeriodicThread, Troubles
from searchsvc.settings import Settings
from searchsvc.store import Channel, Notification, SavedSearch, Store, StoredDocument

RETRY_AFTER_S = (60, 300, 1_800, 7_200, 21_600, 43_200, 86_400)
"""Pauses before the second, third … attempt; after the last one a notification is given up."""
MAX_DOCUMENTS = 1_000
"""Documents in one webhook."""

_CHECK_S = 1.0
_DELIVERIES_AT_ONCE = 4
"""So that a receiver that is slow does not hold up the others."""
_CLEAN_EVERY = 3_600

_log = structlog.get_logger(__name__)


class NotificationSender(PeriodicThread):
    """Sends due notifications as long as the context lasts."""

    def __init__(
        self, store: Store, settings: Settings, *, check_s: float = _CHECK_S, troubles: Troubles | None = None
    ) -> None:
        super().__init__("notifications", check_s, troubles)
        self._store = store
        self._settings = settings
        self._webhooks = Webhooks(settings)
        self._deliveries = ThreadPoolExecutor(_DELIVERIES_AT_ONCE, thread_name_prefix="notification")
        self._links = DocumentLinks((settings.public_url or settings.web_url).rstrip("/"))
        self._rounds = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self.close()

    def close(self) -> None:
        """Wait for what is being sent, and close all connections."""
        self._deliveries.shutdown()
        self._webhooks.close()

    def send_due(self) -> int:
        """Send what is due and return how many notifications went through. Raises ``StoreUnavailable``."""
        return sum(self._deliveries.map(self._deliver, self._store.saved_searches.due()))

    def _step(self) -> None:
        self._rounds += 1
        if self._rounds % _CLEAN_EVERY == 1:
            self._store.saved_searches.forget_unconfirmed()
        self.send_due()

    def _store_lost(self, message: str) -> None:
        _log.warning("notifications_wait", error=message)

    def _store_found(self) -> None:
        _log.info("notifications_go_on")

    def _deliver(self, notification: Notification) -> bool:
        try:
            is_sent = self._attempt_to_send(notification)
        except NotDelivered as error:
            is_final = error.is_final or notification.attempts >= len(RETRY_AFTER_S)
            pause_s = None if is_final else RETRY_AFTER_S[notification.attempts]
            retry_at = None if pause_s is None else datetime.now(UTC) + timedelta(seconds=pause_s)
            self._store.saved_searches.failed(notification, error.message, retry_at=retry_at)
            if retry_at:
                _log.warning(
                    "notification_failed", search=notification.search.id, error=error.message, retry_in_s=pause_s
                )
            else:
                _log.error("notification_given_up", search=notification.search.id, error=error.message)
            return False
        self._store.saved_searches.told(notification)
        if is_sent:
            _log.info("notification_sent", search=notification.search.id, documents=len(notification.document_ids))
        return is_sent

    def _attempt_to_send(self, notification: Notification) -> bool:
        try:
            return self._send(notification)
        except (NotDelivered, StoreUnavailable):
            raise
        except Exception as error:
            # One that cannot be sent, whatever the reason, is tried as often as others and then given up.
            _log.exception("notification_is_a_defect", search=notification.search.id)
            raise NotDelivered(f"{type(error).__name__}: {error}") from error

    def _send(self, notification: Notification) -> bool:
        """Send a notification; False when what it would have told is gone by now. Raises ``NotDelivered``."""
        search = notification.search
        if not notification.document_ids:
            if search.confirmed_at is not None:
                return False
            mail.send(self._settings, mail.question(self._settings, self._links.base, search), search.target)
            return True
        found = [self._store.documents.get(document_id) for document_id in notification.document_ids[:MAX_DOCUMENTS]]
        stored = [one for one in found if one is not None]
        if not stored:
            return False
        if search.channel is Channel.EMAIL:
            documents = [one.document for one in stored]
            urls = [self._links.html(document.id) for document in documents]
            message = mail.news(self._settings, self._links.base, search, documents, urls)
            mail.send(self._settings, message, search.target)
        else:
            self._webhooks.send(notification, self._body(search, stored, len(notification.document_ids)))
        return True

    def _body(self, search: SavedSearch, stored: list[StoredDocument], total: int) -> dict[str, Any]:
        return {
            "saved_search": search.token,
            "search": search.search,
            "total": total,
            "documents": [document_json(one.document, self._links) for one in stored],
        }
