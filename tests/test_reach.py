"""Keys and tokens bound to filters: over every route, nothing is told of what is outside, counts included."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from index.contract import Paper
from searchsvc.client.tokens import sign_token
from searchsvc.documents.input import parse_document
from searchsvc.errors import StoreUnavailable
from searchsvc.indexing.engines import open_engine, open_writer
from searchsvc.indexing.worker import Worker
from searchsvc.settings import Settings
from searchsvc.store import Store, open_store
from searchsvc.web import create_app
from searchsvc.web.http.reach import REFUSED, WITHIN_BOUNDS, WITHOUT_DOCUMENTS
from tests.fixtures_web import make_document

SECRETS = ("geheim", "wolkenheim", "andernorts", "verschluss")
"""What is nowhere but in documents outside."""

INSIDE: list[dict[str, Any]] = [
    {
        "id": f"https://rat.example/files/{number}",
        "title": f"Radwegekonzept Teil {number}",
        "kommune": {"id": "bruehl", "name": "Brühl", "ags": "05362012"},
        "date": f"201{number}-03-0{number + 1}",
        "paper": {"id": "p1", "name": "Radwege für alle", "reference": "312/2013", "type": "Vorlage"},
        "organizations": ["Rat"],
        "pages": [f"Radwege am Rhein werden gebaut, siehe Vorlage 312/2013 und 99/2012. Abschnitt {number}. " * 12],
    }
    for number in range(3)
]
OUTSIDE: list[dict[str, Any]] = [
    {
        "id": f"https://andernorts.example/geheim/{number}",
        "title": f"Radwegekonzept Geheimsache {number}",
        "kommune": {
            "id": "wolkenheim" if number % 2 else "andernorts",
            "name": "Wolkenheim" if number % 2 else "Andernorts",
        },
        "date": f"200{number}-05-01",
        "paper": {"id": "p1", "name": "Verschlusssache", "reference": "99/2012", "type": "Geheimbericht"},
        "organizations": ["Geheimausschuss"],
        "pages": [INSIDE[0]["pages"][0] + " Geheimniskrämerei"],
    }
    for number in range(6)
]
OUTSIDE.append(  # a town of the same name is another Kommune
    {**OUTSIDE[0], "id": "https://andernorts.example/geheim/gleich", "kommune": {"id": "bruehl-baden", "name": "Brühl"}}
)
MAIL: dict[str, Any] = {"smtp_host": "mail.example", "mail_from": "a@mail.example"}
FILTERS = {
    "kommune": {"kommune": ["bruehl"]},
    "source": {"source": ["https://rat.example/"]},
    "paper_type": {"paper_type": ["Vorlage"]},
    "organization": {"organization": ["Rat"]},
    "two": {"kommune": ["bruehl", "anderswo"], "organization": ["Rat"]},
}
_SOME = (
    "",
    "radweg",
    "radwge",
    "geheimniskraemerei",
    "wolkenheim radweg",
    "kommune:wolkenheim",
    "nr:99/2012",
    "radweg* geheim*",
)


def of(document: dict[str, Any]) -> str:
    return quote(document["id"], safe="")


A, B = of(INSIDE[0]), of(OUTSIDE[0])
SEARCHES = [
    *(f"q={quote(q)}" for q in _SOME),
    "facets=kommune,date,paper_type,organization,mime_type,text_quality&facet_size=100",
    "kommune=wolkenheim&kommune=bruehl",
    "paper_type=Geheimbericht&organization=Geheimausschuss",
    "q=radweg&sort=-date&collapse=paper",
    "facets=organization&facet_query=organization:g",
    "q=radweg&sort=indexed_at&date_interval=day",
    "date_from=2000-01-01&date_to=2009-12-31",
    "q=geheimsche+radweg&explain=false",
]
ASKED: dict[str, list[str]] = {
    "api.search": [f"/api/v1/search?{one}" for one in SEARCHES],
    "api.msearch": ["/api/v1/msearch"],
    "api.export_hits": [f"/api/v1/export?{one}" for one in SEARCHES[: len(_SOME)]] + ["/api/v1/export?format=csv"],
    "api.suggest": [f"/api/v1/suggest?q={quote(one)}" for one in ("r", "rad", "gehei", "wolk", "99", "rad geh")],
    "api.similar": [f"/api/v1/documents/{one}/similar?limit=20" for one in (A, B)],
    "api.document": [f"/api/v1/documents/{one}" for one in (A, B)],
    "api.text": [f"/api/v1/documents/{one}/text" for one in (A, B)],
    "api.changes": [f"/api/v1/changes?{one}" for one in ("", "limit=1", "since=2&text=true", "since=9999")],
    "api.status": ["/api/v1/status"],
    "feed.atom": ["/feed.atom", "/feed.atom?q=radweg", "/feed.atom?q=geheimsache", "/feed.atom?kommune=wolkenheim"],
    "pages.search": ["/", "/en/", *(f"/?{one}" for one in SEARCHES[:-1])],
    "pages.document": [f"/dokumente/{one}?q=radweg" for one in (A, B)],
    "pages.file": [f"/dokumente/{one}/datei" for one in (A, B)],
    "pages.page_picture": [f"/dokumente/{one}/seiten/1.webp" for one in (A, B)],
    "pages.report": [f"/dokumente/{one}/meldungen" for one in (A, B)],
}  # fmt: skip
"""Addresses for each view that is answered within bounds."""

_CHANGING = (
    (r'"(took_ms|score|number|next|last_change|timings_ms|seen_at)":[^,}\]]+', ""),
    (r'"(indexed_at|changed_at|generation|history|request_id|alive|state)":("[^"]*"|true|false)', ""),
    (r"<(updated|published)>[^<]*", ""),
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(\+00:00|Z)", "TIME"),
    (r"[0-9a-f]{32}", "ID"),
    (r'<p class="leise">(Zuletzt|Last)[^:]*: <time.*?</p>', ""),
    (r"[0-9,.]+\s*(ms|Sekunden|seconds)", ""),
)


@contextmanager
def serving(settings: Settings, documents: list[dict[str, Any]]) -> Iterator[tuple[FlaskClient, Store]]:
    """Serve documents that are all searchable, with their signatures made."""
    with open_store(settings) as store:
        for document in documents:
            store.documents.put(parse_document(document, document_id=document["id"], max_text_bytes=1_000_000))
        while store.duplicates.refresh(1_000):
            pass
        stop = threading.Event()
        writer, engine = open_writer(settings), open_engine(settings)
        worker = threading.Thread(target=Worker(store, writer, settings).run, args=[stop])
        worker.start()
        try:
            wait_for(lambda: engine.state().has(store.documents.last_change()))
            yield create_app(settings, engine=engine, store=store).test_client(), store
        finally:
            stop.set()
            worker.join()
            writer.close()
            engine.close()


def wait_for(done: Callable[[], bool]) -> None:
    for _ in range(600):
        if done():
            return
        threading.Event().wait(0.05)
    raise AssertionError("the index is not up to date after 30 seconds")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FlaskClient, Store]]:
    """A service with documents inside and outside, one of which was deleted."""
    mixture = [OUTSIDE[0], INSIDE[0], *OUTSIDE[1:4], INSIDE[1], INSIDE[2], *OUTSIDE[4:]]
    gone = {**OUTSIDE[1], "id": "https://andernorts.example/geheim/weg"}
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("mixed") / "data", smtp_host="mail.example", mail_from="a@mail.example"
    )
    with serving(settings, [*mixture, gone]) as (client, store):
        store.documents.delete(gone["id"])
        engine = client.application.extensions["searchsvc"].engine
        wait_for(lambda: engine.state().has(store.documents.last_change()))
        yield client, store


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FlaskClient, Store]]:
    """A service with the documents inside only."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("alone") / "data", smtp_host="mail.example", mail_from="a@mail.example"
    )
    with serving(settings, INSIDE) as served:
        yield served


def ask(client: FlaskClient, endpoint: str, url: str, token: str | None) -> Any:
    headers = {"X-API-Key": token} if token else {}
    if endpoint == "api.msearch":
        searches = [{"q": q, "facets": "kommune,organization"} for q in _SOME]
        return client.post(url, json={"searches": searches}, headers=headers)
    if endpoint == "pages.report":
        return client.post(url, data={"grund": "sonstiges", "nachricht": "Seite fehlt"}, headers=headers)
    return client.get(url, headers=headers)


def plain(text: str) -> str:
    for pattern, instead in _CHANGING:
        text = re.sub(pattern, instead, text)
    return text


def told_secrets(answer: Any, url: str) -> list[str]:
    """Return the secrets that an answer tells; those of its address are repeated in it."""
    text = f"{answer.headers}{answer.text if answer.mimetype != 'image/webp' else ''}".lower()
    return [secret for secret in SECRETS if secret in text and secret not in url.lower() and "/msearch" not in url]


def test_every_view_has_been_looked_at(web_app: Any) -> None:
    """A new view fails here until somebody has said whether it tells of documents, and how it keeps within bounds."""
    views = {rule.endpoint for rule in web_app.url_map.iter_rules()}
    assert views == WITHIN_BOUNDS | WITHOUT_DOCUMENTS | REFUSED
    assert not WITHIN_BOUNDS & WITHOUT_DOCUMENTS
    assert not REFUSED & (WITHIN_BOUNDS | WITHOUT_DOCUMENTS)
    assert set(ASKED) == WITHIN_BOUNDS
    urls = web_app.url_map.bind("localhost")
    for endpoint, addresses in ASKED.items():
        methods = ("POST",) if endpoint in ("api.msearch", "pages.report") else ("GET",)
        for address in addresses:
            path = address.partition("?")[0].removeprefix("/en") or "/"
            assert urls.match(path, methods[0])[0] == endpoint, address


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("kind", ["key", "token", "token of a bound key"])
def test_nothing_outside_is_told(
    mixed: tuple[FlaskClient, Store], alone: tuple[FlaskClient, Store], name: str, kind: str
) -> None:
    """Each answer is the one of a service that has nothing else."""
    client, store = mixed
    filters = FILTERS[name]
    if kind == "key":
        sent = store.keys.create("Partner", ["read"], filters=filters)
    elif kind == "token":
        sent = sign_token(store.keys.create("Server", ["read"]), filters)
    else:
        sent = sign_token(
            store.keys.create("Server", ["read"], filters=filters), {"paper_type": ["Vorlage", "Geheimbericht"]}
        )
    for endpoint, addresses in ASKED.items():
        for url in addresses:
            answer = ask(client, endpoint, url, sent)
            expected = ask(alone[0], endpoint, url, None)
            where = (endpoint, url)
            assert not told_secrets(answer, url), where
            if endpoint == "api.status":
                check_status(answer.get_json())
            elif endpoint == "api.changes":
                check_changes(answer.get_json(), url)
            else:
                assert answer.status_code == expected.status_code, where
                assert plain(answer.text) == plain(expected.text), where


def check_status(told: dict[str, Any]) -> None:
    assert told["documents"] == 3
    assert [one["documents"] for one in told["kommunen"]] == [3]
    assert told["index"]["documents"] == 3
    assert told["changes"] == {"store": None, "index": None}
    assert (told["failures"], told["backup"], told["oparl_sources"], told["last_import"]) == (None, None, [], None)


def check_changes(told: dict[str, Any], url: str) -> None:
    ids = [change["id"] for change in told["changes"]]
    assert set(ids) <= {document["id"] for document in INSIDE}
    if "9999" in url:
        assert (ids, told["next"], told["last_change"], told["more"]) == ([], 9999, 9999, False)
    elif "limit=1" in url:
        assert (len(ids), told["more"]) == (1, True)
    else:
        assert told["more"] is False
        assert told["next"] == told["last_change"] == told["changes"][-1]["number"]


def test_changes_are_followed_to_the_end(mixed: tuple[FlaskClient, Store], monkeypatch: pytest.MonkeyPatch) -> None:
    """Step by step all documents inside are told once, also where long stretches of the log are of others."""
    client, store = mixed
    sent = store.keys.create("Spiegel", ["read"], filters=FILTERS["kommune"])
    monkeypatch.setattr("searchsvc.web.api.changes.PORTION", 1)
    monkeypatch.setattr("searchsvc.web.api.changes.MAX_PORTIONS", 2)
    since, ids, asked = 0, [], 0
    while True:
        told = client.get(f"/api/v1/changes?since={since}", headers={"X-API-Key": sent}).get_json()
        ids += [change["id"] for change in told["changes"]]
        since, asked = told["next"], asked + 1
        if not told["more"]:
            break
    assert sorted(ids) == sorted(document["id"] for document in INSIDE)
    assert asked > 3


@pytest.mark.parametrize("kind", ["key", "token", "token without filters"])
def test_what_is_not_for_the_bound_is_refused(mixed: tuple[FlaskClient, Store], kind: str) -> None:
    """Writing, the whole service's state and whatever nobody has looked at: 403, whatever the route."""
    client, store = mixed
    key = store.keys.create("Server", ["read"], filters=FILTERS["kommune"] if kind == "key" else None)
    sent = key if kind == "key" else sign_token(key, FILTERS["kommune"] if kind == "token" else None)
    for rule in client.application.url_map.iter_rules():
        url = re.sub(r"<[^>]*:?document_id>", A, rule.rule)
        url = re.sub(r"<[^>]+>", "1", url)
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            answer = client.open(url, method=method, headers={"X-API-Key": sent})
            if rule.endpoint in REFUSED:
                assert answer.status_code == 403, (method, url)
            if rule.endpoint in WITHOUT_DOCUMENTS:
                assert answer.status_code in (200, 404), (method, url)
            assert "geheim" not in answer.text.lower() or kind == "token without filters"


def test_the_end_of_a_key_is_the_end_of_its_tokens(mixed: tuple[FlaskClient, Store]) -> None:
    """Revoked, rotated or expired: then neither the key nor its tokens open anything, not even what is open to all."""
    client, store = mixed

    def status(sent: str) -> int:
        return int(client.get("/api/v1/search", headers={"Authorization": f"Bearer {sent}"}).status_code)

    key = store.keys.create("Partner-A", ["read"], filters=FILTERS["kommune"])
    token = sign_token(key, {"organization": ["Rat"]})
    assert (status(key), status(token)) == (200, 200)
    rotated = store.keys.rotate("Partner-A", grace_hours=1)
    assert rotated.startswith("ssb_")
    assert [status(one) for one in (key, token, rotated, sign_token(rotated))] == [200] * 4
    again = store.keys.rotate("Partner-A")
    assert [status(one) for one in (key, token, rotated, sign_token(rotated))] == [401] * 4
    assert [status(one) for one in (again, sign_token(again))] == [200] * 2
    store.keys.revoke("Partner-A")
    assert [status(one) for one in (again, sign_token(again))] == [401] * 2


def test_a_key_ends_with_its_time(mixed: tuple[FlaskClient, Store], monkeypatch: pytest.MonkeyPatch) -> None:
    """An expired key opens nothing, and its tokens neither."""
    client, store = mixed
    key = store.keys.create(
        "Kurz", ["read"], filters=FILTERS["kommune"], expires_at=datetime.now(UTC) + timedelta(days=90)
    )
    token = sign_token(key, now=lambda: (datetime.now(UTC) + timedelta(days=91)).timestamp())

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(days=91)

    assert client.get("/api/v1/status", headers={"X-API-Key": key}).status_code == 200
    monkeypatch.setattr("searchsvc.store.keys.datetime", Later)
    monkeypatch.setattr("searchsvc.store.signed_tokens.datetime", Later)
    for sent in (key, token):
        assert client.get("/api/v1/status", headers={"X-API-Key": sent}).status_code == 401


def test_a_key_has_a_rate_of_its_own(mixed: tuple[FlaskClient, Store]) -> None:
    """So many requests of the key and of its tokens together; others are not counted."""
    client, store = mixed
    key = store.keys.create("Langsam", ["read"], filters=FILTERS["kommune"], per_minute=3)
    other = store.keys.create("Anders", ["read"], filters=FILTERS["kommune"])
    sent = [key, sign_token(key), key, key, sign_token(key)]
    found = [client.get("/api/v1/search", headers={"X-API-Key": one}).status_code for one in sent]
    assert found == [200, 200, 200, 429, 429]
    assert client.get("/api/v1/search", headers={"X-API-Key": other}).status_code == 200


def test_kept_answers_are_kept_apart(mixed: tuple[FlaskClient, Store]) -> None:
    """Neither the cache nor a validator carries an answer from one sender to another."""
    client, store = mixed
    key = store.keys.create("Partner-B", ["read"], filters=FILTERS["kommune"])
    everything = client.get("/api/v1/search?q=radweg")
    within = client.get("/api/v1/search?q=radweg", headers={"X-API-Key": key})
    assert everything.get_json()["total"] > within.get_json()["total"] == 3
    assert client.get("/api/v1/search?q=radweg").get_json()["total"] == everything.get_json()["total"]
    known = {"If-None-Match": everything.headers["ETag"], "X-API-Key": key}
    assert client.get("/api/v1/search?q=radweg", headers=known).status_code == 200


def test_a_store_that_is_down_opens_nothing(web_app: Any, web_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose bounds cannot be looked up gets no answer, while keys without bounds search on."""
    client = web_app.test_client()
    key = web_store.keys.create("Partner", ["read"], filters=FILTERS["kommune"])
    free = web_store.keys.create("Server", ["read"])

    def fail(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable("down")

    monkeypatch.setattr(type(web_store.database), "transaction", fail)
    found = [
        client.get("/api/v1/search", headers={"X-API-Key": one}).status_code for one in (key, sign_token(free), free)
    ]
    assert found == [503, 503, 200]


def test_files_and_pictures_within_bounds(
    web_app: Any, web_store: Store, make_pdf: Callable[..., Path], write_headers: dict[str, str]
) -> None:
    """The file of a document outside is not there, that of one inside is."""
    client = web_app.test_client()
    ids = {}
    for kommune in ("Brühl", "Köln"):
        form = {
            "file": (io.BytesIO(make_pdf("Text", title=kommune).read_bytes()), "a.pdf"),
            "metadata": f'{{"id": "{kommune}", "kommune": {{"name": "{kommune}"}}}}',
        }
        answer = client.post("/api/v1/documents", data=form, headers=write_headers)
        ids[kommune] = quote(answer.get_json()["id"], safe="")
    key = web_store.keys.create("Partner", ["read"], filters={"kommune": ["bruehl"]})
    for path in ("datei", "seiten/1.webp"):
        for kommune, status in (("Brühl", 200), ("Köln", 404)):
            with client.get(f"/dokumente/{ids[kommune]}/{path}", headers={"X-API-Key": key}) as answer:
                assert answer.status_code == status, (kommune, path)


def test_other_files_of_a_vorgang_and_what_is_cited(web_app: Any, web_store: Store) -> None:
    """A document's page names neither files of its Vorgang nor cited documents that are outside."""
    web_store.documents.put(make_document("a", pages=("Siehe Vorlage 99/2012.",)))
    web_store.documents.put(make_document("b", title="Geheimsache", organizations=("Geheimausschuss",)))
    cited = replace(make_document().paper or Paper(), id="p9", reference="99/2012")
    web_store.documents.put(make_document("c", title="Andere Sache", organizations=(), paper=cited))
    client = web_app.test_client()
    key = web_store.keys.create("Partner", ["read"], filters={"organization": ["Rat"]})
    everything = client.get("/dokumente/a").text
    assert "Geheimsache" in everything
    assert 'href="/dokumente/c' in everything
    within = client.get("/dokumente/a", headers={"X-API-Key": key}).text
    assert "Geheimsache" not in within
    assert "/dokumente/c" not in within


def test_the_order_of_storing_is_the_stores(mixed: tuple[FlaskClient, Store]) -> None:
    """With store, worker and index: what was stored first comes first."""
    lines = mixed[0].get("/api/v1/export?sort=indexed_at").text.splitlines()
    moments = [json.loads(line)["indexed_at"] for line in lines]
    assert len(set(moments)) > 1
    assert moments == sorted(moments)
    newest = mixed[0].get("/api/v1/search?sort=-indexed_at&per_page=1").get_json()["hits"][0]["id"]
    assert newest in [json.loads(line)["id"] for line in lines if json.loads(line)["indexed_at"] == moments[-1]]


def test_others_take_no_places_among_the_same(web_app: Any, web_store: Store) -> None:
    """Where many documents are the same, those within are named however many others there are."""
    same = ("Wort " * 99,)
    for number in range(30):
        web_store.documents.put(make_document(f"a{number:02}", organizations=("Geheimausschuss",), pages=same))
    for name in ("x", "y"):
        web_store.documents.put(make_document(name, pages=same))
    while web_store.duplicates.refresh(1_000):
        pass
    key = web_store.keys.create("Partner", ["read"], filters={"organization": ["Rat"]})
    told = web_app.test_client().get("/api/v1/documents/x", headers={"X-API-Key": key}).get_json()
    assert [one["id"] for one in told["also_in"]] == ["y"]
