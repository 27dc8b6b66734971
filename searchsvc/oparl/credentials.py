"""Names and passwords for OParl servers: from a netrc file, or from the address of the source itself."""

from __future__ import annotations

import netrc
from collections.abc import Generator, Mapping
from pathlib import Path

import httpx

from searchsvc.oparl.errors import OParlError


class InvalidCredentials(OParlError):
    """The file of ``oparl_credentials`` cannot be used."""

    kind = "invalid_credentials"


class Credentials(httpx.Auth):
    """Sends name and password (HTTP Basic) to the hosts they are for, and to no others."""

    def __init__(self, by_host: Mapping[str, httpx.BasicAuth], source_url: str | None = None) -> None:
        self._by_host = by_host
        self._source = httpx.URL(source_url) if source_url else None

    @classmethod
    def read(cls, path: Path | None, source_url: str | None = None) -> Credentials:
        """Read a netrc file; its ``default`` entry is for nobody. Raises ``InvalidCredentials``."""
        if path is None:
            return cls({}, source_url)
        try:
            entries = netrc.netrc(path).hosts
        except netrc.NetrcParseError as error:  # its message may quote a password
            raise InvalidCredentials(f"{path}, line {error.lineno}: is no netrc file (oparl_credentials)") from None
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is no text"
            raise InvalidCredentials(f"{path}: {reason} (oparl_credentials)") from error
        found = {host.lower(): httpx.BasicAuth(login, secret or "") for host, (login, _, secret) in entries.items()}
        found.pop("default", None)
        return cls(found, source_url)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add what the host of the request is to be told."""
        source = self._source
        if request.url.username or request.url.password:
            auth: httpx.BasicAuth | None = httpx.BasicAuth(request.url.username, request.url.password)
        elif source is not None and source.userinfo and _origin(source) == _origin(request.url):
            auth = httpx.BasicAuth(source.username, source.password)
        else:
            auth = self._by_host.get(request.url.host)
        if auth is None:
            yield request
        else:
            yield from auth.auth_flow(request)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
