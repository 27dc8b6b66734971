"""Limits of requests: the counter, who counts as one client, headers and the 429."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.errors import StoreUnavailable
from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.store.keys import Keys
from searchsvc.web import create_app
from searchsvc.web.http.rate_limiter import WINDOW_S, RateLimiter
from searchsvc.web.http.rate_limits import CHEAP, KINDS, client_network
from searchsvc.web.openapi import OPERATIONS
from tests.fixtures_web import SetEngine, make_document

HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def limited(settings: Settings, engine: SetEngine, store: Store, **limits: int) -> FlaskClient:
    """Return a client of an application with other limits."""
    return create_app(settings.model_copy(update=limits), engine=engine, store=store).test_client()


def test_allowance_is_spent_and_comes_back() -> None:
    """The whole allowance may be used at once; it comes back evenly over the minute."""
    clock = Clock()
    limiter = RateLimiter(6, clock=clock)
    assert [limiter.spend("a").remaining for _ in range(6)] == [5, 4, 3, 2, 1, 0]
    refused = limiter.spend("a")
    assert (refused.is_exceeded, refused.remaining) == (True, 0)
    assert refused.retry_after_s == pytest.approx(10)
    assert refused.reset_s == pytest.approx(60)
    assert not limiter.spend("b").is_exceeded
    clock.now += 10
    assert not limiter.spend("a").is_exceeded
    assert limiter.spend("a").is_exceeded
    clock.now += WINDOW_S
    assert limiter.spend("a").remaining == 5


def test_refused_requests_cost_nothing() -> None:
    """Who keeps asking while refused is let in as soon as who waits."""
    clock = Clock()
    limiter = RateLimiter(2, clock=clock)
    limiter.spend("a", 2)
    for _ in range(50):
        assert limiter.spend("a").is_exceeded
    clock.now += 30
    assert not limiter.spend("a").is_exceeded


@given(
    limit=st.integers(1, 50),
    steps=st.lists(st.tuples(st.floats(0, 20), st.integers(1, 5)), max_size=60),
)
def test_no_minute_has_more_than_twice_the_limit_and_waiting_helps(limit: int, steps: list[tuple[float, int]]) -> None:
    """However requests come, no minute lets more through than a full allowance and what came back meanwhile."""
    clock = Clock()
    limiter = RateLimiter(limit, clock=clock)
    let_through: list[tuple[float, int]] = []
    for pause_s, cost in steps:
        clock.now += pause_s
        allowance = limiter.spend("a", cost)
        assert 0 <= allowance.remaining <= limit
        assert 0 <= allowance.reset_s <= WINDOW_S + 1e-6
        if not allowance.is_exceeded:
            let_through.append((clock.now, cost))
        elif cost <= limit:
            assert 0 < allowance.retry_after_s <= WINDOW_S + 1e-6
        assert sum(cost for at, cost in let_through if at > clock.now - WINDOW_S) <= 2 * limit


def test_memory_is_bounded() -> None:
    """Of more clients than are remembered, those are forgotten that have not asked for longest."""
    limiter = RateLimiter(1, max_clients=3)
    for client in "abc":
        limiter.spend(client)
    limiter.spend("a")
    limiter.spend("d")
    assert limiter.spend("a").is_exceeded
    assert not limiter.spend("b").is_exceeded


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("kein Netz", "kein Netz"),
    ],
)
def test_who_is_one_client(address: str, client: str) -> None:
    """An IPv4 address is a client; of IPv6 a whole network is, since each has more addresses than anyone can count."""
    assert client_network(address) == client


@pytest.mark.parametrize(
    "request_",
    [
        ("GET", "/api/v1/search", {}),
        ("GET", "/api/v1/suggest?q=x", {}),
        ("GET", "/api/v1/export", {}),
        ("GET", "/api/v1/documents/vorlage-1/similar", {}),
        ("POST", "/api/v1/msearch", {"json": {"searches": [{}]}}),
        ("GET", "/feed.atom", {}),
        ("GET", "/", {}),
    ],
)
def test_searches_are_limited_together(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, request_: tuple[str, str, dict[str, Any]]
) -> None:
    """Every way of searching spends of one allowance; what is no search goes on."""
    web_store.documents.put(make_document())
    web = limited(web_settings, set_engine, web_store, searches_per_minute=2)
    web.get("/api/v1/search")
    method, url, body = request_
    answered = web.open(url, method=method, **body)
    assert (answered.status_code, answered.headers["RateLimit-Remaining"]) == (200, "0")
    refused = web.open(url, method=method, **body)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    assert web.get("/api/v1/documents/vorlage-1").status_code == 200
    assert web.get("/healthz").status_code == 200
    assert web.options(url).status_code == 200


def test_refusal_is_an_error_like_any_other(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """429 has the shape of every error and says when to come back; people get a page."""
    web = limited(web_settings, set_engine, web_store, searches_per_minute=1)
    headers = web.get("/api/v1/search").headers
    assert [headers[name] for name in HEADERS] == ["1", "0", "60"]
    refused = web.get("/api/v1/search")
    assert refused.get_json()["error"] == {
        "code": "too_many_requests",
        "message": "more than 1 requests of this kind in a minute; slow down",
        "field": None,
    }
    assert [refused.headers[name] for name in HEADERS] == ["1", "0", "60"]
    assert (refused.headers["Retry-After"], refused.headers["Cache-Control"]) == ("60", "no-store")
    page = web.get("/?q=x")
    assert (page.status_code, page.mimetype) == (429, "text/html")
    assert "Zu viele Anfragen" in page.text
    assert len(set_engine.requests) == 1


def test_searches_of_a_multi_search_count_each(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """Twenty searches in one request cost as much as twenty requests."""
    web = limited(web_settings, set_engine, web_store, searches_per_minute=5)
    answered = web.post("/api/v1/msearch", json={"searches": [{}] * 4})
    assert (answered.status_code, answered.headers["RateLimit-Remaining"]) == (200, "1")
    assert web.post("/api/v1/msearch", json={"searches": [{}] * 2}).status_code == 429


def test_clients_are_told_apart(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """Addresses count apart, and a valid key counts for itself wherever it comes from; an invalid one does not help."""
    web = limited(web_settings, set_engine, web_store, searches_per_minute=1)
    key = web_store.keys.create("rathaus", ["read"])

    def status(address: str, **headers: str) -> int:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.get("/api/v1/search", environ_base={"REMOTE_ADDR": address}, headers=sent).status_code

    assert [status("192.0.2.1"), status("192.0.2.1"), status("192.0.2.2")] == [200, 429, 200]
    assert [status("192.0.2.1", X_API_Key=key), status("192.0.2.3", X_API_Key=key)] == [200, 429]
    assert status("192.0.2.1", X_API_Key="ssk_geraten") == 429
    assert status("192.0.2.1", X_Forwarded_For="198.51.100.1") == 429


def test_address_behind_trusted_proxies(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """With one trusted proxy its last entry is the client; what clients write before it does not count."""
    web = limited(web_settings, set_engine, web_store, searches_per_minute=1, trusted_proxies=1)

    def status(forwarded: str) -> int:
        return web.get("/api/v1/search", headers={"X-Forwarded-For": forwarded}).status_code

    assert [status("192.0.2.1"), status("192.0.2.2"), status("1.2.3.4, 192.0.2.1")] == [200, 200, 429]


def test_writes_and_reports_have_limits_of_their_own(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, write_headers: dict[str, str]
) -> None:
    """Neither uses up the other's allowance, and a refused write stores nothing."""
    web = limited(web_settings, set_engine, web_store, writes_per_minute=1, reports_per_minute=1)
    url = "/api/v1/documents"
    assert web.put(f"{url}/a", json={"title": "A"}, headers=write_headers).status_code == 201
    assert web.put(f"{url}/b", json={"title": "B"}, headers=write_headers).status_code == 429
    assert web.delete(f"{url}/a", headers=write_headers).status_code == 429
    assert web_store.documents.get("b") is None
    assert web.put(f"{url}/c", json={}).status_code == 401
    assert web.put(f"{url}/c", json={}).status_code == 429
    assert web.post("/dokumente/a/meldungen", data={"nachricht": "x"}).status_code == 303
    assert web.post("/dokumente/a/meldungen", data={"nachricht": "x"}).status_code == 429
    assert len(web_store.reports.list()) == 1
    assert web.get("/api/v1/search").status_code == 200


def test_zero_is_no_limit(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """Without a limit nothing is counted and no header speaks of one."""
    web = limited(web_settings, set_engine, web_store, searches_per_minute=0)
    response = web.get("/api/v1/search")
    assert response.status_code == 200
    assert not any(name in response.headers for name in HEADERS)


def test_searching_goes_on_without_the_store(
    web: FlaskClient, monkeypatch: pytest.MonkeyPatch, write_headers: dict[str, str]
) -> None:
    """When keys cannot be looked up, searches count by address; writes are an outage, not a refusal."""

    def fail(*_: object) -> None:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(Keys, "verify", fail)
    assert web.get("/api/v1/search", headers=write_headers).status_code == 200
    assert web.put("/api/v1/documents/a", json={}, headers=write_headers).status_code == 503


def test_keys_are_looked_up_once(
    web: FlaskClient, web_store: Store, monkeypatch: pytest.MonkeyPatch, write_headers: dict[str, str]
) -> None:
    """Limit and permission of a write share one look-up of its key."""
    looked_up = []
    verify = web_store.keys.verify
    monkeypatch.setattr(web_store.keys, "verify", lambda token: looked_up.append(token) or verify(token))
    assert web.put("/api/v1/documents/a", json={}, headers=write_headers).status_code == 201
    assert len(looked_up) == 1


def test_limited_views_exist(web: FlaskClient) -> None:
    """Each limited view is one of the application, so that no renaming takes a limit away."""
    assert set(KINDS) <= set(web.application.view_functions)


def test_every_route_has_a_limit_or_needs_none(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """All views are listed, each once; those of the API's description are among them."""
    app = create_app(web_settings, engine=set_engine, store=web_store)
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints == set(KINDS) | CHEAP
    assert not set(KINDS) & CHEAP
    described = {operation.path for operation in OPERATIONS}
    limited = {template(rule.rule) for rule in app.url_map.iter_rules() if rule.endpoint in KINDS}
    cheap = {template(rule.rule) for rule in app.url_map.iter_rules() if rule.endpoint in CHEAP}
    assert described <= limited | cheap


def test_reading_is_limited(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """Documents, texts, files and pictures spend of one allowance; health is always told."""
    web_store.documents.put(make_document())
    paths = (
        "/dokumente/vorlage-1", "/dokumente/vorlage-1/datei", "/dokumente/vorlage-1/seiten/1.webp", "/metrics",
        "/api/v1/documents/vorlage-1", "/api/v1/documents/vorlage-1/text", "/api/v1/status",
    )  # fmt: skip
    web = limited(web_settings, set_engine, web_store, reads_per_minute=len(paths))
    assert 429 not in [web.get(path).status_code for path in paths]
    assert {web.get(path).status_code for path in paths} == {429}
    assert web.get("/healthz").status_code == 200
    assert web.get("/api/v1/search").status_code == 200


def template(rule: str) -> str:
    """Return a route as the description writes it."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule)
