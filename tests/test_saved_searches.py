"""Saved searches: matched as documents arrive, told once, by signed webhook and by e-mail, to servers of our own."""

from __future__ import annotations

import hmac
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from click.testing import CliRunner
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from index.contract import Document, Kommune, SearchRequest, Sort
from searchsvc.cli import main
from searchsvc.errors import InvalidSettings, StoreUnavailable
from searchsvc.indexing.engines import open_engine, open_writer
from searchsvc.indexing.worker import Worker
from searchsvc.notifications import Matcher, NotificationSender, mail
from searchsvc.notifications.mail import query_name
from searchsvc.notifications.sender import RETRY_AFTER_S
from searchsvc.notifications.webhooks import SIGNATURE_HEADER
from searchsvc.settings import Settings, load_settings
from searchsvc.store import Channel, SavedSearch, Store, restore_backup, write_backup
from searchsvc.store import saved_searches as saved_searches_store
from searchsvc.store.tables import notifications, saved_searches
from searchsvc.web import create_app
from tests.fixtures_index import BRUEHL, KOELN, document
from tests.test_execution import commits, index_of, relaxed

BASE = "https://suche.example"


class Receiver:
    """A webhook and a mail server on this machine; what they answer can be set."""

    hook: str
    smtp_port: int

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.dribble_s = 0.0
        self.dribbled = 0
        self.location = ""
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.mail_answer = "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take an e-mail, as aiosmtpd calls it."""
        if self.mail_answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.mails.append((list(envelope.rcpt_tos), message))
        return self.mail_answer


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Running servers; ``hook`` and ``smtp_port`` say where."""
    receiver = Receiver()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.posts.append((dict(self.headers), body))
            ends = time.monotonic() + receiver.dribble_s
            while time.monotonic() < ends:  # a header that goes on and on
                try:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: " if not receiver.dribbled else b"x")
                except OSError:
                    break
                receiver.dribbled += 1
                time.sleep(0.02)
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        receiver.smtp_port = free.getsockname()[1]
    mail = Controller(receiver, hostname="127.0.0.1", port=receiver.smtp_port)
    mail.start()
    receiver.hook = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        mail.stop()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def chosen(service_settings: Settings, receiver: Receiver) -> Settings:
    """Settings of a service that tells those servers at once."""
    return service_settings.model_copy(
        update={
            "public_url": BASE, "smtp_host": "127.0.0.1", "smtp_port": receiver.smtp_port, "smtp_tls": "none",
            "mail_from": "Suche <suche@rat.example>", "notification_delay_s": 0.0,
            "webhook_allow_private_hosts": True,
        }
    )  # fmt: skip


class Service:
    """Store, index and worker, a step at a time."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.engine = open_engine(settings)
        self.writer = open_writer(settings)
        self.matcher = Matcher(store, self.engine, settings)
        self.worker = Worker(store, self.writer, settings)
        self.worker.catch_up()
        self.sender = NotificationSender(store, settings)

    def arrive(self, *documents: Document) -> int:
        """Store documents, index them, and match; return how many hits there are to tell."""
        self.store.documents.put_many(documents)
        Worker(self.store, self.writer, self.settings).catch_up()
        return self.matcher.run()

    def told(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return and settle what is to be told: the search and the documents."""
        due = self.store.saved_searches.due()
        for notification in due:
            self.store.saved_searches.told(notification)
        return [(notification.search.search, notification.document_ids) for notification in due]

    def webhook(self, search: str, url: str = "https://rat.example/hook") -> SavedSearch:
        """Save a search."""
        return self.store.saved_searches.create(search, Channel.WEBHOOK, url, is_confirmed=True)

    def close(self) -> None:
        self.sender.close()
        self.engine.close()
        self.writer.close()


@pytest.fixture
def service(store: Store, chosen: Settings) -> Iterator[Service]:
    """A service with nothing in it."""
    made = Service(store, chosen)
    yield made
    made.close()


def test_new_documents_are_told_once(service: Service) -> None:
    """A search is told of the documents that it finds and that come after it was saved, each once."""
    service.arrive(document("alt", "Ein Radweg"))
    service.webhook("q=radwege")
    service.webhook("q=haushalt")
    assert service.arrive(document("neu", "Der neue Radweg"), document("anders", "Ein Hund")) == 1
    assert service.told() == [("q=radwege", ("neu",))]
    assert service.arrive(document("neu", "Der neue Radweg")) == 0, "nothing has changed"
    assert service.arrive(document("neu", "Der neue Radweg, geändert")) == 0, "it was told already"
    assert service.arrive(document("anders", "Jetzt mit Radweg")) == 1, "it is found for the first time"
    assert service.arrive(document("alt", "Ein Radweg, geändert")) == 1, "it has changed and was never told"
    assert service.told() == [("q=radwege", ("anders", "alt"))]


def test_filters_count_and_partial_matches_do_not(service: Service) -> None:
    """Documents must have all words and fit all filters."""
    service.webhook("q=radweg+haushalt&kommune=Br%C3%BChl&date_from=2024-01-01")
    base = document("a", "Radweg im Haushalt", kommune=None)
    service.arrive(
        replace(base, id="ja", kommune=BRUEHL, date=date(2024, 5, 1)),
        replace(base, id="falsche-kommune", kommune=KOELN, date=date(2024, 5, 1)),
        replace(base, id="zu-alt", kommune=BRUEHL, date=date(2023, 5, 1)),
        replace(base, id="ohne-datum", kommune=BRUEHL),
        replace(base, id="ein-wort", kommune=BRUEHL, date=date(2024, 5, 1), pages=("Radweg",)),
    )
    assert [ids for _, ids in service.told()] == [("ja",)]


def test_what_was_deleted_meanwhile_is_not_told(service: Service, receiver: Receiver) -> None:
    """A document that is gone when it would be told is left out."""
    service.webhook("q=radweg", receiver.hook)
    service.arrive(document("a", "Radweg"), document("b", "Radweg"))
    service.store.documents.delete("a")
    assert service.sender.send_due() == 1
    assert [one["id"] for one in json.loads(receiver.posts[0][1])["documents"]] == ["b"]
    service.arrive(document("c", "Radweg"))
    service.store.documents.delete("c")
    assert service.sender.send_due() == 0
    assert service.store.saved_searches.due() == []


def test_matching_goes_on_where_it_failed(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the store fails while matches are noted, the next run finds them, and none twice."""
    service.webhook("q=radweg")
    service.webhook("q=wort")
    with monkeypatch.context() as broken:
        broken.setattr("searchsvc.store.saved_searches._set_matched", failing)
        with pytest.raises(StoreUnavailable):
            service.arrive(document("a", "Radweg Wort"))
    assert service.store.saved_searches.due() == []
    assert service.matcher.run() == 2
    assert service.matcher.run() == 0


def failing(*_: Any) -> None:
    raise StoreUnavailable("out of order")


def test_matches_come_in_portions(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many documents arrive at once, each is held against the searches."""
    monkeypatch.setattr("searchsvc.notifications.matching.BATCH_DOCUMENTS", 3)
    service.webhook("q=radweg")
    service.arrive(*(document(f"d{number}", "Radweg") for number in range(10)))
    assert service.told() == [("q=radweg", tuple(f"d{number}" for number in range(10)))]


def test_a_restore_is_no_news(service: Service, tmp_path: Any) -> None:
    """After a restore nothing that came back with it is told."""
    service.webhook("q=radweg")
    service.arrive(document("a", "Radweg"))
    service.told()
    write_backup(service.store, tmp_path / "backup.tar")
    restore_backup(service.store, service.settings, tmp_path / "backup.tar", force=True)
    Worker(service.store, service.writer, service.settings).rebuild()
    assert service.matcher.run() == 0
    assert service.arrive(document("b", "Radweg")) == 1


def test_the_worker_matches_as_documents_arrive(service: Service) -> None:
    """A running worker matches what it has indexed, at once, and again if that failed."""
    service.webhook("q=radweg")
    failures = [True]

    def matched() -> None:
        if failures and service.engine.state().applied_change:
            failures.pop()
            raise StoreUnavailable("out of order")
        service.matcher.run()

    stop = threading.Event()
    worker = Worker(service.store, service.writer, service.settings, applied=matched)
    thread = threading.Thread(target=worker.run, args=[stop])
    thread.start()
    try:
        service.store.documents.put(document("a", "Radweg"))
        deadline = time.monotonic() + 20
        while not service.store.saved_searches.due() and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        stop.set()
        thread.join()
    assert not failures
    assert service.told() == [("q=radweg", ("a",))]


@relaxed(60)
@given(commits, st.sampled_from(["", "rad", "haus OR hund", "-rat", "rad*", '"rad weg"']), st.integers(0, 9))
def test_matching_finds_what_searching_finds(batches: list[Any], q: str, first: int) -> None:
    """Of any documents, those match that the same search finds, but for partial matches."""
    with index_of(batches) as (index, expected):
        asked = [f"d{number}" for number in range(first, 10)] + ["unbekannt"]
        request = SearchRequest(q=q, kommune=("a",) if first % 2 else ())
        result = index.engine.search(replace(request, per_page=100, sort=Sort.DATE))
        found = set() if result.relaxed else {hit.id for hit in result.hits}
        matching = index.engine.matching(request, asked)
        assert len(matching) == len(set(matching))
        assert set(matching) == found & set(asked) & set(expected)


def test_webhooks_are_signed(service: Service, receiver: Receiver) -> None:
    """The receiver can tell that a post is ours, and gets the documents as GET has them."""
    saved = service.webhook("q=radweg", receiver.hook)
    service.arrive(document("a/b", "Radweg", title="Radweg"))
    assert service.sender.send_due() == 1
    headers, body = receiver.posts[0]
    parts = dict(part.split("=") for part in headers[SIGNATURE_HEADER].split(","))
    assert saved.secret is not None
    expected = hmac.new(saved.secret.encode(), parts["t"].encode() + b"." + body, "sha256").hexdigest()
    assert parts["v1"] == expected
    assert abs(time.time() - int(parts["t"])) < 60
    told = json.loads(body)
    assert (told["saved_search"], told["search"], told["total"]) == (saved.token, "q=radweg", 1)
    assert (told["documents"][0]["id"], told["documents"][0]["links"]["html"]) == ("a/b", f"{BASE}/dokumente/a%2Fb")
    assert headers["Content-Type"] == "application/json"


def test_hits_that_come_soon_after_each_other_are_one_post(service: Service, receiver: Receiver) -> None:
    """All that is due of a search is told together, once."""
    service.webhook("q=radweg", receiver.hook)
    service.arrive(document("a", "Radweg"))
    service.arrive(document("b", "Radweg"))
    assert service.sender.send_due() == 1
    assert service.sender.send_due() == 0
    assert [[one["id"] for one in json.loads(body)["documents"]] for _, body in receiver.posts] == [["a", "b"]]


def make_due(store: Store) -> datetime:
    """Let all notifications be due now; return when the first would have been."""
    with store.database.transaction() as connection:
        due = connection.execute(notifications.select()).first()
        assert due is not None
        connection.execute(update(notifications).values(due_at="2000-01-01T00:00:00.000+00:00"))
    return datetime.fromisoformat(due.due_at)


@pytest.mark.parametrize("status", [500, 404, 302])
def test_webhooks_are_tried_again(service: Service, receiver: Receiver, status: int) -> None:
    """Whatever is no success is tried again, later and later, with the same number, and then given up."""
    saved = service.webhook("q=radweg", receiver.hook)
    service.arrive(document("a", "Radweg"))
    receiver.status = status
    receiver.location = receiver.hook + "/other"
    for pause_s in RETRY_AFTER_S:
        assert service.sender.send_due() == 0
        assert service.store.saved_searches.due() == []
        wait = make_due(service.store) - datetime.now(UTC)
        assert abs(wait - timedelta(seconds=pause_s)) < timedelta(seconds=20)
    assert len({headers["X-Searchsvc-Delivery"] for headers, _ in receiver.posts}) == 1
    found = service.store.saved_searches.get(saved.token)
    assert found is not None
    assert found.error == f"the receiver answered {status}"
    assert service.sender.send_due() == 0
    assert len(receiver.posts) == len(RETRY_AFTER_S) + 1
    with service.store.database.transaction() as connection:
        assert connection.execute(notifications.select()).first() is None


def test_what_was_put_off_while_the_clock_was_ahead_is_told(service: Service, receiver: Receiver) -> None:
    """A year's delay is nobody's wish."""
    service.webhook("q=radweg", receiver.hook)
    service.arrive(document("a", "Radweg"))
    ahead = datetime.now(UTC) + timedelta(days=365)
    with service.store.database.transaction() as connection:
        connection.execute(update(notifications).values(due_at=ahead.isoformat(timespec="milliseconds")))
    assert service.sender.send_due() == 1


def test_a_receiver_that_recovers_gets_everything(service: Service, receiver: Receiver) -> None:
    """What failed comes with what is new, and the error is forgotten."""
    saved = service.webhook("q=radweg", receiver.hook)
    service.arrive(document("a", "Radweg"))
    receiver.status = 503
    service.sender.send_due()
    receiver.status = 204
    make_due(service.store)
    service.arrive(document("b", "Radweg"))
    assert service.sender.send_due() == 1
    assert [one["id"] for one in json.loads(receiver.posts[-1][1])["documents"]] == ["a", "b"]
    found = service.store.saved_searches.get(saved.token)
    assert found is not None
    assert found.error is None


def test_a_receiver_that_is_gone_is_left_alone(service: Service, receiver: Receiver) -> None:
    """410 ends a notification at once."""
    service.webhook("q=radweg", receiver.hook)
    service.arrive(document("a", "Radweg"))
    receiver.status = 410
    service.sender.send_due()
    with service.store.database.transaction() as connection:
        assert connection.execute(notifications.select()).first() is None


def test_private_addresses_are_refused(service: Service, receiver: Receiver) -> None:
    """Unless a setting allows it, no request goes into our own network, whatever the name resolves to."""
    settings = service.settings.model_copy(update={"webhook_allow_private_hosts": False})
    sender = NotificationSender(service.store, settings)
    saved = service.webhook("q=radweg", receiver.hook)
    service.arrive(document("a", "Radweg"))
    assert sender.send_due() == 0
    sender._webhooks.close()
    assert receiver.posts == []
    found = service.store.saved_searches.get(saved.token)
    assert found is not None
    assert found.error is not None
    assert "webhook_allow_private_hosts" in found.error


def test_unreachable_receivers_are_told_of(service: Service) -> None:
    """Nothing that can happen on the network is more than an error of the search."""
    for url in ("http://127.0.0.1:9/", "http://[::1]:9/", "https://127.0.0.1:9/", "http://name.invalid/"):
        service.webhook("q=radweg", url)
    service.arrive(document("a", "Radweg"))
    assert service.sender.send_due() == 0
    assert all(saved.error for saved in service.store.saved_searches.active())


def test_following_by_mail_from_the_form_to_the_end(service: Service, receiver: Receiver) -> None:
    """Ask, confirm, be told, unsubscribe with one click: each step by the links of the e-mails."""
    app = create_app(service.settings, engine=service.engine, store=service.store)
    web = app.test_client()
    page = web.get("/abo?q=radweg&kommune=Br%C3%BChl&page=3").text
    assert "radweg · Brühl" in page
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert fields == {"q": "radweg", "kommune": "Brühl"}
    assert web.post("/abo", data={"q": "radweg", "email": " leserin@example.org "}).status_code == 303
    assert "Postfach" in web.get("/abo/gesendet").text
    service.arrive(document("vorher", "Radweg"))
    assert service.sender.send_due() == 1
    recipients, question = receiver.mails.pop()
    assert recipients == ["leserin@example.org"]
    link = re.search(rf"{BASE}(/abo/\S+)", question.get_content())
    assert link is not None
    assert "Ja, abonnieren" in web.get(link[1]).text, "looking at the page confirms nothing"
    assert service.store.saved_searches.active() == []
    assert "bestätigt" in web.post(f"{link[1]}/bestaetigen").text
    assert web.post(f"{link[1]}/bestaetigen").status_code == 200

    service.arrive(document("neu", "Ein Radweg", title="Radweg\u2028Römerstraße"), document("anderes", "Hund"))
    assert service.sender.send_due() == 1
    _, news = receiver.mails.pop()
    assert news["Subject"] == "1 neues Dokument: radweg"
    assert news["From"] == "Suche <suche@rat.example>"
    assert news["Auto-Submitted"] == "auto-generated"
    assert f"{BASE}/dokumente/neu" in news.get_content()
    assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    end = news["List-Unsubscribe"].strip().removeprefix(f"<{BASE}").removesuffix(">")
    assert "Abbestellen" in web.get(end).text
    assert service.store.saved_searches.active() != []
    for _ in range(2):
        assert web.post(end, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert service.store.saved_searches.saved() == []
    service.arrive(document("danach", "Radweg"))
    assert service.sender.send_due() == 0
    assert web.get(link[1]).status_code == 404


def test_kommunen_are_named_as_people_do(service: Service) -> None:
    """An id that a filter set is no name; two Kommunen of one name are told apart by it, though."""
    service.arrive(
        document("a", "Radweg", kommune=Kommune("koeln", "Köln")),
        document("b", "Radweg", kommune=Kommune("n1", "Neustadt")),
        document("c", "Radweg", kommune=Kommune("n2", "Neustadt")),
    )
    web = create_app(service.settings, engine=service.engine, store=service.store).test_client()
    page = web.get("/abo?q=radweg&kommune=koeln&kommune=n1&kommune=nix&paper_type=_missing&date_from=2020-01-01").text
    assert "radweg · Köln, n1, nix · ohne Angabe · ab 01.01.2020" in page
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    assert [value for name, value in fields if name == "kommune"] == ["Köln", "n1", "nix"]
    found = service.engine.search(SearchRequest(kommune=tuple(value for name, value in fields if name == "kommune")))
    assert {hit.id for hit in found.hits} == {"a", "b"}


@pytest.mark.parametrize("query", [f"q={'x' * 1001}", "q=a&q=b"])
def test_words_that_cannot_be_searched_are_not_followed(service: Service, query: str) -> None:
    """Without its words a search would tell of every document there is."""
    web = create_app(service.settings, engine=service.engine, store=service.store).test_client()
    assert web.get(f"/abo?{query}").status_code == 400
    form = {"q": query.removeprefix("q=").split("&q="), "email": "leserin@example.org"}
    assert web.post("/abo", data=form).status_code == 400
    assert service.store.saved_searches.saved() == []


@pytest.mark.parametrize(
    ("search", "name"),
    [
        ("q=radweg&date_from=2020-01-01&date_to=2020-12-31", "radweg · 01.01.2020 bis 31.12.2020"),
        ("date_from=2020-01-01&date_to=2020-01-01", "01.01.2020"),
        ("date_to=2020-12-31&exact=true", "bis 31.12.2020 · genau diese Schreibweise"),
        ("q=a&text_quality=ocr&date_missing=true&all_words=true", "a · ocr · ohne Datum · nur mit allen Wörtern"),
        ("", "alle Dokumente"),
    ],
)
def test_searches_have_names(search: str, name: str) -> None:
    """All that decides what is found is in the name."""
    assert query_name(search) == name


def test_mail_problems_are_tried_again_or_end(service: Service, receiver: Receiver) -> None:
    """A full mailbox is tried again; no mail server is, too."""
    search = service.store.saved_searches.create("q=radweg", Channel.EMAIL, "a@example.org")
    receiver.mail_answer = "452 mailbox full"
    assert service.sender.send_due() == 0
    make_due(service.store)
    receiver.mail_answer = "250 OK"
    assert service.sender.send_due() == 1
    service.store.saved_searches.confirm(search.token)
    service.arrive(document("a", "Radweg"))
    nowhere = NotificationSender(service.store, service.settings.model_copy(update={"smtp_port": 9}))
    assert nowhere.send_due() == 0
    nowhere.close()
    found = service.store.saved_searches.get(search.token)
    assert found is not None
    assert found.error


def test_many_hits_are_listed_in_part(service: Service, receiver: Receiver) -> None:
    """An e-mail lists some documents and counts the others."""
    search = service.store.saved_searches.create("", Channel.EMAIL, "a@example.org")
    service.store.saved_searches.confirm(search.token)
    service.arrive(*(document(f"d{number}", "Wort") for number in range(40)))
    service.sender.send_due()
    _, news = receiver.mails[-1]
    assert news["Subject"] == "40 neue Dokumente: alle Dokumente"
    assert "und 10 weitere" in news.get_content()
    assert news.get_content().count("/dokumente/") == 30


@pytest.mark.parametrize("address", ["", "x", "a@b", "a@b.de, c@d.de", "a@b.de\nBcc: c@d.de", "<a@b.de>", "a b@c.de",
                                     "a@-b.de", "a@b..de", "x" * 250 + "@example.org",
                                     "=?utf-8?q??=@example.org", "=?utf-8?q?a=40b.de=2C?=@example.org"])  # fmt: skip
def test_only_addresses_are_asked(service: Service, address: str) -> None:
    """What is no e-mail address is told on the page, and kept there to be corrected."""
    web = create_app(service.settings, engine=service.engine, store=service.store).test_client()
    answer = web.post("/abo", data={"q": "radweg", "email": address})
    assert answer.status_code == 400
    assert "gültige E-Mail-Adresse" in answer.text
    assert service.store.saved_searches.saved() == []


@pytest.mark.parametrize("address", ["jörg@example.org", "rené@köln.example", "анна@example.org"])
def test_addresses_that_mail_servers_cannot_write_to_are_refused(service: Service, address: str) -> None:
    """Readers are told why, in their language, before anybody says that a mail is on its way."""
    web = create_app(service.settings, engine=service.engine, store=service.store).test_client()
    for path, reason in (("/abo", "mit Umlauten"), ("/en/abo", "with umlauts")):
        answer = web.post(path, data={"q": "radweg", "email": address})
        assert (answer.status_code, reason in answer.text, address in answer.text) == (400, True, True)
    assert service.store.saved_searches.saved() == []


@pytest.mark.parametrize(
    ("mail_from", "name", "address"),
    [
        ("Rat, Köln <x@example.org>", "Rat, Köln", "x@example.org"),
        ('"Rat, Köln" <x@example.org>', "Rat, Köln", "x@example.org"),
        ("Suche <suche@köln.example>", "Suche", "suche@xn--kln-sna.example"),
        ("suche@rathaus", "", "suche@rathaus"),
    ],
)
def test_senders_may_have_commas_and_umlauts(
    service: Service, receiver: Receiver, mail_from: str, name: str, address: str
) -> None:
    """The mail has one sender, with the name that was meant."""
    settings = Settings.model_validate({**service.settings.model_dump(), "mail_from": mail_from})
    search = service.store.saved_searches.create("q=radweg", Channel.EMAIL, "a@example.org")
    mail.send(settings, mail.question(settings, "https://rat.example", search), search.target)
    (sender,) = receiver.mails[0][1]["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, address)


@pytest.mark.parametrize("mail_from", ["Suche", "jörg@example.org", "a@example.org, b@example.org", "x <>", "<a@b> c"])
def test_a_sender_that_is_none_is_told_at_start(mail_from: str) -> None:
    """Not with the first mail."""
    with pytest.raises(InvalidSettings, match="mail_from"):
        load_settings({"SEARCHSVC_SMTP_HOST": "localhost", "SEARCHSVC_MAIL_FROM": mail_from})


def test_mail_that_cannot_go_ends_at_once(service: Service, receiver: Receiver) -> None:
    """An address that was taken before such were refused is given up, not tried for a day and a half."""
    service.store.saved_searches.create("q=radweg", Channel.EMAIL, "jörg@example.org")
    service.store.saved_searches.create("q=radweg", Channel.EMAIL, "rat@brühl.de")
    assert service.sender.send_due() == 1
    with service.store.database.transaction() as connection:
        assert connection.execute(notifications.select()).all() == []  # nothing waits for another attempt
    assert [recipients for recipients, _ in receiver.mails] == [["rat@xn--brhl-1ra.de"]]
    assert [one.error and "before the @" in one.error for one in service.store.saved_searches.saved()] == [True, None]


def test_nobody_is_flooded_with_questions(service: Service, receiver: Receiver) -> None:
    """The same wish is asked about once, and only a few different ones of one address."""
    web = create_app(service.settings, engine=service.engine, store=service.store).test_client()
    for number in (1, 1, 2, 3, 4, 5, 6, 7):
        web.post("/abo", data={"q": f"wort{number}", "email": "a@example.org"})
    service.sender.send_due()
    assert len(receiver.mails) == 5


def test_case_and_tags_make_no_other_mailbox(service: Service, receiver: Receiver) -> None:
    """Whoever writes somebody's address in many ways does not flood them either."""
    web = create_app(service.settings, engine=service.engine, store=service.store).test_client()
    for number in range(8):
        local = f"{'Anna' if number % 2 else 'anna'}+{number}"
        web.post("/abo", data={"q": f"wort{number}", "email": f"{local}@{'EXAMPLE' if number % 3 else 'example'}.org"})
    service.sender.send_due()
    assert len(receiver.mails) == 5


def test_domains_with_umlauts_are_written_to(service: Service, receiver: Receiver) -> None:
    """They have a form that every mail server takes."""
    web = create_app(service.settings, engine=service.engine, store=service.store).test_client()
    assert web.post("/abo", data={"q": "radweg", "email": "rat@brühl.de"}).status_code == 303
    assert service.sender.send_due() == 1
    assert receiver.mails[0][0] == ["rat@xn--brhl-1ra.de"]


@pytest.mark.parametrize(
    "address", ["=?utf-8?q??=@example.org", "=?utf-8?q?a=40b.de=2C?=@example.org", "a@b.de, c@d.de"]
)
def test_an_address_that_is_none_is_given_up_and_the_others_are_told(
    service: Service, receiver: Receiver, address: str
) -> None:
    """What was stored before addresses were looked at closely reaches nobody by chance and holds up nobody."""
    odd = service.store.saved_searches.create("q=radweg", Channel.EMAIL, address)
    service.store.saved_searches.create("q=radweg", Channel.EMAIL, "a@example.org")
    sent = service.sender.send_due()
    assert {tuple(recipients) for recipients, _ in receiver.mails} <= {("a@example.org",), (address,)}
    assert ("a@example.org",) in {tuple(recipients) for recipients, _ in receiver.mails}
    if sent == 1:
        found = service.store.saved_searches.get(odd.token)
        assert found is not None
        assert found.error
    assert service.store.saved_searches.due() == []


def test_a_defect_in_one_notification_is_told_and_holds_up_no_other(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong with one is tried again later and then given up; the others go through at once."""
    bad, good = service.webhook("q=radweg", f"{receiver.hook}/bad"), service.webhook("q=radweg", receiver.hook)
    service.arrive(document("a", "Radweg"))
    body = service.sender._body

    def broken(search: SavedSearch, *others: Any) -> dict[str, Any]:
        if search.token == bad.token:
            raise IndexError("defect")
        return body(search, *others)

    monkeypatch.setattr(service.sender, "_body", broken)
    for _ in RETRY_AFTER_S:
        service.sender.send_due()
        make_due(service.store)
    service.sender.send_due()
    assert [json.loads(post)["saved_search"] for _, post in receiver.posts] == [good.token]
    found = service.store.saved_searches.get(bad.token)
    assert found is not None
    assert found.error == "IndexError: defect"
    assert service.store.saved_searches.due() == []


def test_a_receiver_that_dribbles_is_left(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often something comes, an exchange as a whole has an end."""
    monkeypatch.setattr("searchsvc.notifications.webhooks.TIMEOUT_S", 0.3)
    receiver.dribble_s = 30.0
    search = service.webhook("q=radweg", receiver.hook)
    service.arrive(document("a", "Radweg"))
    assert service.sender.send_due() == 0
    assert receiver.dribbled > 2
    found = service.store.saved_searches.get(search.token)
    assert found is not None
    assert "Timeout" in (found.error or "")


def test_without_a_mail_server_there_is_no_form(service: Service) -> None:
    """Where no e-mail is sent nobody can ask for it."""
    settings = service.settings.model_copy(update={"smtp_host": ""})
    web = create_app(settings, engine=service.engine, store=service.store).test_client()
    assert web.get("/abo?q=radweg").status_code == 404
    assert web.post("/abo", data={"q": "radweg", "email": "a@example.org"}).status_code == 404


def test_what_nobody_confirms_is_forgotten(service: Service) -> None:
    """After a week a search that was not confirmed is gone, with its address; confirmed ones stay."""
    service.store.saved_searches.create("q=a", Channel.EMAIL, "a@example.org")
    kept = service.webhook("q=b")
    with service.store.database.transaction() as connection:
        connection.execute(update(saved_searches).values(created_at="2000-01-01T00:00:00.000+00:00"))
    assert service.store.saved_searches.forget_unconfirmed() == 1
    assert [saved.token for saved in service.store.saved_searches.saved()] == [kept.token]
    assert service.store.saved_searches.due() == []


@contextmanager
def api(service: Service) -> Iterator[tuple[FlaskClient, Callable[..., dict[str, str]]]]:
    """Yield a client and a function that makes headers with a new key."""
    app = create_app(service.settings, engine=service.engine, store=service.store)
    numbers = iter(range(100))

    def headers(*scopes: str) -> dict[str, str]:
        key = service.store.keys.create(f"key {next(numbers)}", scopes or ["write"])
        return {"Authorization": f"Bearer {key}"}

    yield app.test_client(), headers


URL = "/api/v1/saved-searches"


def test_programs_see_what_they_have_saved(service: Service) -> None:
    """A key sees and ends its own searches; admins see all; secrets are shown once."""
    with api(service) as (web, headers):
        mine, yours, admin = headers(), headers(), headers("admin")
        body = {"search": {"q": "radweg", "kommune": ["Brühl"]}, "webhook": "https://rat.example/hook"}
        answer = web.post(URL, json=body, headers=mine)
        saved = answer.get_json()
        assert (answer.status_code, saved["state"], saved["channel"]) == (201, "active", "webhook")
        assert saved["search"] == "q=radweg&kommune=Br%C3%BChl"
        assert len(saved.pop("secret")) > 30
        assert web.get(URL, headers=mine).get_json() == {"saved_searches": [saved]}
        assert web.get(f"{URL}/{saved['token']}", headers=mine).get_json() == saved
        assert web.get(URL, headers=yours).get_json() == {"saved_searches": []}
        assert web.get(URL, headers=admin).get_json() == {"saved_searches": [saved]}
        for method in (web.get, web.delete):
            assert method(f"{URL}/{saved['token']}", headers=yours).status_code == 404
        assert web.delete(f"{URL}/{saved['token']}", headers=mine).get_json()["deleted"] is True
        assert web.delete(f"{URL}/{saved['token']}", headers=mine).status_code == 404


def test_an_address_given_by_a_program_is_asked_first(service: Service, receiver: Receiver) -> None:
    """E-mail needs the consent of who reads it, whoever saves the search."""
    with api(service) as (web, headers):
        saved = web.post(URL, json={"search": {"q": "radweg"}, "email": "a@example.org"}, headers=headers()).get_json()
        assert (saved["state"], saved["secret"]) == ("unconfirmed", None)
        service.arrive(document("a", "Radweg"))
        service.sender.send_due()
        assert [mail["Subject"] for _, mail in receiver.mails] == ["Bitte bestätigen: Suche „radweg“ abonnieren"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "webhook"), ({"webhook": "https://a.example/", "email": "a@b.de"}, "webhook"),
        ({"webhook": "ftp://a.example/"}, "webhook"), ({"webhook": 7}, "webhook"), ({"webhook": "http://"}, "webhook"),
        ({"webhook": "http://a:b@c.example/"}, "webhook"), ({"webhook": "http://[::1"}, "webhook"),
        ({"webhook": "http://a.example:99999/"}, "webhook"), ({"webhook": "http://a.example/ x"}, "webhook"),
        ({"email": None}, "email"), ({"email": "a@b"}, "email"),
        ({"webhook": "https://a.example/", "search": {"kommun": "x"}}, "kommun"),
        ({"webhook": "https://a.example/", "search": {"page": 1}}, "page"),
        ({"webhook": "https://a.example/", "search": "x"}, "searches[0]"),
        ({"webhook": "https://a.example/", "when": "now"}, "when"),
    ],
)  # fmt: skip
def test_wrong_wishes_are_named(service: Service, body: dict[str, Any], field: str) -> None:
    """What cannot be saved is refused, and nothing is saved."""
    with api(service) as (web, headers):
        answer = web.post(URL, json=body, headers=headers())
        assert (answer.status_code, answer.get_json()["error"]["field"]) == (400, field)
    assert service.store.saved_searches.saved() == []


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://localhost:8000/", "http://[::1]/", "http://10.0.0.1/x"])
def test_private_webhooks_are_refused_at_once_where_they_can_be_known(service: Service, url: str) -> None:
    """An address that is plainly not public is refused when it is given."""
    settings = service.settings.model_copy(update={"webhook_allow_private_hosts": False})
    web = create_app(settings, engine=service.engine, store=service.store).test_client()
    headers = {"Authorization": f"Bearer {service.store.keys.create('a', ['write'])}"}
    assert web.post(URL, json={"webhook": url}, headers=headers).status_code == 400


def test_operators_see_and_end_saved_searches(service: Service) -> None:
    """The command line lists whom documents are told to, with what went wrong, and ends it."""
    saved = service.webhook("q=radweg", "http://127.0.0.1:9/")
    service.arrive(document("a", "Radweg"))
    service.sender.send_due()
    environment = {"SEARCHSVC_DATA_DIR": str(service.settings.data_dir)}
    runner = CliRunner(env=environment)
    listed = runner.invoke(main, ["saved-search", "list"]).output
    assert saved.token in listed
    assert "http://127.0.0.1:9/" in listed
    assert "Connect" in listed
    assert runner.invoke(main, ["saved-search", "end", saved.token]).output == "1 ended\n"
    assert runner.invoke(main, ["saved-search", "end", saved.token]).exit_code == 1
    assert service.store.saved_searches.saved() == []


def test_a_confirmation_while_others_are_forgotten_is_kept(web_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever confirms at the last moment, while what was not confirmed in time is cleared up, is told hits."""
    monkeypatch.setattr(saved_searches_store, "UNCONFIRMED_DAYS", -1)
    late, never = (web_store.saved_searches.create(q, Channel.EMAIL, "a@example.org") for q in ("q=spät", "q=nie"))
    lock = saved_searches_store._lock

    def confirmed_before(connection: Connection) -> None:
        monkeypatch.setattr(saved_searches_store, "_lock", lock)
        web_store.saved_searches.confirm(late.token)
        lock(connection)

    monkeypatch.setattr(saved_searches_store, "_lock", confirmed_before)
    assert web_store.saved_searches.forget_unconfirmed() == 1
    assert web_store.saved_searches.get(never.token) is None
    assert [search.token for search in web_store.saved_searches.active()] == [late.token]
