"""Looking at a server before an import: what it is, how it behaves, how much there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from searchsvc.cli import main
from searchsvc.oparl import Probe, probe_server
from searchsvc.oparl.known_servers import known_servers
from searchsvc.outbound.errors import FetchFailed
from tests.fixtures_oparl import Mirror
from tests.oparl_server import small_city


def look(mirror: Mirror) -> Probe:
    return probe_server(mirror.settings, mirror.server.system_url)


def test_a_good_server_is_described(mirror: Mirror):
    """Lists with their sizes, what it understands, and how many pages a first import asks for; nothing is stored."""
    found = look(mirror)
    assert (found.kommunen, str(found.version)[-4:]) == (["Musterbrück"], "1.1/")
    sizes = {one.kind: (one.announced, one.page_size, one.changes) for one in found.lists}
    assert sizes == {
        "organization": (2, 2, "works"),
        "meeting": (1, 1, "works"),
        "paper": (5, 2, "works"),
        "file": (13, 2, "works"),
    }
    assert found.list_requests == 1 + 1 + 3 + 7
    assert (found.modified_is_time_of_request, found.texts, found.checksums) == (False, True, False)
    assert found.conditional is True
    assert found.requests == len(mirror.server.paths()) < 25
    assert mirror.store.documents.count() == 0
    assert mirror.store.oparl_sources.list() == []


def test_odd_behaviour_is_seen(mirror: Mirror):
    """What the import has to cope with is told before."""
    mirror.server.quirks.modified_now = True
    assert look(mirror).modified_is_time_of_request is True
    mirror.server.quirks.modified_now = False
    mirror.server.quirks.ignores_filter = True
    assert {one.changes for one in look(mirror).lists} == {"ignored"}
    mirror.server.quirks.ignores_filter = False
    mirror.server.quirks.empty_window = 400
    assert {one.changes for one in look(mirror).lists} == {
        "works, but nothing new is an error (the server answered 400 Bad Request)"
    }
    mirror.server.quirks.empty_window = None
    mirror.server.quirks.filtered_fails = 503
    assert {one.changes for one in look(mirror).lists} == {"the server answered 503 Service Unavailable"}
    mirror.server.quirks.filtered_fails = None
    mirror.server.fail("/papers", "404", times=9)
    (broken,) = [one for one in look(mirror).lists if one.error]
    assert broken.kind == "paper"


def test_files_of_an_older_server(mirror: Mirror):
    """Without a list of files those of papers and meetings are looked at; without ETag all is sent again."""
    mirror.server.city = small_city(mirror.server.base, version="1.0")
    for binary in mirror.server.city.binaries.values():
        binary.etag = None
    found = look(mirror)
    assert (found.texts, found.conditional) == (True, False)


def test_the_command_tells_people(mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Lines for people, and an error with its reason where there is no server."""
    for name, value in (("DATA_DIR", str(tmp_path)), ("OPARL_ALLOW_PRIVATE_HOSTS", "1"), ("OPARL_DELAY_S", "0")):
        monkeypatch.setenv(f"SEARCHSVC_{name}", value)
    done = CliRunner().invoke(main, ["sources", "probe", mirror.server.system_url])
    assert done.exit_code == 0, done.output
    assert "Kommunen: Musterbrück\n" in done.output
    assert "papers: 5, 2 on a page; asking for changes: works\n" in done.output
    assert "a first import asks for 12 pages of lists" in done.output
    assert CliRunner().invoke(main, ["sources", "probe", mirror.server.system_url, "--json"]).output.startswith("{")
    failed = CliRunner().invoke(main, ["sources", "probe", f"{mirror.server.base}/nowhere"])
    assert failed.exit_code == 1
    assert "404" in failed.output
    with pytest.raises(FetchFailed):
        probe_server(mirror.settings, f"{mirror.server.base}/nowhere")


@pytest.mark.parametrize("wanted", ["Köln", "koeln", "KÖLN", "05315", "05315000"])
def test_addresses_of_known_servers_are_found(wanted: str):
    """By name in any spelling, or by official key."""
    done = CliRunner().invoke(main, ["import-oparl", "--find", wanted])
    assert done.exit_code == 0
    assert done.output.startswith("Köln (05315000): https://")
    assert done.output.count("\n") == 1


@pytest.mark.parametrize("wanted", ["Nirgendwo", "", "99", "-"])
def test_what_is_not_known_is_said(wanted: str):
    """An unknown name is no server, and the exit code says so."""
    assert CliRunner().invoke(main, ["import-oparl", "--find", wanted]).exit_code == 1


def test_the_list_of_servers_is_in_order():
    """Each is there once, with a key of eight digits or none, and an address without secrets."""
    servers = known_servers()
    assert len({one.url for one in servers}) == len(servers) > 10
    for one in servers:
        assert one.url.startswith("https://")
        assert "?" not in one.url
        assert len(one.ags) in (0, 8)
        assert re.fullmatch(r"20[0-9]{2}-[01][0-9]", one.seen)
