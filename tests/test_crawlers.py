"""What search engines are offered: no documents unless the operator says so, and no search pages ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.robotparser import RobotFileParser

import pytest
from flask.testing import FlaskClient
from lxml import etree

from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.web import create_app
from searchsvc.web.pages import crawlers
from tests.fixtures_web import SetEngine, make_document

SITE = "https://suche.stadt.de"


def client(settings: Settings, store: Store, engine: SetEngine, **values: object) -> FlaskClient:
    changed = Settings(**(settings.model_dump() | {"public_url": SITE} | values))
    return create_app(changed, engine=engine, store=store).test_client()


def listed(web: FlaskClient, path: str = "/sitemap.xml") -> list[str]:
    answer = web.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    return [str(one.text) for one in etree.fromstring(answer.data).iter("{*}loc")]


def may(rules: list[tuple[str, str]], path: str) -> bool:
    """Tell what RFC 9309 makes of rules: the longest that fits counts, and allows if two are as long."""
    fitting = [
        (len(pattern), verb == "Allow")
        for verb, pattern in rules
        if (path == pattern[:-1] if pattern.endswith("$") else path.startswith(pattern.removesuffix("*")))
    ]
    return max(fitting, default=(0, True))[1]


def rules_of(web: FlaskClient) -> list[tuple[str, str]]:
    lines = [line.partition(": ") for line in web.get("/robots.txt").text.splitlines()]
    return [(verb, pattern) for verb, _, pattern in lines if verb in ("Allow", "Disallow")]


ALWAYS = ("/", "/en/", "/hilfe", "/en/hilfe", "/static/style.css?v=1", "/logo", "/impressum")
NEVER = ("/?q=x", "/en/?q=x", "/api/v1/search?q=x", "/feed.atom", "/abo?q=x", "/metrics")
DOCUMENTS = ("/dokumente/a", "/en/dokumente/a", "/dokumente/a/datei", "/dokumente/a/seiten/1.webp")


@pytest.mark.parametrize("prefix", ["", "/rat"])
@pytest.mark.parametrize("offered", [False, True])
def test_robots(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, tmp_path: Path, prefix: str, *, offered: bool
) -> None:
    """Pages that name nobody always, searches never, documents if they are offered; below the path of the site."""
    (tmp_path / "i.md").write_text("Impressum")
    web = client(
        web_settings, web_store, set_engine, public_url=SITE + prefix, offer_to_crawlers=offered,
        imprint=str(tmp_path / "i.md"),
    )  # fmt: skip
    rules = rules_of(web)
    assert {path: may(rules, prefix + path) for path in ALWAYS} == dict.fromkeys(ALWAYS, True)
    assert {path: may(rules, prefix + path) for path in NEVER} == dict.fromkeys(NEVER, False)
    assert {path: may(rules, prefix + path) for path in DOCUMENTS} == dict.fromkeys(DOCUMENTS, offered)
    assert f"Sitemap: {SITE}{prefix}/sitemap.xml\n" in web.get("/robots.txt").text
    parser = RobotFileParser()
    parser.parse(web.get("/robots.txt").text.splitlines())
    assert parser.can_fetch("x", f"{SITE}{prefix}/dokumente/a") is offered


@pytest.mark.parametrize("offered", [False, True])
def test_answers_say_so_themselves(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, *, offered: bool
) -> None:
    """Also where robots.txt is not heeded, because the site is below a path or somebody linked a page."""
    web_store.documents.put(make_document())
    web = client(web_settings, web_store, set_engine, offer_to_crawlers=offered)
    marked = {
        path: "X-Robots-Tag" in web.get(path).headers
        for path in (
            "/",
            "/en/",
            "/hilfe",
            "/?q=x",
            "/dokumente/vorlage-1",
            "/api/v1/search?q=x",
            "/robots.txt",
            "/nix",
        )
    }
    assert marked == {
        "/": False, "/en/": False, "/hilfe": False, "/?q=x": True, "/dokumente/vorlage-1": not offered,
        "/api/v1/search?q=x": True, "/robots.txt": False, "/nix": True,
    }  # fmt: skip


def test_sitemap_without_documents(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """Only what is offered; no part of it has documents either."""
    web_store.documents.put(make_document())
    web = client(web_settings, web_store, set_engine)
    assert listed(web) == [f"{SITE}{path}" for path in ("/", "/en/", "/hilfe", "/en/hilfe")]
    assert web.get("/sitemap.xml?after=0").status_code == 404


def test_sitemap_with_documents(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every document once, in parts; none that was deleted or taken down; addresses are escaped."""
    monkeypatch.setattr(crawlers, "SITEMAP_DOCUMENTS", 3)
    names = [f"a{number}" for number in range(7)] + ["x&<y"]
    for name in names:
        web_store.documents.put(replace(make_document(name), title=name))
    web_store.documents.delete("a2")
    web_store.takedowns.take_down("a4", "ein Name")
    web = client(web_settings, web_store, set_engine, offer_to_crawlers=True)
    parts = listed(web)
    assert len(parts) == 3
    found = [address for part in parts for address in listed(web, part.removeprefix(SITE))]
    wanted = [f"{SITE}/dokumente/{name}" for name in ("a0", "a1", "a3", "a5", "a6", "x%26%3Cy")]
    assert sorted(found) == sorted([*(f"{SITE}{path}" for path in ("/", "/en/", "/hilfe", "/en/hilfe")), *wanted])


@pytest.mark.parametrize("after", ["-1", "x", "", "²", "9" * 30])
def test_parts_that_are_none(web_settings: Settings, web_store: Store, set_engine: SetEngine, after: str) -> None:
    """They are not found."""
    web = client(web_settings, web_store, set_engine, offer_to_crawlers=True)
    assert web.get("/sitemap.xml", query_string={"after": after}).status_code == 404
