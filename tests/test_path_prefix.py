"""The service below a path of somebody else's host: no link, form, file or redirect leads out of it."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from searchsvc.notifications.mail import page_url
from searchsvc.path_prefixes import OWN_NAMES, check_prefix, without_prefix
from searchsvc.running.stand_in import answer
from searchsvc.settings import Settings
from searchsvc.store import Channel, Store
from searchsvc.web import create_app
from searchsvc.web.server.request_head import Lane, lane_of
from tests.fixtures_web import SetEngine, make_document, make_facets, make_hit, make_result
from tests.gunicorn_server import running_gunicorn

HOST = "stadt.example"
PREFIX = "/rat/suche"
SITE = f"https://{HOST}{PREFIX}"
_ADDRESS = re.compile(r'(?:href|src|action|formaction|content|poster|data-[\w-]+)="((?:/|https?://)[^"]*)"')
_ANY_OF_OURS = re.compile(rf'(?:https?://(?:{re.escape(HOST)}|localhost))(?:/[^\s"<>{{}}\\]*)?')


def settings_at(settings: Settings, **values: object) -> Settings:
    """Return settings of a service with e-mail, validated anew."""
    mail = {"smtp_host": "127.0.0.1", "mail_from": "suche@stadt.example"}
    return Settings(**(settings.model_dump() | mail | values))


def app_at(settings: Settings, store: Store, engine: SetEngine, **values: object) -> Flask:
    store.documents.put(make_document())
    engine.result = make_result([make_hit()] * 2, facets=make_facets(), total=30)
    engine.similar_hits = [make_hit()]
    return create_app(settings_at(settings, **values), engine=engine, store=store)


def addresses(text: str) -> set[str]:
    """Return what a page, feed or JSON document links of our own host."""
    found = {unescape(address) for address in _ADDRESS.findall(text)} | set(_ANY_OF_OURS.findall(unescape(text)))
    return {
        urlsplit(address).path
        for address in found
        if not urlsplit(address).netloc or urlsplit(address).hostname in (HOST, "localhost")
    }


STARTS = (
    *("/", "/?q=Rat", "/?q=a&kommune=bruehl&page=2", "/?q=zu&q=viel", "/hilfe", "/abo?q=Rat", "/abo/gesendet"),
    *(
        "/dokumente/vorlage-1?q=Rat",
        "/dokumente/fehlt",
        "/feed.atom?q=Rat",
        "/opensearch.xml",
        "/openapi.json",
        "/docs",
    ),
    *("/api/v1/search?q=Rat", "/api/v1/documents/vorlage-1", "/api/v1/changes", "/api/v1/status"),
    *("/api/v1/documents/vorlage-1/similar", "/api/v1/export?q=Rat", "/api/v1/suggest?q=Ra", "/nix"),
    *("/en/", "/en/?q=Rat", "/en/hilfe", "/en/dokumente/vorlage-1?q=Rat", "/en/abo?q=Rat", "/en/nix"),
)


def walk(web: FlaskClient, asked_below: str, headers: dict[str, str]) -> set[str]:
    """Go over all pages that can be reached; return the paths that lead out of the prefix. Each must be answered."""
    waiting = [f"{PREFIX}{path}" for path in STARTS]
    seen: set[str] = set()
    outside: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 300:
            continue
        seen.add(path)
        reply = web.get(path.replace(PREFIX, asked_below, 1), headers=headers)
        assert reply.status_code in (200, 304, 404, 405) or path.endswith(("/datei", "/suggest")), (
            path,
            reply.status_code,
        )
        if reply.status_code == 404:
            assert any(word in path for word in ("nix", "fehlt", "/datei", "/seiten/", "/meldungen")), path
        if not reply.mimetype.startswith(("text/html", "application/", "text/xml")):
            continue
        for found in addresses(reply.text):
            if found != PREFIX and not found.startswith(f"{PREFIX}/"):
                outside.add(f"{path}: {found}")
            elif "{" not in found and not path.endswith(("/docs", "/openapi.json")):  # these have invented examples
                waiting.append(found)
    assert len(seen) > len(STARTS) + 3
    return outside


@pytest.mark.parametrize(
    ("values", "asked_below", "headers"),
    [
        ({"public_url": f"{SITE}/"}, PREFIX, {}),
        ({"public_url": SITE}, "", {}),
        ({"forwarded_prefix": True, "trusted_proxies": 1}, "", {"X-Forwarded-Prefix": PREFIX}),
        ({"forwarded_prefix": True, "trusted_proxies": 2}, "", {"X-Forwarded-Prefix": f"/fremd, {PREFIX}/"}),
        (
            {"public_url": SITE, "forwarded_prefix": True, "trusted_proxies": 1}, "", {"X-Forwarded-Prefix": PREFIX},
        ),
    ],
    ids=["kept by the proxy", "taken off by the proxy", "told by the proxy", "told by the nearest of two", "both"],
)  # fmt: skip
def test_nothing_leads_out_of_the_prefix(
    web_settings: Settings,
    web_store: Store,
    set_engine: SetEngine,
    values: dict[str, object],
    asked_below: str,
    headers: dict[str, str],
) -> None:
    """Over all pages, feeds and descriptions, in both languages, whoever takes the prefix off."""
    web = app_at(web_settings, web_store, set_engine, **values).test_client()
    assert walk(web, asked_below, headers) == set()


def test_forms_and_redirects_stay_below_the_prefix(
    web_settings: Settings, web_store: Store, set_engine: SetEngine
) -> None:
    """Whoever sends a form is led to a page below the prefix, in the language of the form."""
    web = app_at(web_settings, web_store, set_engine, public_url=SITE).test_client()
    for base in (PREFIX, f"{PREFIX}/en"):
        told = web.post(
            f"{base}/dokumente/vorlage-1/meldungen",
            data={"grund": "personenbezogene-daten", "nachricht": "Auf Seite 2."},
        )
        assert told.status_code == 303, told.text
        assert urljoin(SITE, told.headers["Location"]).startswith(f"https://{HOST}{base}/dokumente/vorlage-1?")
        asked = web.post(f"{base}/abo", data={"q": "Rat", "email": "leserin@stadt.example"})
        assert (asked.status_code, asked.headers["Location"]) == (303, f"{base}/abo/gesendet")


def test_absolute_links_are_below_the_public_address(
    web_settings: Settings, web_store: Store, set_engine: SetEngine
) -> None:
    """Of the API, OpenAPI, OpenSearch, feeds and what search engines are told."""
    web = app_at(web_settings, web_store, set_engine, public_url=f"{SITE}/").test_client()
    assert web.get(f"{PREFIX}/openapi.json").get_json()["servers"][0]["url"] == SITE
    assert f'template="{SITE}/?q={{searchTerms}}"' in web.get(f"{PREFIX}/opensearch.xml").text
    links = json.dumps(web.get(f"{PREFIX}/api/v1/documents/vorlage-1").get_json())
    assert f"{SITE}/dokumente/vorlage-1" in links
    page = web.get(f"{PREFIX}/en/dokumente/vorlage-1").text
    assert f'"@id": "{SITE}/dokumente/vorlage-1"' in page
    assert f"{SITE}/en/dokumente/vorlage-1</p>" in page  # on paper


def test_mails_lead_below_the_prefix(web_settings: Settings, web_store: Store) -> None:
    """The links of e-mails begin with the public address."""
    settings = settings_at(web_settings, public_url=f"{SITE}/")
    search = web_store.saved_searches.create("q=Rat", Channel.EMAIL, "leserin@stadt.example")
    assert page_url(settings.public_url or "", search).startswith(f"{SITE}/abo/")


@pytest.mark.parametrize(
    "told",
    [
        *("//fremd.example", "/a//b", "https://fremd.example", "/a?b", "/a\\b", "/ä", "/..", "/a/../b", "a", "/api"),
        "/" + "a" * 300,
    ],
)
def test_what_is_no_prefix_is_not_heeded(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, told: str
) -> None:
    """A header that names another host, or anything but a path, changes no link."""
    web = app_at(web_settings, web_store, set_engine, forwarded_prefix=True, trusted_proxies=1).test_client()
    page = web.get("/", headers={"X-Forwarded-Prefix": told.encode().decode("latin-1")}).text
    assert 'action="/"' in page
    assert "fremd" not in page


@pytest.mark.parametrize("values", [{}, {"trusted_proxies": 1}, {"public_url": SITE, "trusted_proxies": 1}])
def test_the_header_counts_only_if_it_is_said_to(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, values: dict[str, object]
) -> None:
    """Proxies that do not set the header hand on what a client says."""
    web = app_at(web_settings, web_store, set_engine, **values).test_client()
    assert "/fremd" not in web.get("/", headers={"X-Forwarded-Prefix": "/fremd"}).text


def test_forwarded_prefix_needs_a_proxy() -> None:
    """Without a proxy everybody could choose where links lead."""
    with pytest.raises(ValidationError, match="forwarded_prefix needs trusted_proxies"):
        Settings(forwarded_prefix=True)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://stadt.example/api", "begins with /api"),
        ("https://stadt.example/en/suche", "begins with /en"),
        ("https://stadt.example/dokumente/", "begins with /dokumente"),
        ("https://stadt.example/rat suche", "other characters"),
        ("https://stadt.example/a//b", "other characters"),
        ("https://stadt.example/a/../b", "other characters"),
        ("https://stadt.example/rat?x=1", "a host and a path only"),
        ("https://stadt.example/rat#x", "a host and a path only"),
        ("https://wer@stadt.example/rat", "a host and a path only"),
    ],
)
def test_public_addresses_that_cannot_work_are_refused(url: str, says: str) -> None:
    """At start, with what is wrong about them."""
    with pytest.raises(ValidationError, match=says):
        Settings(public_url=url)


def test_own_names_are_all_there_are(web_app: Flask) -> None:
    """Every path of the service begins with a name that no prefix may begin with."""
    firsts = {str(rule).split("/")[1] for rule in web_app.url_map.iter_rules()} - {""}
    assert firsts <= set(OWN_NAMES), firsts - set(OWN_NAMES)


@given(st.text(alphabet="/ab.", max_size=12))
def test_prefixes_are_taken_off_whole_names_only(path: str) -> None:
    """``/ab`` is no beginning of ``/abc``; what remains is a path."""
    rest = without_prefix(path, "/ab")
    assert rest == path or path in ("/ab", f"/ab{rest}")
    assert (rest != path) == (path == "/ab" or path.startswith("/ab/"))


def test_lanes_and_health_below_the_prefix() -> None:
    """What lasts lasts below a prefix too, and health is health."""
    ending, prefix = b" HTTP/1.1\r\nHost: x\r\n\r\n", PREFIX.encode()
    for path, lane in (
        (b"/healthz", Lane.HEALTH), (b"/readyz", Lane.READINESS), (b"/api/v1/export", Lane.LASTING), (b"/", Lane.SHORT),
        (b"/en/dokumente/a/datei", Lane.LASTING),
    ):  # fmt: skip
        assert lane_of(b"GET " + prefix + path + ending, prefix) is lane
        assert lane_of(b"GET " + path + ending, prefix) is lane
    assert lane_of(b"PUT " + prefix + b"/api/v1/documents/a" + ending, prefix) is Lane.LASTING
    assert answer(b"GET " + prefix + b"/healthz HTTP/1.1", prefix).startswith(b"HTTP/1.1 200")
    assert answer(b"GET " + prefix + b"/readyz HTTP/1.1", prefix).startswith(b"HTTP/1.1 503")


def test_prefixes_have_one_form() -> None:
    """A slash at the end makes no difference, and the root is no prefix."""
    assert [check_prefix(path) for path in ("", "/", "/a/", "/a/b.c~d")] == ["", "", "/a", "/a/b.c~d"]


def test_below_a_prefix_for_real(web_settings: Settings, web_store: Store) -> None:
    """Under the server of production, with what its own lanes and answers make of paths."""
    web_store.documents.put(make_document("a/b"))
    with running_gunicorn(web_settings, web_store, SEARCHSVC_PUBLIC_URL=SITE) as url:
        for path in ("/healthz", "/readyz", "/", "/en/", "/hilfe", "/dokumente/a%2Fb", "/api/v1/documents/a%2Fb/text"):
            for base in (url, url + PREFIX):
                assert httpx.get(base + path).status_code == 200, base + path
        assert httpx.get(url + PREFIX).status_code == 200
        assert httpx.get(f"{url}{PREFIX}suche").status_code == 404
