"""GET /feed.atom: valid Atom, newest first, in pages, with deletions, for any search."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from index.contract import IndexUnavailable, SearchRequest
from searchsvc.interface.parameters import SEARCH_PARAMETERS
from searchsvc.interface.search_parameters import FEED_ENTRIES, FEED_PARAMETERS
from searchsvc.store import Store
from searchsvc.store.documents import Documents
from searchsvc.store.tables import documents
from searchsvc.web.pages.feed import urn
from tests.fixtures_web import SetEngine, make_document, make_hit, make_result

ATOM, TOMBSTONES = "{http://www.w3.org/2005/Atom}", "{http://purl.org/atompub/tombstones/1.0}"
FEED_CHILDREN = {"author": "+", "generator": "?", "id": "1", "link": "+", "title": "1", "updated": "1", "entry": "*"}
ENTRY_CHILDREN = {
    "author": "*", "category": "*", "id": "1", "link": "+", "published": "?", "summary": "1", "title": "1",
    "updated": "1",
}  # fmt: skip


RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def check_children(element: ET.Element, grammar: dict[str, str]) -> None:
    """Check which children an element has, and how many of each."""
    names = [child.tag.removeprefix(ATOM) for child in element if child.tag.startswith(ATOM)]
    assert set(names) <= set(grammar)
    for name, often in grammar.items():
        low, high = {"1": (1, 1), "?": (0, 1), "+": (1, 99), "*": (0, 999)}[often]
        assert low <= names.count(name) <= high, name


def check_moment(text: str | None) -> datetime:
    """Check a date of RFC 3339, which has seconds and an offset."""
    assert RFC_3339.fullmatch(text or ""), text
    return datetime.fromisoformat(text or "")


def check(text: str) -> ET.Element:
    """Check a feed as RFC 4287, 5005 and 6721 describe it, and return it."""
    root = ET.fromstring(text)
    assert root.tag == f"{ATOM}feed"
    check_children(root, FEED_CHILDREN)
    ids = [element.text or "" for element in root.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids)
    assert all(name.startswith("urn:uuid:") for name in ids)
    for name in ("updated", "published"):
        for element in root.iter(f"{ATOM}{name}"):
            check_moment(element.text)
    for link in root.iter(f"{ATOM}link"):
        assert link.attrib["href"].startswith(("http://", "https://"))
    rels = [link.attrib["rel"] for link in root.findall(f"{ATOM}link")]
    assert len(set(rels)) == len(rels)
    assert {"self", "alternate", "first"} <= set(rels)
    for author in root.iter(f"{ATOM}author"):
        assert [child.tag for child in author] == [f"{ATOM}name"]
        assert author[0].text
    for entry in root.findall(f"{ATOM}entry"):
        check_children(entry, ENTRY_CHILDREN)
        assert any(link.attrib["rel"] == "alternate" for link in entry.findall(f"{ATOM}link"))
    for gone in root.findall(f"{TOMBSTONES}deleted-entry"):
        assert set(gone.attrib) == {"ref", "when"}
        check_moment(gone.attrib["when"])
    return root


def titles(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.findall(f"{ATOM}entry/{ATOM}title")]


def link(root: ET.Element, rel: str) -> str | None:
    found = root.find(f"{ATOM}link[@rel='{rel}']")
    return None if found is None else found.attrib["href"]


def path_of(url: str | None) -> str:
    assert url is not None
    return url.removeprefix("http://localhost")


def at(minute: int) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)


def test_entries_say_what_is_known(web: FlaskClient, web_store: Store) -> None:
    """Title, page, source, dates, Kommune and Gremien are those of the document."""
    web_store.documents.put(make_document(title="A & <B>", web_url="https://rat.example/1"))
    response = web.get("/feed.atom")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = check(response.text)
    entry = root.find(f"{ATOM}entry")
    assert entry is not None
    assert titles(root) == ["A & <B>"]
    assert link(entry, "alternate") == "http://localhost/dokumente/vorlage-1"
    assert link(entry, "via") == "https://rat.example/1"
    assert entry.findtext(f"{ATOM}published") == "2013-11-13T00:00:00+01:00"
    stored = web_store.documents.get("vorlage-1")
    assert stored is not None
    assert check_moment(entry.findtext(f"{ATOM}updated")) == stored.document.indexed_at
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Brühl"
    terms = [element.attrib["term"] for element in entry.findall(f"{ATOM}category")]
    assert terms == ["Vorlage", "Ausschuss für Soziales", "Rat"]
    summary = entry.findtext(f"{ATOM}summary")
    assert summary == "Vorlage 312/2013 · Kommunales Integrationszentrum · Brühl · 13.11.2013 · 2 Seiten"


def test_document_of_which_nothing_is_known(web: FlaskClient, web_store: Store) -> None:
    """A bare document is a valid entry, and characters that XML cannot hold are left out."""
    bare = {"kommune": None, "date": None, "paper": None, "organizations": (), "page_count": None}
    web_store.documents.put(make_document(title="a\ufffeb", **bare))
    root = check(web.get("/feed.atom").text)
    assert titles(root) == ["ab"]
    assert root.find(f"{ATOM}entry/{ATOM}published") is None


def test_feed_of_an_empty_collection(web: FlaskClient) -> None:
    """Without documents the feed is valid and has no entries."""
    root = check(web.get("/feed.atom").text)
    assert titles(root) == []
    assert link(root, "next") is None


def test_everything_comes_newest_first_in_pages(web: FlaskClient, web_store: Store) -> None:
    """All documents come once, the last stored first, page after page; the last page leads nowhere."""
    count = 2 * FEED_ENTRIES + 3
    for number in range(count):
        web_store.documents.put(make_document(f"d{number}", title=f"T{number}"))
    web_store.documents.put(make_document("d0", title="T0 geändert"))
    found: list[str] = []
    url: str | None = "/feed.atom"
    pages = []
    while url:
        root = check(web.get(url).text)
        assert path_of(link(root, "self")) == url
        assert path_of(link(root, "first")) == "/feed.atom"
        assert (link(root, "previous") is None) is (not pages)
        found += titles(root)
        pages.append(url)
        url = link(root, "next") and path_of(link(root, "next"))
    assert found == ["T0 geändert", *(f"T{number}" for number in reversed(range(1, count)))]
    assert pages == ["/feed.atom", "/feed.atom?page=2", "/feed.atom?page=3"]


def test_search_is_ordered_by_when_documents_came(web: FlaskClient, set_engine: SetEngine) -> None:
    """Hits of any search come newest first by our own time, whatever the search's order is."""
    set_engine.scanned = [make_hit(f"d{n}", title=f"T{n}", indexed_at=at(n * 7 % 60)) for n in range(60)]
    root = check(web.get("/feed.atom?q=Rad%26+weg&kommune=koeln&exact=true").text)
    expected = sorted(range(60), key=lambda n: -(n * 7 % 60))
    assert titles(root) == [f"T{n}" for n in expected[:FEED_ENTRIES]]
    assert set_engine.requests == [SearchRequest(q="Rad& weg", kommune=("koeln",), exact=True)]
    assert root.findtext(f"{ATOM}title") == "Ratsdokumente: Rad& weg"
    assert path_of(link(root, "next")) == "/feed.atom?q=Rad%26%20weg&exact=true&kommune=koeln&page=2"
    assert path_of(link(root, "alternate")) == "/?q=Rad%26%20weg&sort=-date&exact=true&kommune=koeln"
    rest = check(web.get(path_of(link(root, "next"))).text)
    assert titles(rest) == [f"T{n}" for n in expected[FEED_ENTRIES:]]
    assert link(rest, "next") is None


def test_ids_are_stable(web: FlaskClient, web_store: Store, set_engine: SetEngine) -> None:
    """A document has one id, in every feed, under every address, and after every change."""
    web_store.documents.put(make_document())
    set_engine.scanned = [make_hit()]
    ids = {
        check(web.get(url, base_url=base).text).findtext(f"{ATOM}entry/{ATOM}id")
        for url in ("/feed.atom", "/feed.atom?q=x")
        for base in ("http://localhost", "https://suche.example")
    }
    assert ids == {urn("document", "vorlage-1")} == {"urn:uuid:" + urn("document", "vorlage-1")[9:]}
    first, again, other = (
        check(web.get(url).text).findtext(f"{ATOM}id") for url in ("/feed.atom?q=x", "/feed.atom?q=x", "/feed.atom?q=y")
    )
    assert first == again != other


def test_deleted_documents_are_named(web: FlaskClient, web_store: Store) -> None:
    """A deletion is a tombstone with the entry's id and its time; a document that comes back is an entry again."""
    for name in ("a", "b"):
        web_store.documents.put(make_document(name, title=name))
    web_store.documents.delete("a")
    root = check(web.get("/feed.atom").text)
    (gone,) = root.findall(f"{TOMBSTONES}deleted-entry")
    assert gone.attrib["ref"] == urn("document", "a")
    assert abs(datetime.now(UTC) - check_moment(gone.attrib["when"])) < timedelta(minutes=1)
    assert check_moment(root.findtext(f"{ATOM}updated")) == check_moment(gone.attrib["when"])
    assert titles(root) == ["b"]
    web_store.documents.put(make_document("a", title="a"))
    root = check(web.get("/feed.atom").text)
    assert titles(root) == ["a", "b"]
    assert root.find(f"{TOMBSTONES}deleted-entry") is None


def test_each_deletion_is_on_one_page(web: FlaskClient, web_store: Store, set_engine: SetEngine) -> None:
    """Pages of any feed divide the deletions between them by time."""
    set_engine.scanned = [make_hit(f"d{n}", indexed_at=at(10 * n)) for n in range(FEED_ENTRIES + 5)]
    for name in ("alt", "mitte", "neu"):
        web_store.documents.put(make_document(name))
        web_store.documents.delete(name)
    for name, moment in (("alt", at(-5)), ("mitte", at(45)), ("neu", at(9_999))):
        with web_store.database.transaction() as connection:
            row = update(documents).where(documents.c.id == name)
            connection.execute(row.values(indexed_at=moment.isoformat(timespec="milliseconds")))
    gone = []
    for page in (1, 2):
        root = check(web.get(f"/feed.atom?q=x&page={page}").text)
        gone.append([element.attrib["ref"] for element in root.findall(f"{TOMBSTONES}deleted-entry")])
    assert gone == [[urn("document", "neu")], [urn("document", "mitte"), urn("document", "alt")]]


def test_parameters_are_strict(web: FlaskClient) -> None:
    """A feed takes what finds documents, and refuses what orders or pages a search, by name and as JSON."""
    assert set(FEED_PARAMETERS) < {*SEARCH_PARAMETERS}
    for query, name in (
        ("sort=date", "sort"), ("per_page=5", "per_page"), ("cursor=x", "cursor"), ("facets=date", "facets"),
        ("page=0", "page"), ("page=201", "page"), ("date_from=x", "date_from"), ("typ=x", "typ"),
    ):  # fmt: skip
        response = web.get(f"/feed.atom?{query}")
        assert (response.status_code, response.get_json()["error"]["field"]) == (400, name)


def test_pages_name_their_feed(web: FlaskClient, set_engine: SetEngine) -> None:
    """The search page offers the feed of its search, the start page that of everything."""
    set_engine.result = make_result([make_hit()])
    page = web.get("/?q=Rad&sort=date&page=2&kommune=bruehl&facet_size=3").text
    assert 'rel="alternate" type="application/atom+xml"' in page
    assert 'href="/feed.atom?q=Rad&amp;kommune=bruehl"' in page
    assert 'href="/feed.atom"' in web.get("/").text


def test_feed_that_has_not_changed_is_not_sent_again(web: FlaskClient, web_store: Store, set_engine: SetEngine) -> None:
    """A reader that has the latest version gets 304 without a search; a new document makes a new version."""
    set_engine.scanned = [make_hit()]
    first = web.get("/feed.atom?q=x")
    searched = len(set_engine.requests)
    again = web.get("/feed.atom?q=x", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, len(set_engine.requests)) == (304, b"", searched)
    assert again.headers["ETag"] == first.headers["ETag"]
    web_store.documents.put(make_document())
    assert web.get("/feed.atom?q=x", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_outages_are_errors(web: FlaskClient, set_engine: SetEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an index the feed of a search is 503 and never an empty feed; that of everything needs none."""
    set_engine.error = IndexUnavailable("no index")
    assert web.get("/feed.atom?q=x").status_code == 503
    assert web.get("/feed.atom").status_code == 200


def test_memory_does_not_grow_with_the_hits(web: FlaskClient, set_engine: SetEngine) -> None:
    """Only the newest hits are kept while all are looked at."""
    alive = 0

    class Counted:
        def __init__(self, hit: Any) -> None:
            nonlocal alive
            alive += 1
            self._hit = hit

        def __getattr__(self, name: str) -> Any:
            return getattr(self._hit, name)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    most = 0

    def hits() -> Iterator[Any]:
        nonlocal most
        base = make_hit()
        for number in range(1_000):
            yield Counted(replace(base, id=f"d{number:04}", indexed_at=at(number)))
            most = max(most, alive)

    set_engine.scanned = hits()  # type: ignore[assignment]
    check(web.get("/feed.atom?q=x").text)
    assert most < FEED_ENTRIES + 10


def test_store_reads_no_text_for_a_feed(web: FlaskClient, web_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Feeds need neither whole documents nor a count of them."""
    web_store.documents.put(make_document(date=date(2020, 6, 1)))

    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Documents, "get", fail)
    monkeypatch.setattr(Documents, "count", fail)
    root = check(web.get("/feed.atom").text)
    assert root.findtext(f"{ATOM}entry/{ATOM}published") == "2020-06-01T00:00:00+02:00"


@pytest.mark.parametrize(
    "day", [date(1, 1, 1), date(1850, 3, 1), date(1893, 3, 31), date(1893, 4, 1), date(1945, 6, 1)]
)
def test_old_documents_have_moments_too(web: FlaskClient, web_store: Store, day: date) -> None:
    """Before Germany had one time its zones had seconds, which Atom cannot write; the day stays the same."""
    web_store.documents.put(replace(make_document(), date=day))
    (entry,) = check(web.get("/feed.atom").text).iter(f"{ATOM}entry")
    assert (entry.findtext(f"{ATOM}published") or "").startswith(day.isoformat())
