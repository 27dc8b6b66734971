"""Which network addresses an import may connect to.

A name is resolved once, its addresses are checked, and the connection is made to the address that was checked. So
neither a redirect nor a name server that answers differently the second time leads into our own network.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from searchsvc.outbound.errors import FetchFailed
from searchsvc.outbound.time_limits import LimitedBackend

Resolve = Callable[[str, int], Iterable[str]]
"""Returns the addresses of a host name, best first. Raises ``OSError``."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def resolve(host: str, port: int) -> Iterable[str]:
    """Ask the system for the addresses of a host."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return dict.fromkeys(str(answer[4][0]) for answer in answers)


def is_public(address: str) -> bool:
    """Tell whether an address belongs to the public internet.

    Private, loopback, link-local, multicast, reserved and unspecified addresses do not, nor do IPv6 addresses that
    stand for such an IPv4 address.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is None and parsed in _NAT64:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if parsed.is_site_local:
            return False
    return parsed.is_global and not (parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified)


class GuardedBackend(LimitedBackend):
    """Makes connections to allowed addresses only."""

    def __init__(self, *, allow_private: bool, resolve: Resolve = resolve) -> None:
        self._allow_private = allow_private
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first allowed address that answers. Raises ``FetchFailed`` if none is allowed."""
        try:
            addresses = list(self._resolve(host, port))
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} cannot be resolved ({error})") from error
        allowed = [address for address in addresses if self._allow_private or is_public(address)]
        if not allowed:
            raise FetchFailed(
                "address_refused",
                f"{host}:{port}",
                f"is at {', '.join(addresses) or 'no address'}, which is not a public address; "
                "oparl_allow_private_hosts allows such servers",
            )
        for number, address in enumerate(allowed, start=1):
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(allowed):
                    raise
        raise AssertionError("unreachable: there is at least one address")
