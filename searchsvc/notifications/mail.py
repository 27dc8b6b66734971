"""Telling people: e-mails in German, plain text, that end a saved search with one click (RFC 8058)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from datetime import date
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from index.contract import MISSING, Document
from searchsvc.documents.text import clean_line
from searchsvc.interface.search_parameters import request_of
from searchsvc.mailboxes import parse_mailbox
from searchsvc.notifications.errors import NotDelivered
from searchsvc.settings import Settings
from searchsvc.store import SavedSearch

LISTED_DOCUMENTS = 30
TIMEOUT_S = 30.0
_REFUSED_FOR_GOOD = 500


def question(settings: Settings, base: str, search: SavedSearch) -> EmailMessage:
    """Return the e-mail that asks whether someone wants to be told. Raises ``NotDelivered``."""
    name = query_name(search.search)
    lines = [
        "Guten Tag,",
        "",
        f"Sie möchten benachrichtigt werden, wenn es neue Dokumente zu dieser Suche gibt: {name}",
        "",
        "Bitte bestätigen Sie das auf dieser Seite:",
        page_url(base, search),
        "",
        "Wenn Sie das nicht wollten, brauchen Sie nichts zu tun: Ohne Bestätigung bekommen Sie keine Nachrichten, und "
        "Ihre Adresse wird nach einer Woche gelöscht.",
    ]
    return _message(settings, search, f"Bitte bestätigen: Suche „{name}“ abonnieren", lines)


def news(
    settings: Settings, base: str, search: SavedSearch, documents: Sequence[Document], urls: Sequence[str]
) -> EmailMessage:
    """Return the e-mail about new documents; ``urls`` are their pages. Raises ``NotDelivered``."""
    name = query_name(search.search)
    count = len(documents)
    what = "1 neues Dokument" if count == 1 else f"{count} neue Dokumente"
    lines = ["Guten Tag,", "", f"zu Ihrer Suche „{name}“ gibt es {what}:", ""]
    for document, url in list(zip(documents, urls, strict=True))[:LISTED_DOCUMENTS]:
        facts = (
            document.kommune.name if document.kommune else None,
            document.date.strftime("%d.%m.%Y") if document.date else None,
            document.paper.reference if document.paper else None,
        )
        lines += [f"* {document.title}", f"  {' · '.join(filter(None, facts))}".rstrip(), f"  {url}", ""]
    if count > LISTED_DOCUMENTS:
        lines += [f"… und {count - LISTED_DOCUMENTS} weitere.", ""]
    lines += [
        "Alle Treffer dieser Suche, die neuesten zuerst:",
        f"{base}/?{search.search}&sort=-date",
        "",
        "Keine Nachrichten mehr zu dieser Suche:",
        page_url(base, search),
    ]
    message = _message(settings, search, f"{what}: {name}", [line for line in lines if line.strip() or not line])
    message["List-Unsubscribe"] = f"<{page_url(base, search)}/abmelden>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message


def query_name(search: str) -> str:
    """Return what a person calls the search of a query string: its words and the values of its filters."""
    request = request_of(search)
    values = (*request.kommune, *request.paper_type, *request.organization, *request.mime_type, *request.text_quality)
    parts = [
        request.q,
        ", ".join(value for value in values if value != MISSING),
        "ohne Angabe" if MISSING in values else "",
        _period(request.date_from, request.date_to),
        "ohne Datum" if request.date_missing else "",
        "genau diese Schreibweise" if request.exact else "",
        "nur mit allen Wörtern" if request.all_words else "",
    ]
    return clean_line(" · ".join(filter(None, parts)))[:150] or "alle Dokumente"


def _period(first: date | None, last: date | None) -> str:
    if first and last:
        return f"{first:%d.%m.%Y} bis {last:%d.%m.%Y}" if first != last else f"{first:%d.%m.%Y}"
    return f"ab {first:%d.%m.%Y}" if first else f"bis {last:%d.%m.%Y}" if last else ""


def page_url(base: str, search: SavedSearch) -> str:
    """Return the page where a saved search is confirmed and ended."""
    return f"{base}/abo/{search.token}"


def send(settings: Settings, message: EmailMessage, recipient: str) -> None:
    """Hand a message for one recipient to the mail server. Raises ``NotDelivered``."""
    try:
        context = ssl.create_default_context()
        if settings.smtp_tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S)
        with server:
            if settings.smtp_tls == "starttls":
                server.starttls(context=context)
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(message, to_addrs=[parse_mailbox(recipient).address])
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = next(iter(error.recipients.values()))
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise NotDelivered(f"{code} {text}", is_final=code >= _REFUSED_FOR_GOOD) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotDelivered(f"{type(error).__name__}: {error}") from error


def _message(settings: Settings, search: SavedSearch, subject: str, lines: Sequence[str]) -> EmailMessage:
    message = EmailMessage()
    sender = parse_mailbox(settings.mail_from)
    message["From"] = Address(sender.name, addr_spec=sender.address)
    try:
        message["To"] = Address(addr_spec=parse_mailbox(search.target).address)
    except (ValueError, IndexError, HeaderParseError) as error:  # as Python's parser of addresses fails
        raise NotDelivered(str(error) or f"{search.target!r} is no address", is_final=True) from error
    message["Subject"] = clean_line(subject)
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=sender.address.rpartition("@")[2])
    # No answers by machines to machines (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(lines) + "\n")
    return message
