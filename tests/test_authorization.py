"""Who may do what: every route with every kind of key, and the one shape of every error."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from searchsvc.errors import StoreUnavailable
from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.web import create_app
from searchsvc.web.http.auth import READING
from searchsvc.web.http.errors import wants_json
from searchsvc.web.openapi import OPERATIONS
from searchsvc.web.openapi.operation import Operation
from tests.fixtures_web import SetEngine

SENT = ("none", "wrong", "revoked", "read", "write", "admin")
ROUTES = [(operation.method.upper(), operation.path) for operation in OPERATIONS]


@pytest.fixture(params=[False, True], ids=["open", "read_needs_key"])
def app(request: pytest.FixtureRequest, web_settings: Settings, web_store: Store, set_engine: SetEngine) -> Flask:
    """The application, open for reading and not."""
    chosen = web_settings.model_copy(update={"read_needs_key": request.param, "smtp_host": "mail.example"})
    return create_app(chosen, engine=set_engine, store=web_store)


def headers_of(store: Store, sent: str) -> dict[str, str]:
    """Return the headers of a request with a kind of key."""
    if sent == "none":
        return {}
    if sent == "wrong":
        return {"Authorization": "Bearer ssk_wrong"}
    token = store.keys.create(sent, ["admin" if sent == "revoked" else sent])
    if sent == "revoked":
        store.keys.revoke(sent)
    return {"X-API-Key": token}


def url_of(path: str) -> str:
    return path.format(document_id="a", number=1, token="x")


def endpoint_of(app: Flask, method: str, path: str) -> str:
    return str(app.url_map.bind("localhost").match(url_of(path), method)[0])


def expected(app: Flask, operation: Operation, sent: str) -> int | None:
    """Return the status of the refusal, None when the request must get past the check of its key."""
    reads = endpoint_of(app, operation.method.upper(), operation.path) in READING
    needs_key = operation.scope is not None or (reads and app.extensions["searchsvc"].settings.read_needs_key)
    if not needs_key:
        return None
    if sent in ("none", "wrong", "revoked"):
        return 401
    if operation.scope is not None and sent not in (operation.scope, "admin"):
        return 403
    return None


@pytest.mark.parametrize("sent", SENT)
def test_every_route_with_every_key(app: Flask, web_store: Store, sent: str) -> None:
    """A route lets through exactly the keys that its description says, before it looks at anything else."""
    client, headers = app.test_client(), headers_of(web_store, sent)
    for operation in OPERATIONS:
        answer = client.open(url_of(operation.path), method=operation.method.upper(), headers=headers)
        refusal = expected(app, operation, sent)
        assert (answer.status_code if answer.status_code in (401, 403) else None) == refusal, operation.id
        if refusal is not None:
            assert answer.status_code in operation.replies, operation.id
            assert answer.get_json()["error"]["code"] == {401: "unauthorized", 403: "forbidden"}[refusal]
            assert ("WWW-Authenticate" in answer.headers) == (refusal == 401)


def test_all_reading_of_the_api_is_known(web_app: Flask) -> None:
    """No route of the API is without a key when reading needs one."""
    guarded = {operation.path for operation in OPERATIONS if operation.scope}
    for operation in OPERATIONS:
        if operation.path.startswith("/api/") and operation.path not in guarded:
            assert endpoint_of(web_app, operation.method.upper(), operation.path) in READING


def provocations(web: FlaskClient, method: str, path: str, headers: dict[str, str]) -> list[Any]:
    """Return the answers to a route's most common misuses."""

    def send(below: str = "", **sent: Any) -> Any:
        return web.open(url_of(path) + below, headers=headers, buffered=True, **({"method": method} | sent))

    return [
        send(query_string={"unbekannt": "1"}),
        send(data=b"\xff\xfe{", content_type="application/json"),
        send(data=b"x", content_type="text/x-nothing"),
        send(data=b"x" * 2_500_000, content_type="application/json"),
        send(json=[]),
        send(method="PATCH"),
        send("/gibt/es/nicht"),
    ]


@pytest.mark.parametrize("broken", [False, True], ids=["up", "store_down"])
def test_every_error_of_every_route_has_one_shape(
    web_app: Flask, web_store: Store, monkeypatch: pytest.MonkeyPatch, broken: bool
) -> None:
    """Errors of programs' routes are the documented JSON, those of pages are German HTML; nothing inside is told."""
    headers = headers_of(web_store, "admin")
    if broken:

        def fail(*_: Any, **__: Any) -> Any:
            raise StoreUnavailable("secret path /var/lib/store")

        monkeypatch.setattr(type(web_store.database), "transaction", fail)
    client = web_app.test_client()
    statuses = set()
    for method, path in ROUTES:
        for answer in provocations(client, method, path, headers):
            if answer.status_code >= 400:
                statuses.add(answer.status_code)
                check_error(web_app, path, answer)
    assert statuses >= ({503} if broken else {400, 404, 405, 413, 415})


def check_error(web_app: Flask, path: str, answer: Any) -> None:
    """Check one answer of 400 or more."""
    assert answer.status_code != 500, (path, answer.text)
    assert "secret" not in answer.text
    with web_app.test_request_context(answer.request.path):
        is_json = wants_json()
    if not is_json:
        assert answer.mimetype == "text/html", path
        assert "<h1>" in answer.text
    elif path == "/readyz" and answer.status_code == 503:
        assert set(answer.get_json()) == {"status", "problems"}
    else:
        body = answer.get_json()
        assert set(body) == {"error", "request_id"}, path
        assert set(body["error"]) == {"code", "message", "field"}
        assert re.fullmatch(r"[a-z_]+", body["error"]["code"])
        assert body["request_id"] == answer.headers["X-Request-ID"]
    if answer.status_code in (429, 503):
        assert int(answer.headers["Retry-After"]) > 0
