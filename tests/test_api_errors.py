"""One error shape over all routes, keys and scopes, outages, request ids and headers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from index.contract import IndexDamaged, IndexUnavailable, SearchIndexError
from searchsvc.errors import ServiceError, StoreUnavailable
from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.store.documents import Documents
from searchsvc.web import create_app
from searchsvc.web.http.errors import TABLE, answer_for
from tests.fixtures_web import SetEngine, make_document

WRITES = [
    ("put", "/api/v1/documents/a", {"json": {"title": "T"}}),
    ("delete", "/api/v1/documents/a", {}),
    ("post", "/api/v1/documents/bulk", {"data": b"", "content_type": "application/x-ndjson"}),
    ("post", "/api/v1/documents", {"data": {}, "content_type": "multipart/form-data"}),
]
ERRORS = [
    ("get", "/api/v1/search?page=0", 400),
    ("get", "/api/v1/suggest", 400),
    ("get", "/api/v1/status?x=1", 400),
    ("get", "/api/v1/documents/a?x=1", 400),
    ("put", "/api/v1/documents/a", 401),
    ("post", "/api/v1/documents", 401),
    ("get", "/api/v1/documents/a", 404),
    ("get", "/api/v1/documents/a/text", 404),
    ("get", "/api/v1/documents/a/similar", 404),
    ("get", "/api", 404),
    ("get", "/api/v1", 404),
    ("get", "/api/v1/", 404),
    ("get", "/api/v2/search", 404),
    ("get", "/api/v1/search/", 404),
    ("get", "/api/v1/documents", 405),
    ("post", "/api/v1/search", 405),
    ("delete", "/api/v1/status", 405),
    ("patch", "/api/v1/documents/a", 405),
    ("post", "/healthz", 405),
]


def shape_of(response: Any) -> tuple[set[str], set[str]]:
    """Return the names on both levels of an error."""
    body = response.get_json()
    return set(body), set(body["error"])


@pytest.mark.parametrize(("method", "url", "status"), ERRORS)
def test_every_error_has_one_shape(web: FlaskClient, method: str, url: str, status: int) -> None:
    """Code, message, field and request id, whatever went wrong and wherever."""
    response = web.open(url, method=method.upper())
    assert response.status_code == status
    assert response.mimetype == "application/json"
    assert shape_of(response) == ({"error", "request_id"}, {"code", "message", "field"})
    assert response.get_json()["request_id"] == response.headers["X-Request-ID"]
    if status == 405:
        assert "Allow" in response.headers


@pytest.mark.parametrize("error", [IndexUnavailable("no index in /srv/geheim"), IndexDamaged(Path("/srv/geheim"), "x")])
@pytest.mark.parametrize(
    "url", ["/api/v1/search", "/api/v1/suggest?q=a", "/api/v1/documents/vorlage-1/similar", "/?q=a", "/"]
)
def test_outage_of_the_index_is_503_and_never_no_hits(
    web: FlaskClient, web_store: Store, set_engine: SetEngine, url: str, error: Exception
) -> None:
    """An index that cannot be read is answered 503 with Retry-After, without internal text."""
    web_store.documents.put(make_document())
    set_engine.error = error
    response = web.get(url)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "geheim" not in response.text
    assert "Keine Treffer" not in response.text


def test_outage_of_the_store_is_503(web: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that cannot be read is an outage too, in the API and on the pages."""

    def fail(*_: object) -> None:
        raise StoreUnavailable("/srv/geheim/searchsvc.db is locked")

    monkeypatch.setattr(Documents, "get", fail)
    for url in ("/api/v1/documents/a", "/dokumente/a"):
        response = web.get(url)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert "geheim" not in response.text


def test_write_is_safe_when_the_index_is_away(
    web: FlaskClient, set_engine: SetEngine, write_headers: dict[str, str]
) -> None:
    """Writes go to the store, so they succeed without an index; they are not searchable yet."""
    set_engine.error = IndexUnavailable("no index")
    response = web.put("/api/v1/documents/a?refresh=wait", json={"title": "T"}, headers=write_headers)
    assert (response.status_code, response.get_json()["searchable"]) == (201, False)


@pytest.mark.parametrize("url", ["/api/v1/search", "/?q=x"])
def test_unexpected_error_is_logged_and_tells_nothing(web: FlaskClient, set_engine: SetEngine, url: str) -> None:
    """A 500 has the request id that its log line has, and no internal text."""
    set_engine.error = RuntimeError("password=geheim")
    with capture_logs() as logs:
        response = web.get(url)
    assert response.status_code == 500
    assert "geheim" not in response.text
    assert response.headers["X-Request-ID"] in response.text
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["request_failed"]


@pytest.mark.parametrize("base", [ServiceError, SearchIndexError])
def test_every_error_of_ours_is_meant(base: type[Exception]) -> None:
    """Each error a request can meet is in the table; what is missing is an operator's, the worker's or a redirect."""
    ours = {error for error in _subclasses(base) if error.__module__.startswith(("searchsvc.errors", "index.contract"))}
    known = tuple(rule.error for rule in TABLE)
    missing = {error.__name__ for error in ours if not issubclass(error, known)}
    assert missing <= {"InvalidSettings", "IndexLocked", "IndexStorageError", "DocumentMoved"}


def test_unknown_errors_are_internal() -> None:
    """An error that no rule knows says nothing about itself."""
    assert answer_for(ValueError("secret")).message.find("secret") == -1


def _subclasses(base: type[Exception]) -> set[type[Exception]]:
    direct = set(base.__subclasses__())
    return direct.union(*(_subclasses(error) for error in direct))


@pytest.mark.parametrize(("method", "url", "arguments"), WRITES)
def test_keys_and_scopes(web: FlaskClient, web_store: Store, method: str, url: str, arguments: dict[str, Any]) -> None:
    """Writes need a valid key with scope write or admin, sent in either header."""

    def status(headers: dict[str, str]) -> int:
        return web.open(url, method=method.upper(), headers=headers, **arguments).status_code

    keys = {scope: web_store.keys.create(scope, [scope]) for scope in ("read", "write", "admin")}
    assert status({}) == 401
    assert status({"Authorization": "Bearer ssk_falsch"}) == 401
    assert status({"Authorization": f"Basic {keys['write']}"}) == 401
    assert status({"Authorization": "Bearer "}) == 401
    assert status({"Authorization": f"Bearer {keys['read']}"}) == 403
    for scope in ("write", "admin"):
        assert status({"Authorization": f"Bearer {keys[scope]}"}) not in (401, 403)
        assert status({"authorization": f"bearer  {keys[scope]}"}) not in (401, 403)
        assert status({"X-API-Key": keys[scope]}) not in (401, 403)
    web_store.keys.revoke("write")
    assert status({"X-API-Key": keys["write"]}) == 401


def test_missing_key_is_asked_for(web: FlaskClient) -> None:
    """401 says which scheme to use."""
    response = web.delete("/api/v1/documents/a")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="searchsvc"'
    assert response.get_json()["error"]["code"] == "unauthorized"


def test_reading_needs_no_key(web: FlaskClient) -> None:
    """Search and documents are public, also for those who send a wrong key."""
    assert web.get("/api/v1/search", headers={"X-API-Key": "ssk_falsch"}).status_code == 200


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("abc-123", True),
        ("A" * 128, True),
        ("A" * 129, False),
        ("a b", False),
        ("a\tb", False),
        ("ä", False),
        ("", False),
    ],
)
def test_sane_request_ids_are_kept(web: FlaskClient, sent: str, kept: bool) -> None:
    """A caller's request id is returned if it is harmless, and replaced otherwise."""
    returned = web.get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"]
    assert (returned == sent) is kept
    assert re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", returned)


def test_each_request_is_one_log_line(web: FlaskClient) -> None:
    """Method, path, status and time are logged, but never what was searched."""
    with capture_logs() as logs:
        web.get("/api/v1/search?q=geheim")
    (line,) = (line for line in logs if line["event"] == "request")
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/search", 200)
    assert "geheim" not in str(line)


@pytest.mark.parametrize("url", ["/", "/?q=x", "/api/v1/search", "/api/nix", "/nix", "/healthz"])
def test_security_headers_are_everywhere(web: FlaskClient, url: str) -> None:
    """Every answer forbids what this site never needs."""
    headers = web.get(url).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in policy
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "same-origin")
    assert "Cache-Control" in headers


def test_static_files_are_kept_as_long_as_their_content(web: FlaskClient) -> None:
    """The address in a page has the content's hash and may be kept for good; another address may not."""
    page = web.get("/").text
    (address,) = re.findall(r'href="(/static/style.css\?v=[0-9a-f]{16})"', page)
    hashed, plain = web.get(address), web.get("/static/style.css")
    assert hashed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.headers["Cache-Control"] == "no-cache"
    assert plain.mimetype == "text/css"
    assert len(hashed.data) < 30_000
    known = {"If-None-Match": hashed.headers["ETag"], "Accept-Encoding": "gzip"}
    again = web.get(address, headers=known)
    assert (again.status_code, again.data) == (304, b"")
    assert (again.headers["Cache-Control"], again.headers["Vary"]) == (
        hashed.headers["Cache-Control"],
        "Accept-Encoding",
    )


@pytest.mark.parametrize("name", ["nichts.css", "..", "../headers.py", "%2e%2e/headers.py", ".", ""])
def test_only_static_files_are_static_files(web: FlaskClient, name: str) -> None:
    """Nothing else of the program can be had."""
    assert web.get(f"/static/{name}").status_code == 404


def test_readiness(web: FlaskClient, set_engine: SetEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready with an empty collection; unready without index or store, saying which; alive all the time."""
    assert (web.get("/readyz").status_code, web.get("/healthz").status_code) == (200, 200)

    def fail(*_: object) -> None:
        raise StoreUnavailable("locked")

    set_engine.error = IndexUnavailable("no index")
    monkeypatch.setattr(Documents, "last_change", fail)
    response = web.get("/readyz")
    assert response.status_code == 503
    assert set(response.get_json()["problems"]) == {"index", "store"}
    assert web.get("/healthz").status_code == 200


def test_status(web: FlaskClient, web_store: Store, set_engine: SetEngine) -> None:
    """The status names documents by Kommune, dates, change numbers, failures and the worker's state."""
    web_store.documents.put(make_document())
    web_store.failures.record("kaputt.pdf", "damaged", "cannot be read")
    set_engine.applied = 0
    body = web.get("/api/v1/status").get_json()
    assert body.pop("last_import")
    assert body == {
        "documents": 1,
        "kommunen": [
            {"kommune": {"id": "bruehl", "name": "Brühl", "ags": "05362012"}, "documents": 12},
            {"kommune": {"id": "koeln", "name": "Köln"}, "documents": 3},
        ],
        "newest_date": "2013-11-13",
        "failures": 1,
        "oparl_sources": [],
        "changes": {"store": 1, "index": 0},
        "index": {
            "ready": True, "current": False, "documents": 15, "generation": "g1", "size_bytes": 1000, "segments": 1,
        },
        "worker": {"alive": False, "state": "missing", "seen_at": None, "troubles": []},
        "backup": None,
    }  # fmt: skip


def test_status_during_an_outage_of_the_index(web: FlaskClient, set_engine: SetEngine) -> None:
    """What the store knows is told; what only the index knows is null and not zero."""
    set_engine.error = IndexUnavailable("no index")
    body = web.get("/api/v1/status").get_json()
    assert (body["documents"], body["kommunen"], body["index"]) == (0, None, {"ready": False})


def test_application_opens_what_it_is_not_given(web_settings: Settings, web_store: Store) -> None:
    """Without engine and store the application opens those of the settings; an index that is not there is an outage."""
    app: Flask = create_app(web_settings)
    assert web_store.documents.count() == 0
    assert app.test_client().get("/api/v1/documents/a").status_code == 404
    assert app.test_client().get("/api/v1/search").status_code == 503
    app.extensions["searchsvc"].store.close()
