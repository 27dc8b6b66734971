"""Addresses: who listens where the service should, and whether the public address leads to it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx

from searchsvc.doctor.finding import Finding, fail, ok, warn
from searchsvc.settings import Settings
from searchsvc.site_pages import PAGES, page_troubles

TIMEOUT_S = 5.0
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1", "")
_SEE_LOG = "see the log of the service"


def port(settings: Settings) -> Iterator[Finding]:
    """Look who answers at the port, and what the service says of itself."""
    part, place = "port", f"{settings.host} port {settings.port}"
    try:
        health = httpx.get(f"{settings.web_url}/healthz", timeout=TIMEOUT_S, trust_env=False)
    except httpx.HTTPError as error:
        trouble = _cannot_listen(settings)
        if trouble is None:
            yield warn(part, f"{place} is free: the service does not run", "start it")
        else:
            yield fail(part, f"{place}: {trouble}, and no HTTP is spoken there ({error})", "choose another one (port)")
        return
    if _status(health) != "ok":
        yield fail(part, f"another program answers at {place}", "stop that one, or choose another port")
        return
    yield ok(part, f"the service answers at {place}")
    ready = httpx.get(f"{settings.web_url}/readyz", timeout=TIMEOUT_S, trust_env=False)
    told = _json(ready)
    for name, text in dict(told.get("problems") or {}).items():
        yield fail("readiness", f"{name}: {text}", _SEE_LOG)
    for name, text in dict(told.get("warnings") or {}).items():
        yield warn("readiness", f"{name}: {text}", _SEE_LOG)
    if ready.status_code == 200 and not told.get("warnings"):
        yield ok("readiness", "ready")
    elif ready.status_code != 200 and not told.get("problems"):
        yield fail("readiness", f"answered {ready.status_code}", _SEE_LOG)


def public_address(settings: Settings) -> Iterator[Finding]:
    """Look whether the public address is known, encrypted, and leads to the service."""
    part, url = "public address", settings.public_url
    if url is None:
        if settings.host in _LOCAL_NAMES:
            yield ok(part, "not set (public_url): the service is for this machine, or links are those of each request")
        else:
            yield warn(part, "not set, and other machines may connect", "set public_url to the address people use")
        return
    name = urlsplit(url).hostname or ""
    if urlsplit(url).scheme == "http" and settings.is_public:
        yield warn(part, f"{url} is not encrypted", "let a proxy offer https, and set public_url to that")
    try:
        health = httpx.get(f"{url}/healthz", timeout=TIMEOUT_S, trust_env=False)
    except httpx.HTTPError as error:
        yield warn(
            part, f"{url} is not reached from here: {error}", f"look at the name {name}, its certificate and the proxy"
        )
        return
    if health.is_redirect:
        yield warn(part, f"{url} leads to {health.headers.get('Location')}", "set public_url to where it leads")
    elif _status(health) != "ok":
        yield fail(
            part,
            f"{url}/healthz is not answered by the service ({health.status_code})",
            "have the proxy hand on every path below the address, see docs/operating.md",
        )
    else:
        yield ok(part, f"{url} leads to the service")


def proxy_headers(settings: Settings) -> Iterator[Finding]:
    """Look whether clients can be told apart behind a proxy."""
    part = "proxy"
    has_proxy = settings.is_public
    if has_proxy and settings.host in _LOCAL_NAMES and not settings.trusted_proxies:
        yield warn(
            part,
            "behind a proxy that is not trusted all clients are one to the limits",
            "let it set X-Forwarded-For, and set trusted_proxies to the number of proxies",
        )
    elif settings.trusted_proxies and settings.host not in _LOCAL_NAMES:
        yield warn(
            part,
            f"{settings.trusted_proxies} trusted, and who reaches {settings.host} past them may claim any address",
            "listen where only the proxy comes (host), or close the port to others",
        )
    else:
        yield ok(part, f"{settings.trusted_proxies} trusted (trusted_proxies)")


def legal_pages(settings: Settings) -> Iterator[Finding]:
    """Look whether there are the pages that the law asks for, and whether they can be read."""
    troubles = list(page_troubles(settings))
    for name, trouble in troubles:
        yield warn("legal pages", trouble, f"give {name} a Markdown file or a web address")
    if not troubles:
        yield ok("legal pages", ", ".join(title for name, title in PAGES.items() if getattr(settings, name)) or "none")


def _cannot_listen(settings: Settings) -> str | None:
    # Bound and let go: nobody can connect meanwhile, since nothing listens.
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def _status(answer: httpx.Response) -> Any:
    return _json(answer).get("status") if answer.status_code == 200 else None


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return told if isinstance(told, dict) else {}
