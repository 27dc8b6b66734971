"""What the operator adds to the pages: name, logo, contact and the pages that the law asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from pydantic import ValidationError

from searchsvc.doctor.network import legal_pages
from searchsvc.settings import Settings
from searchsvc.site_pages import MAX_BYTES
from searchsvc.store import Store
from searchsvc.web import create_app
from searchsvc.web.pages.site import as_html
from tests.fixtures_web import SetEngine
from tests.test_pages_search import links

PUBLIC = "https://suche.stadt.de"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Settings with a file for each page."""
    given = {}
    for name, text in (
        ("imprint", "# Impressum der Stadt\n\nRathausplatz 1"),
        ("privacy", "\ufeffWir speichern **nichts**.\n\n| Was | Wie lange |\n|---|---|\n| Adresse | 7 Tage |\n"),
        ("accessibility", "Siehe [Feedback](https://stadt.de/feedback)."),
    ):
        path = tmp_path / f"{name}.md"
        path.write_text(text, encoding="utf-8")
        given[name] = str(path)
    return given


def client(settings: Settings, store: Store, engine: SetEngine, **values: object) -> FlaskClient:
    changed = Settings(**(settings.model_dump() | values))
    return create_app(changed, engine=engine, store=store).test_client()


def test_pages_are_shown_and_linked(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, files: dict[str, str]
) -> None:
    """At the foot of every page, in both languages; a heading of the file's own is the heading."""
    web = client(web_settings, web_store, set_engine, contact="suche@stadt.de", **files)
    for base, titles in (("", ("Impressum", "Datenschutz", "Barrierefreiheit", "Kontakt")),
                         ("/en", ("Legal notice", "Privacy", "Accessibility", "Contact"))):  # fmt: skip
        for path in ("/", "/hilfe", "/nix", "/impressum"):
            found = links(web.get(base + path).text)
            assert [found[title] for title in titles] == [
                *(f"{base}/{name}" for name in ("impressum", "datenschutz", "barrierefreiheit")),
                "mailto:suche@stadt.de",
            ]  # fmt: skip
    imprint, privacy = web.get("/impressum").text, web.get("/datenschutz").text
    assert "<h1>Impressum der Stadt</h1>" in imprint
    assert imprint.count("<h1") == 1
    assert "<h1>Datenschutz</h1>" in privacy
    assert "<strong>nichts</strong>" in privacy
    assert "<td>7 Tage</td>" in privacy
    assert 'href="https://stadt.de/feedback"' in web.get("/en/barrierefreiheit").text


def test_pages_elsewhere(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """A web address is linked as it is, and our own address leads there."""
    web = client(web_settings, web_store, set_engine, imprint="https://stadt.de/impressum?a=1&b=2")
    page = web.get("/").text
    assert 'href="https://stadt.de/impressum?a=1&amp;b=2"' in page
    assert "Datenschutz" not in page
    answer = web.get("/impressum")
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://stadt.de/impressum?a=1&b=2")


def test_nothing_is_linked_that_is_not_there(web: FlaskClient) -> None:
    """Without settings there are no such pages, and no links to them."""
    page = web.get("/").text
    assert "Impressum" not in page
    assert "Kontakt" not in page
    assert [web.get(f"/{name}").status_code for name in ("impressum", "datenschutz", "logo")] == [404, 404, 404]


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt&colon;alert(1))",
        "[a](data:text/html,x)",
        "[a](vbscript:x)",
        "<javascript:alert(1)>",
        "![a](https://fremd.example/pixel.gif)",
        '[a](https://a.example "x\\" onclick=\\"alert(1)")',
        "```\n</code><script>\n```",
        "[a]: javascript:x\n\n[a]",
    ],
)
def test_markdown_can_do_no_harm(markdown: str) -> None:
    """No element but those of text, no attribute that runs, no address of another scheme, no picture."""
    check_harmless(str(as_html(markdown)))


@given(st.text(alphabet="<>[]()!:&;#\"'`*_-| \n/=ajvscript", max_size=120))
def test_no_markdown_does_harm(markdown: str) -> None:
    """Whatever is written."""
    check_harmless(str(as_html(markdown)))


def check_harmless(text: str) -> None:
    allowed = {"div", "p", "a", "em", "strong", "code", "pre", "ul", "ol", "li", "hr", "br", "blockquote"}
    allowed |= {"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}
    for element in html.fromstring(f"<div>{text}</div>").iter():
        assert element.tag in allowed, text
        assert set(element.attrib) <= {"href", "title", "class", "start", "style"}, text
        scheme = str(element.get("href", "")).partition(":")[0].strip().lower()
        assert scheme not in ("javascript", "vbscript", "data", "file"), text


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff", b"a" * (MAX_BYTES + 1)], ids=["missing", "latin", "large"])
def test_files_that_cannot_be_read(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, tmp_path: Path, content: bytes | None
) -> None:
    """The page is not there, readiness and doctor say why, and everything else works."""
    path = tmp_path / "privacy.md"
    if content is not None:
        path.write_bytes(content)
    web = client(web_settings, web_store, set_engine, privacy=str(path))
    assert (web.get("/datenschutz").status_code, web.get("/").status_code) == (404, 200)
    assert list(web.get("/readyz").get_json()["warnings"]) == ["privacy"]
    changed = web_settings.model_copy(update={"privacy": str(path)})
    assert [one.level for one in legal_pages(changed)] == ["warn"]


@pytest.mark.parametrize(
    ("url", "missing"),
    [
        (PUBLIC, ["imprint", "privacy"]),
        ("https://93.184.216.34/suche", ["imprint", "privacy"]),
        (None, []),
        ("http://127.0.0.1:8000", []),
        ("http://[::1]:8000", []),
        ("http://192.168.1.2", []),
        ("http://suche.localhost:8000", []),
        ("http://intern", []),
        ("https://suche.rathaus.internal", []),
    ],
)
def test_a_site_in_the_open_needs_them(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, url: str | None, missing: list[str]
) -> None:
    """Readiness warns, and goes on to be ready."""
    answer = client(web_settings, web_store, set_engine, public_url=url).get("/readyz")
    assert (answer.status_code, list(answer.get_json().get("warnings", {}))) == (200, missing)
    given = {"public_url": url, "imprint": PUBLIC, "privacy": PUBLIC}
    assert "warnings" not in client(web_settings, web_store, set_engine, **given).get("/readyz").get_json()


def test_the_name_is_everywhere(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """In titles, at the head, in what browsers and feed readers keep; escaped."""
    web = client(web_settings, web_store, set_engine, site_name="Rat & Stadt <X>")
    for path in ("/?q=x", "/hilfe", "/nix", "/docs", "/feed.atom", "/opensearch.xml", "/abo/gesendet"):
        page = web.get(path).text
        assert "Rat &amp; Stadt &lt;X&gt;" in page, path
        assert "Rat & Stadt <X>" not in page, path


def test_the_logo(web_settings: Settings, web_store: Store, set_engine: SetEngine, tmp_path: Path) -> None:
    """It is shown at the head, kept by browsers, and nothing but a picture is sent."""
    path = tmp_path / "wappen.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    web = client(web_settings, web_store, set_engine, logo=path)
    assert '<img src="/logo" alt="" height="28">' in web.get("/en/").text
    answer = web.get("/logo")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert web.get("/logo", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    page = tmp_path / "wappen.html"
    page.write_text("<script>")
    assert client(web_settings, web_store, set_engine, logo=page).get("/logo").status_code == 404
    path.unlink()
    assert web.get("/logo").status_code == 404


@pytest.mark.parametrize("contact", ["a@b?cc=x@y", "javascript:alert(1)", "stadt.de", "https://a b", "a@b@c", '"@b'])
def test_contacts_are_addresses(contact: str) -> None:
    """What is none is refused at the start."""
    with pytest.raises(ValidationError, match="neither an e-mail address"):
        Settings(contact=contact)
