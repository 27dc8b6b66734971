"""Mailboxes as people write them: ``suche@example.org``, ``Rat, Köln <suche@example.org>``."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


class Mailbox(NamedTuple):
    """A name, which may be empty, and an address that any mail server takes."""

    name: str
    address: str


def parse_mailbox(text: str) -> Mailbox:
    """Read a mailbox; a name may have commas, with quotes or without. A domain with umlauts is written in ASCII.

    Raises ``ValueError`` for more than one mailbox, for none, and for one before whose @ is more than ASCII: most mail
    servers cannot write to such (SMTPUTF8).
    """
    text = text.strip()
    named = _NAMED.fullmatch(text)
    address = (named["address"] if named else text).strip()
    local_part, at, domain = address.rpartition("@")
    if not at or not domain:
        raise ValueError(f"{address!r} is no e-mail address")
    if not local_part.isascii():
        raise ValueError(f"{address!r} has letters before the @ that most mail servers cannot write to")
    domain = _in_ascii(domain)
    if not _LOCAL_PART.fullmatch(local_part) or not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{address!r} is no e-mail address")
    name = named["name"].strip().removeprefix('"').removesuffix('"') if named else ""
    if any(not character.isprintable() for character in name):
        raise ValueError(f"{name!r} has characters that are no text")
    return Mailbox(name, f"{local_part}@{domain}")


def _in_ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    from email_validator import EmailNotValidError, validate_email  # few need it, and it takes a while to load

    try:
        return validate_email(f"x@{domain}", check_deliverability=False).ascii_domain
    except EmailNotValidError as error:
        raise ValueError(f"{domain!r} is no domain of e-mail addresses") from error
