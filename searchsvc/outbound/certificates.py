"""Certificates of servers: which authorities are trusted, and what is wrong when one is not accepted.

Checks are never off. What a file adds is trusted beside the authorities that are trusted anyway: a city's own
authority, or the intermediate certificate that a server forgets to send.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx

from searchsvc.errors import ServiceError

_NO_ISSUER = frozenset({2, 20, 21})
_SELF_SIGNED = frozenset({18, 19})
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_NAME = frozenset({62, 64})


class InvalidCertificates(ServiceError):
    """A file of certificates cannot be used."""

    kind = "invalid_certificates"


def trusted(ca_file: Path | None = None, setting: str = "oparl_ca_file") -> ssl.SSLContext:
    """Return what connections are checked by. Raises ``InvalidCertificates`` that names ``setting``."""
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is None:
        return context
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ValueError) as error:  # of ssl.SSLError, too
        is_ssl = isinstance(error, ssl.SSLError)
        reason = "has no certificates (PEM)" if is_ssl else getattr(error, "strerror", None) or "cannot be read"
        raise InvalidCertificates(f"{ca_file}: {reason} ({setting})") from error
    # An intermediate certificate is as good as the authority that it is of.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def refusal(error: BaseException) -> str | None:
    """Say why a server's certificate was not accepted, and who can do what; None if that was not the reason."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return None
    code = cause.verify_code
    if code in _NO_ISSUER:
        return (
            "its certificate is of an authority that is not known here, or it does not send its intermediate "
            "certificate; get that from those who run the server and name its file in oparl_ca_file"
        )
    if code in _SELF_SIGNED:
        return (
            "its certificate is of an authority of its own; get the authority's certificate from those who run the "
            "server and name its file in oparl_ca_file"
        )
    if code in (_EXPIRED, _NOT_YET_VALID):
        when = "has expired" if code == _EXPIRED else "is not valid yet"
        return f"its certificate {when}; those who run the server have to renew it (or the clock here is wrong)"
    if code in _OTHER_NAME:
        return f"its certificate is of another name ({cause.verify_message}); use the name that it is of"
    return f"its certificate is not accepted ({cause.verify_message})"
