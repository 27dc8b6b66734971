"""Requests to foreign servers: where they may go, how large answers may be, how patient and polite we are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from searchsvc.oparl import client
from searchsvc.oparl.client import FileAnswer, OParlClient, user_agent
from searchsvc.oparl.errors import ImportEnded
from searchsvc.outbound import addresses, transport
from searchsvc.outbound.errors import FetchFailed, RequestStopped
from searchsvc.outbound.transport import HostGate
from searchsvc.settings import Settings
from tests.oparl_server import OParlServer

pytestmark = pytest.mark.usefixtures("quick_retries")

Connect = Callable[..., OParlClient]


@pytest.fixture
def settings(service_settings: Settings) -> Settings:
    return service_settings.model_copy(update={"oparl_delay_s": 0, "oparl_timeout_s": 5, "oparl_attempts": 3})


@pytest.fixture
def connect(settings: Settings) -> Iterator[Connect]:
    """A function that makes clients; by default only public addresses are allowed."""
    made: list[OParlClient] = []

    def connect(*, private: bool = False, hosts: dict[str, list[str]] | None = None, **changes: Any) -> OParlClient:
        def resolve(host: str, port: int) -> Iterable[str]:
            answers = (hosts or {}).get(host)
            return addresses.resolve(host, port) if answers is None else [answers.pop(0)]

        changed = settings.model_copy(update={"oparl_allow_private_hosts": private, **changes})
        made.append(OParlClient(changed, resolve=resolve))
        return made[-1]

    yield connect
    for one in made:
        one.__exit__(None, None, None)


def public_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 127.0.0.1, and nothing else of this machine, count as public."""
    real = addresses.is_public
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1" or real(address))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("127.1.2.3", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("192.0.2.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:0001::", False),
        ("2002:0a00:0001::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2001:db8::1", False),
        ("not an address", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address: str, public: bool):
    """Every way to write an address of our own network is recognised."""
    assert addresses.is_public(address) is public


def test_addresses_of_our_own_network_are_refused(oparl_server: OParlServer, connect: Connect):
    """Without leave no request reaches this machine, and it is not tried again."""
    with pytest.raises(FetchFailed, match="oparl_allow_private_hosts") as caught:
        connect().get_json(oparl_server.system_url)
    assert (caught.value.kind, caught.value.may_pass) == ("address_refused", False)
    assert oparl_server.paths() == []
    assert connect(private=True).get_json(oparl_server.system_url).value["id"] == oparl_server.system_url


def test_a_name_that_leads_to_our_own_network_is_refused(oparl_server: OParlServer, connect: Connect):
    """It is the address that counts, not the name."""
    port = oparl_server.host.rpartition(":")[2]
    for address in ("127.0.0.1", "::ffff:127.0.0.1"):
        with pytest.raises(FetchFailed) as caught:
            connect(hosts={"rat.example": [address]}).get_json(f"http://rat.example:{port}/oparl/system")
        assert caught.value.kind == "address_refused"
    assert oparl_server.paths() == []


@pytest.mark.parametrize("get", ["json", "file"])
def test_a_redirect_into_our_own_network_is_refused(
    oparl_server: OParlServer, connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, get: str
):
    """A server outside cannot send us to one inside."""
    public_loopback(monkeypatch)
    port = oparl_server.host.rpartition(":")[2]
    for target in (f"http://127.0.0.2:{port}/oparl/system", "http://169.254.169.254/latest", f"http://[::1]:{port}/"):
        oparl_server.forget_requests()
        oparl_server.fail("/start", "redirect", value=target)
        asked, url = connect(), f"{oparl_server.base}/start"
        request = partial(asked.get_json, url) if get == "json" else partial(asked.get_file, url, tmp_path / "file")
        with pytest.raises(FetchFailed) as caught:
            request()
        assert caught.value.kind == "address_refused"
        assert oparl_server.paths() == ["/start"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/x", "gopher://example.org/"])
def test_a_redirect_to_another_protocol_is_refused(oparl_server: OParlServer, connect: Connect, target: str):
    """Only http and https are followed."""
    oparl_server.fail("/start", "redirect", value=target)
    with pytest.raises(FetchFailed) as caught:
        connect(private=True).get_json(f"{oparl_server.base}/start")
    assert caught.value.kind == "invalid_url"


def test_the_connection_goes_to_the_address_that_was_checked(
    oparl_server: OParlServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
):
    """A name server that answers differently the second time is asked once for each connection."""
    public_loopback(monkeypatch)
    port = oparl_server.host.rpartition(":")[2]
    answers = ["127.0.0.1", "127.0.0.2"]
    rebinding = connect(hosts={"rat.example": answers})
    url = f"http://rat.example:{port}/oparl/system"
    assert rebinding.get_json(url).value["type"].endswith("System")
    assert oparl_server.seen[0].headers["host"] == f"rat.example:{port}"
    assert answers == ["127.0.0.2"]
    rebinding.get_json(url)
    assert answers == ["127.0.0.2"], "the connection was kept"
    oparl_server.fail("/drop", "dropped", times=9)
    with pytest.raises(FetchFailed) as caught:
        rebinding.get_json(f"http://rat.example:{port}/drop")
    assert caught.value.kind == "address_refused"


def test_redirects_are_followed_a_few_times(oparl_server: OParlServer, connect: Connect):
    """A moved system is found; an endless chain is not followed for ever."""
    asked = connect(private=True)
    oparl_server.fail("/moved", "redirect", value=oparl_server.system_url)
    assert asked.get_json(f"{oparl_server.base}/moved").url == oparl_server.system_url
    oparl_server.fail("/circle", "redirect", times=100, value=f"{oparl_server.base}/circle")
    with pytest.raises(FetchFailed) as caught:
        asked.get_json(f"{oparl_server.base}/circle")
    assert caught.value.kind == "too_many_redirects"
    assert len(oparl_server.paths("/circle")) == 6


@pytest.mark.parametrize("url", ["http://", "ftp://rat.example/", "http://[::1", "x" * 9_000, "http://a b/", ""])
def test_what_is_no_url_is_a_typed_failure(connect: Connect, url: str):
    """Whatever stands where a URL should be, asking for it ends in a reason."""
    with pytest.raises(FetchFailed) as caught:
        connect(private=True, oparl_attempts=1).get_json(url)
    assert caught.value.kind in ("invalid_url", "unreachable")


def test_names_that_do_not_exist_are_unreachable(connect: Connect):
    """The name service's no is a failure that may pass."""

    def nowhere(_host: str, _port: int) -> Iterable[str]:
        raise OSError("Name or service not known")

    settings = Settings(oparl_attempts=1)
    with (
        OParlClient(settings, resolve=nowhere) as asked,
        pytest.raises(FetchFailed, match="cannot be resolved") as caught,
    ):
        asked.get_json("https://nirgends.example/")
    assert (caught.value.kind, caught.value.may_pass, caught.value.is_outage) == ("unreachable", True, True)


@pytest.mark.parametrize(
    ("status", "requests"), [("404", 1), ("403", 1), ("400", 1), ("500", 3), ("502", 3), ("503", 3), ("429", 3)]
)
def test_what_may_pass_is_tried_again(oparl_server: OParlServer, connect: Connect, status: str, requests: int):
    """Errors of the moment are repeated as often as the settings say, others are not."""
    oparl_server.fail("/oparl/system", status, times=9)
    with pytest.raises(FetchFailed) as caught:
        connect(private=True).get_json(oparl_server.system_url)
    assert caught.value.status == int(status)
    assert len(oparl_server.paths()) == requests


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_server_says_how_long_to_wait(
    oparl_server: OParlServer, connect: Connect, monkeypatch: pytest.MonkeyPatch, form: str
):
    """Retry-After is respected by all requests to the host; one beyond all patience ends the attempts."""
    waited: list[float] = []
    monkeypatch.setattr(HostGate, "postpone", lambda _gate, seconds: waited.append(seconds))
    later = datetime.now(UTC) + timedelta(seconds=120)
    value = "120" if form == "seconds" else format_datetime(later, usegmt=True)
    oparl_server.fail("/oparl/system", "503", value=value)
    asked = connect(private=True)
    assert asked.get_json(oparl_server.system_url).value
    assert len(waited) == 1
    assert 110 < waited[0] <= 120
    oparl_server.fail("/oparl/bodies", "429", times=9, value="86400")
    with pytest.raises(FetchFailed):
        asked.get_json(f"{oparl_server.base}/oparl/bodies")
    assert len(oparl_server.paths("/oparl/bodies")) == 1


def test_requests_to_a_host_keep_their_distance(monkeypatch: pytest.MonkeyPatch):
    """Each request waits until the delay since the one before is over, and all of them when the host asks for it."""
    clock = [100.0]
    monkeypatch.setattr(transport, "monotonic", lambda: clock[0])

    class Clock(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            clock[0] += timeout or 0.0
            return False

    gate = HostGate(1, 2.0, Clock())
    starts = []
    for _ in range(3):
        gate.enter()
        starts.append(clock[0])
        gate.leave()
    gate.postpone(30)
    gate.enter()
    assert [*starts, clock[0]] == [100, 102, 104, 134]


def test_only_so_many_requests_run_at_a_time():
    """The next one begins when one is over."""
    gate = HostGate(concurrency=2, delay_s=0)
    gate.enter()
    gate.enter()
    third = threading.Thread(target=gate.enter)
    third.start()
    third.join(0.1)
    assert third.is_alive()
    gate.leave()
    third.join(10)
    assert not third.is_alive()


def test_every_answer_frees_its_place(oparl_server: OParlServer, connect: Connect):
    """Neither errors nor redirects nor refused sizes use up the places of a host."""
    asked = connect(private=True, oparl_attempts=1, max_json_mb=1)
    oparl_server.pages["/large"] = "x" * 1_200_000
    for fault in ("404", "500", "dropped", "truncated", "web page"):
        oparl_server.fail("/oparl/system", fault)
        with pytest.raises(FetchFailed):
            asked.get_json(oparl_server.system_url)
    with pytest.raises(FetchFailed, match="max_json_mb"):
        asked.get_json(f"{oparl_server.base}/large")
    oparl_server.fail("/moved", "redirect", value=oparl_server.system_url)
    assert asked.get_json(f"{oparl_server.base}/moved").value


def test_we_say_who_we_are(oparl_server: OParlServer, connect: Connect, settings: Settings):
    """Requests carry our name, and where to find us if the settings tell."""
    connect(private=True, public_url="https://suche.example.de").get_json(oparl_server.system_url)
    assert oparl_server.seen[0].headers["user-agent"].endswith("(OParl import; +https://suche.example.de)")
    assert user_agent(settings).startswith("searchsvc/")


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": "Bürgermeister"}'.encode("cp1252"), {"a": "Bürgermeister"}),
        (b'{"a": "Zeile\x01\n\tzwei"}', {"a": "Zeile\x01\n\tzwei"}),
    ],
)
def test_json_is_read_as_servers_write_it(oparl_server: OParlServer, connect: Connect, content: bytes, value: object):
    """Byte order marks, Windows-1252 and control characters do no harm."""
    oparl_server.city.binaries["/odd"] = binary = type(oparl_server.city.binaries["/download/p1-vorlage.pdf"])(content)
    assert binary.content == content
    assert connect(private=True).get_json(f"{oparl_server.base}/odd").value == value


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b'{"a": ' + b"9" * 5_000 + b"}", b"<html></html>"])
def test_what_is_no_json_is_a_typed_failure(oparl_server: OParlServer, connect: Connect, content: bytes):
    """Cut off, nested without end or something else: a reason, no crash."""
    kind = type(oparl_server.city.binaries["/download/p1-vorlage.pdf"])
    oparl_server.city.binaries["/odd"] = kind(content)
    with pytest.raises(FetchFailed) as caught:
        connect(private=True, oparl_attempts=1).get_json(f"{oparl_server.base}/odd")
    assert caught.value.kind == "not_json"


@pytest.mark.parametrize(
    ("encoding", "kind"), [("gzip", "too_large"), ("gzip, gzip", "http_error"), ("zstd", "http_error")]
)
def test_what_unpacks_without_end_is_refused(
    oparl_server: OParlServer, connect: Connect, tmp_path: Path, encoding: str, kind: str
):
    """A few kB that become many MB count as what they become, or are not unpacked at all."""
    asked = connect(private=True, oparl_attempts=1, max_json_mb=1, max_upload_mb=1)
    for get in (lambda url: asked.get_json(url), lambda url: asked.get_file(url, tmp_path / "file")):
        oparl_server.fail("/oparl/system", "bomb", value=encoding)
        with pytest.raises(FetchFailed) as caught:
            get(oparl_server.system_url)
        assert caught.value.kind == kind
    assert asked.get_json(oparl_server.system_url).value


def test_an_answer_that_drips_in_is_given_up(
    oparl_server: OParlServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
):
    """A whole answer has its time limit too, however regularly it gives signs of life."""
    monkeypatch.setattr(client, "_WHOLE_ANSWER_FACTOR", 0)
    with pytest.raises(FetchFailed) as caught:
        connect(private=True, oparl_attempts=1).get_json(oparl_server.system_url)
    assert caught.value.kind == "timeout"


def test_a_file_is_written_with_its_checksums(oparl_server: OParlServer, connect: Connect, tmp_path: Path):
    """Size, checksums and validators are told; the next request is conditional."""
    asked = connect(private=True)
    url = f"{oparl_server.base}/download/p1-vorlage.pdf"
    answer = asked.get_file(url, tmp_path / "file")
    content = (tmp_path / "file").read_bytes()
    assert (answer.outcome, answer.size) == (FileAnswer.WRITTEN, len(content))
    assert {one.partition(":")[0] for one in answer.checksums} == {"sha1", "sha256", "sha512"}
    assert answer.etag is not None
    assert asked.get_file(url, tmp_path / "again", etag=answer.etag).outcome == FileAnswer.UNCHANGED
    oparl_server.fail("p1-vorlage", "410")
    assert asked.get_file(url, tmp_path / "again").outcome == FileAnswer.GONE


def test_waiting_for_a_turn_can_be_stopped():
    """However long a server wants to be left alone, all who wait for it give up at once."""
    stopped = threading.Event()
    gate = HostGate(1, 0.0, stopped)
    gate.postpone(900)
    errors: list[BaseException] = []

    def wait() -> None:
        try:
            gate.enter()
        except RequestStopped as error:
            errors.append(error)

    waiting = [threading.Thread(target=wait) for _ in range(3)]
    for thread in waiting:
        thread.start()
    stopped.set()
    for thread in waiting:
        thread.join(20)
    assert len(errors) == 3


def test_a_stopped_client_gives_up_waiting(oparl_server: OParlServer, connect: Connect):
    """A request whose server wants to be left alone for a quarter of an hour ends when the import is stopped."""
    asked = connect(private=True)
    oparl_server.fail("/oparl/system", "503", value="900")
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            asked.get_json(oparl_server.system_url)
        except ImportEnded as error:
            ended.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not oparl_server.paths("/oparl/system"):
        pass
    asked.stop()
    asking.join(20)
    assert [str(error) for error in ended] == ["the import was stopped; the next one goes on from here"]
