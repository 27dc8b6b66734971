"""Where news may be sent to: what people and programs give as e-mail addresses and webhooks."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from searchsvc.documents.fields import MAX_URL_CHARS
from searchsvc.interface.parameters import InvalidParameter, Problem
from searchsvc.outbound.addresses import is_public
from searchsvc.web.http.services import Services

MAX_WAITING = 5
"""Most searches of one address that wait to be confirmed: nobody can be flooded with questions."""


def check_mail_address(value: Any, parts: Services) -> str:
    """Return an e-mail address that may be asked. Raises ``InvalidParameter`` for the field ``email``."""
    if not parts.settings.smtp_host:
        raise invalid("email", "this service sends no e-mail; use 'webhook'")
    address = mail_address(value)
    if parts.store.saved_searches.waiting(address) >= MAX_WAITING:
        raise invalid("email", "too many searches of this address wait to be confirmed")
    return address


def mail_address(value: Any) -> str:
    """Return an address that any mail server takes, its domain in ASCII. Raises ``InvalidParameter``."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        reason = "'email' must be an e-mail address like name@example.org"
        if not text.isascii():
            reason += "; before the @ only letters without umlauts can be written to"
        raise invalid("email", reason) from error
    # Headers may hide other text in such words, so that programs disagree about who is meant.
    if found.ascii_email is None or "=?" in found.ascii_email:
        raise invalid("email", "'email' must be an e-mail address like name@example.org")
    return found.ascii_email


def check_webhook(value: Any, parts: Services) -> str:
    """Return the address of a webhook. Raises ``InvalidParameter`` for the field ``webhook``.

    Names are resolved, and their addresses checked, each time something is sent.
    """
    text = value if isinstance(value, str) else ""
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if (
        not host
        or url.scheme not in ("http", "https")
        or len(text) > MAX_URL_CHARS
        or re.search(r"[\s\x00-\x1f]", text)
    ):
        raise invalid("webhook", "'webhook' must be an http or https address")
    if port == 0 or url.username is not None:
        raise invalid("webhook", "'webhook' must have neither a password nor port 0")
    if not parts.settings.webhook_allow_private_hosts and _is_private(host):
        raise invalid("webhook", "'webhook' must not be at a private address")
    return text


def _is_private(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return not is_public(host)


def invalid(field: str, message: str) -> InvalidParameter:
    """Return the error about a field of a body."""
    return InvalidParameter(Problem(field, "invalid_body", message))
