"""How answers travel: validators and 304, compression, other sites' pages, HEAD and OPTIONS."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from flask.testing import FlaskClient

from index.contract import Completion, IndexUnavailable
from searchsvc.errors import InvalidSettings
from searchsvc.settings import Settings, load_settings
from searchsvc.store import Store
from searchsvc.web import create_app
from searchsvc.web.http.compression import MIN_BYTES
from tests.fixtures_web import SetEngine, make_document, make_hit, make_result

CONDITIONAL = [
    "/api/v1/search?q=x",
    "/api/v1/suggest?q=x",
    "/api/v1/status",
    "/api/v1/documents/vorlage-1",
    "/api/v1/documents/vorlage-1/text",
    "/api/v1/documents/vorlage-1/similar",
    "/feed.atom",
]
ORIGIN = "https://www.rathaus.example"


@pytest.fixture
def filled(web: FlaskClient, web_store: Store, set_engine: SetEngine) -> FlaskClient:
    """A client of a service with one document."""
    web_store.documents.put(make_document())
    set_engine.result = make_result([make_hit()])
    set_engine.completions = (Completion("Integrationszentrum", "word", 12),)
    return web


@pytest.mark.parametrize("url", CONDITIONAL)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_same_answer_is_not_sent_twice(filled: FlaskClient, url: str, method: str) -> None:
    """What a client has already is 304, without body, with the same validator and rule for caches."""
    first = filled.open(url, method=method)
    assert first.headers["Cache-Control"] == "no-cache"
    again = filled.open(url, method=method, headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "no-cache"
    assert "Content-Type" not in again.headers or method == "HEAD" or again.content_length in (None, 0)
    assert filled.open(url, method=method, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("url", ["/api/v1/search?q=x", "/api/v1/suggest?q=x", "/api/v1/documents/vorlage-1/similar"])
def test_new_generation_makes_new_answers(filled: FlaskClient, set_engine: SetEngine, url: str) -> None:
    """A commit to the index makes every validator of it old; until then nothing is searched for a 304."""
    validator = {"If-None-Match": filled.get(url).headers["ETag"]}
    asked = len(set_engine.requests) + len(set_engine.others)
    assert filled.get(url, headers=validator).status_code == 304
    assert len(set_engine.requests) + len(set_engine.others) == asked
    set_engine.generation = "g2"
    assert filled.get(url, headers=validator).status_code == 200


def test_validators_tell_requests_apart(filled: FlaskClient) -> None:
    """Another search, presentation or address is another answer; another spelling of the query string is not."""

    def tag(url: str, **arguments: Any) -> str:
        return filled.get(url, **arguments).headers["ETag"]

    base = tag("/api/v1/search?q=x&sort=date")
    assert base == tag("/api/v1/search?sort=date&q=x&page=1")
    others = ("q=y&sort=date", "q=x&sort=-date", "q=x&sort=date&fields=id", "q=x&sort=date&explain=true")
    tags = {base, *(tag(f"/api/v1/search?{query}") for query in others)}
    assert len(tags) == 5
    assert tag("/api/v1/search?q=x&sort=date", base_url="https://suche.example") not in tags


def test_validators_end_with_the_process(
    filled: FlaskClient, web_settings: Settings, web_store: Store, set_engine: SetEngine
) -> None:
    """After a start with other word lists or other code the same generation may answer otherwise."""
    other = create_app(web_settings, engine=set_engine, store=web_store).test_client()
    url = "/api/v1/search?q=x"
    assert filled.get(url).headers["ETag"] != other.get(url).headers["ETag"]


def test_web_processes_share_their_validators(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All processes of one start give one validator, so that it does not matter which of them is asked."""
    monkeypatch.setenv("_SEARCHSVC_START", "heute")
    apps = [create_app(web_settings, engine=set_engine, store=web_store) for _ in range(2)]
    tags = {app.test_client().get("/api/v1/search").headers["ETag"] for app in apps}
    assert len(tags) == 1


def test_changed_documents_are_sent(filled: FlaskClient, web_store: Store) -> None:
    """A document's validator changes with the document, and that of the status with the store."""
    before = {url: filled.get(url).headers["ETag"] for url in CONDITIONAL[2:4]}
    web_store.documents.put(make_document(title="Neu"))
    for url, validator in before.items():
        assert filled.get(url, headers={"If-None-Match": validator}).status_code == 200


def test_outage_is_not_hidden_by_a_validator(filled: FlaskClient, set_engine: SetEngine) -> None:
    """When the index cannot be read, a client is told so whatever it has."""
    validator = {"If-None-Match": filled.get("/api/v1/search").headers["ETag"]}
    set_engine.error = IndexUnavailable("no index")
    response = filled.get("/api/v1/search", headers=validator)
    assert (response.status_code, "ETag" in response.headers) == (503, False)


@pytest.mark.parametrize(
    "url", ["/api/v1/search", "/?q=x", "/static/style.css", "/static/search.js", "/api/v1/documents/lang/text"]
)
def test_long_texts_are_compressed_for_those_who_ask(filled: FlaskClient, web_store: Store, url: str) -> None:
    """The compressed answer is smaller, unpacks to the plain one, and says by what it was chosen."""
    web_store.documents.put(make_document("lang", pages=("Wort " * 1_000,)))
    plain = filled.get(url)
    packed = filled.get(url, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) == int(packed.headers["Content-Length"]) < len(plain.data)
    assert gzip.decompress(packed.data) == plain.data


def test_compressed_form_has_a_weak_validator(filled: FlaskClient, web_store: Store) -> None:
    """A strong validator stands for bytes; the compressed form keeps it as a weak one, which still matches."""
    web_store.documents.put(make_document("lang", pages=("Wort " * 1_000,)))
    url = "/api/v1/documents/lang/text"
    plain = filled.get(url).headers["ETag"]
    packed = filled.get(url, headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    assert packed == f"W/{plain}"
    for validator in (plain, packed):
        headers = {"If-None-Match": validator, "Accept-Encoding": "gzip"}
        assert filled.get(url, headers=headers).status_code == 304


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br", "zstd"])
def test_others_get_plain_answers(filled: FlaskClient, accepted: str) -> None:
    """Who does not take gzip does not get it."""
    assert "Content-Encoding" not in filled.get("/?q=x", headers={"Accept-Encoding": accepted}).headers


def test_small_and_streamed_answers_are_left_alone(filled: FlaskClient, set_engine: SetEngine) -> None:
    """Compressing a few bytes makes them more, and an export must not wait to be complete."""
    headers = {"Accept-Encoding": "gzip"}
    small = filled.get("/healthz", headers=headers)
    assert len(small.data) < MIN_BYTES
    set_engine.scanned = [make_hit()] * 100
    for response in (small, filled.get("/api/v1/export", headers=headers)):
        assert "Content-Encoding" not in response.headers


def test_head_has_the_headers_of_get(filled: FlaskClient) -> None:
    """HEAD says length and form of what GET would send, compressed or not."""
    for accepted in ("gzip", "identity"):
        got = filled.get("/api/v1/search?facets=", headers={"Accept-Encoding": accepted})
        head = filled.head("/api/v1/search?facets=", headers={"Accept-Encoding": accepted})
        assert head.data == b""
        for name in ("Content-Length", "Content-Type", "Content-Encoding", "ETag", "Vary"):
            assert head.headers.get(name) == got.headers.get(name), name


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("/", "GET HEAD OPTIONS"),
        ("/feed.atom", "GET HEAD OPTIONS"),
        ("/api/v1/search", "GET HEAD OPTIONS"),
        ("/api/v1/msearch", "POST OPTIONS"),
        ("/api/v1/export", "GET HEAD OPTIONS"),
        ("/api/v1/documents", "POST OPTIONS"),
        ("/api/v1/documents/a", "GET HEAD PUT DELETE OPTIONS"),
        ("/api/v1/status", "GET HEAD OPTIONS"),
    ],
)
def test_options_says_what_is_allowed(web: FlaskClient, url: str, allowed: str) -> None:
    """OPTIONS names the methods, and any other method is 405 with the same names."""
    response = web.options(url)
    assert (response.status_code, response.data) == (200, b"")
    assert set(response.headers["Allow"].split(", ")) == set(allowed.split())
    refused = web.patch(url)
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) == set(allowed.split())


def cors(client: FlaskClient, method: str = "GET", url: str = "/api/v1/search", **headers: str) -> dict[str, str]:
    """Return the CORS headers of an answer, by their last part."""
    sent = {"Origin": ORIGIN} | {name.replace("_", "-"): value for name, value in headers.items()}
    response = client.open(url, method=method, headers=sent)
    start = "Access-Control-"
    return {name.removeprefix(start): value for name, value in response.headers if name.startswith(start)}


@pytest.fixture
def cors_web(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> FlaskClient:
    """A client of a service that lets one other site read."""
    settings = web_settings.model_copy(update={"cors_origins": f"https://a.example, {ORIGIN}"})
    return create_app(settings, engine=set_engine, store=web_store).test_client()


def test_without_setting_no_other_site_may_read(web: FlaskClient) -> None:
    """By default no origin is let in, and answers do not depend on it."""
    assert cors(web) == {}
    assert cors(web, "OPTIONS", Access_Control_Request_Method="GET") == {}
    assert "Origin" not in web.get("/api/v1/search").headers["Vary"]


def test_set_origins_may_read(cors_web: FlaskClient) -> None:
    """A named origin may read answers, errors too, and their headers; another one and pages not."""
    assert cors(cors_web)["Allow-Origin"] == ORIGIN
    assert "ETag" in cors(cors_web)["Expose-Headers"]
    assert cors(cors_web, url="/api/v1/search?page=0")["Allow-Origin"] == ORIGIN
    assert cors(cors_web, Origin="https://b.example") == {}
    assert cors(cors_web, Origin="null") == {}
    assert cors(cors_web, url="/") == {}
    for origin in (ORIGIN, "https://b.example"):
        vary = cors_web.get("/api/v1/search", headers={"Origin": origin}).headers["Vary"]
        assert vary == "Origin, Accept-Encoding"


def test_other_sites_may_only_read(cors_web: FlaskClient) -> None:
    """Preflights are granted for GET and HEAD, and for nothing that writes."""
    granted = cors(cors_web, "OPTIONS", Access_Control_Request_Method="GET")
    assert (granted["Allow-Origin"], granted["Allow-Methods"]) == (ORIGIN, "GET, HEAD, OPTIONS")
    assert "Allow-Credentials" not in granted
    for method in ("PUT", "DELETE", "POST"):
        assert cors(cors_web, "OPTIONS", "/api/v1/documents/a", Access_Control_Request_Method=method) == {}
    assert cors(cors_web, "PUT", "/api/v1/documents/a") == {}


def test_all_origins_may_be_let_in(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """A star lets everyone read."""
    settings = web_settings.model_copy(update={"cors_origins": "*"})
    assert cors(create_app(settings, engine=set_engine, store=web_store).test_client())["Allow-Origin"] == "*"


@pytest.mark.parametrize("value", ["www.example.de", "https://www.example.de/", "ftp://a.example", "https://a b"])
def test_origins_that_no_browser_sends_are_refused(value: str) -> None:
    """An origin that could never match is a mistake found at the start."""
    with pytest.raises(InvalidSettings, match=r"CORS_ORIGINS: .* is not an origin"):
        load_settings({"SEARCHSVC_CORS_ORIGINS": value})
