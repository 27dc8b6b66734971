"""``searchsvc import-oparl`` as an operator uses it: by hand, regularly, killed in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from searchsvc.oparl.schedule import ImportSchedule
from searchsvc.settings import Settings
from searchsvc.store import OParlSource, Store
from tests.oparl_server import Binary, OParlServer, small_city


def environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEARCHSVC_") and name != "PORT"}
    return kept | {
        "SEARCHSVC_DATA_DIR": str(data),
        "SEARCHSVC_OPARL_ALLOW_PRIVATE_HOSTS": "1",
        "SEARCHSVC_OPARL_DELAY_S": "0",
        "SEARCHSVC_OPARL_ATTEMPTS": "1",
        "SEARCHSVC_WORKER_POLL_S": "0.01",
    }


def searchsvc(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "searchsvc", *arguments]
    return subprocess.run(command, env=environment(data), capture_output=True, text=True, timeout=90, check=False)


@contextmanager
def started(data: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "searchsvc", *arguments]
    process = subprocess.Popen(
        command, env=environment(data), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def eventually(condition: Callable[[], object], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def data(service_settings: Settings) -> Path:
    return service_settings.data_dir


def test_an_import_by_hand(data: Path, oparl_server: OParlServer):
    """The command imports, says what it did, and the second time does next to nothing."""
    done = searchsvc(data, "import-oparl", oparl_server.system_url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("13 stored, 0 unchanged, 0 deleted, 0 failed (20 requests, ")
    again = searchsvc(data, "import-oparl", oparl_server.system_url)
    assert again.stdout.startswith("0 stored, 0 unchanged, 0 deleted, 0 failed (6 requests, ")


def test_failures_are_named_and_can_be_seen_later(data: Path, oparl_server: OParlServer):
    """Each failed item is named with its reason, the exit code is 1, and the status tells source and failures."""
    oparl_server.fail("p2-vorlage.pdf", "web page")
    oparl_server.fail("/papers?page=2", "500")
    done = searchsvc(data, "import-oparl", oparl_server.system_url)
    assert done.returncode == 1
    assert f"failed: {oparl_server.city.url('file', 'p2-vorlage')}: not_a_pdf: " in done.stderr
    assert f"failed: {oparl_server.list_url('paper')}: http_error: " in done.stderr
    status = json.loads(searchsvc(data, "status", "--json", "--failures").stdout)
    (source,) = status["oparl_sources"]
    assert (source["url"], source["state"], source["failed_files"]) == (oparl_server.system_url, "incomplete", 1)
    assert source["counts"]["failed"] == 2
    assert "http_error" in source["error"]
    assert len(status["failed_items"]) == 2
    lines = searchsvc(data, "status").stdout
    assert f"OParl        {oparl_server.system_url} (not regularly): incomplete" in lines


def test_files_that_failed_are_fetched_again_by_command(data: Path, oparl_server: OParlServer):
    """``--retry`` fetches at once what a later import would, and what none would."""
    url = oparl_server.system_url
    oparl_server.fail("p2-vorlage.pdf", "web page")
    good = oparl_server.city.binaries["/download/p1-vorlage.pdf"]
    oparl_server.city.binaries["/download/p1-vorlage.pdf"] = Binary(b"%PDF-1.7\nrubbish")
    assert "2 failed" in searchsvc(data, "import-oparl", url).stdout
    oparl_server.faults.clear()
    oparl_server.city.binaries["/download/p1-vorlage.pdf"] = good
    assert "0 stored" in searchsvc(data, "import-oparl", url).stdout
    assert "2 stored, 0 unchanged, 0 deleted, 0 failed" in searchsvc(data, "import-oparl", url, "--retry").stdout
    assert json.loads(searchsvc(data, "status", "--json").stdout)["failures"] == 0


def test_a_server_that_cannot_be_reached_is_an_error(data: Path):
    """The reason is said, the exit code is 1, and the source keeps it."""
    done = searchsvc(data, "import-oparl", "http://127.0.0.1:9/oparl")
    assert done.returncode == 1
    assert "searchsvc: http://127.0.0.1:9/oparl: the connection failed" in done.stderr
    assert "failed" in searchsvc(data, "import-oparl", "--list").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["ftp://rat.example/oparl"],
        ["rat.example"],
        ["https://rat.example", "--list"],
        ["--list", "--every", "24"],
        ["https://rat.example", "--every", "0"],
        ["--remove", "https://rat.example", "--full"],
    ],
)
def test_wrong_use_is_exit_code_2(data: Path, arguments: list[str]):
    """Nothing to do, no URL of the web, or things that do not go together."""
    assert searchsvc(data, "import-oparl", *arguments).returncode == 2


def test_sources_are_registered_listed_and_removed(data: Path, oparl_server: OParlServer):
    """``--every`` keeps the source for the worker, ``--remove`` forgets it and leaves its documents."""
    url = oparl_server.system_url
    assert "there are no sources" in searchsvc(data, "import-oparl", "--list").stdout
    done = searchsvc(data, "import-oparl", url, "--every", "24", "--kommune", "Brühl")
    assert (done.returncode, "every 24 hours" in done.stdout) == (0, True)
    listed = searchsvc(data, "import-oparl", "--list").stdout
    assert f"{url} (every 24 hours): ok" in listed
    assert "13 stored" in listed
    assert "4 of 4 lists read to the end: " in listed
    (source,) = json.loads(searchsvc(data, "status", "--json").stdout)["oparl_sources"]
    started, due = (datetime.fromisoformat(source[name]) for name in ("started_at", "next_at"))
    assert due - started == timedelta(hours=24)
    assert source["coverage"]["files"] == source["coverage"]["documents"] == 13
    assert searchsvc(data, "import-oparl", "--remove", url).returncode == 0
    assert searchsvc(data, "import-oparl", "--remove", url).returncode == 1
    status = json.loads(searchsvc(data, "status", "--json").stdout)
    assert (status["oparl_sources"], status["documents"]) == ([], 13)


@pytest.mark.slow
def test_an_import_killed_in_the_middle_goes_on_where_it_was(data: Path, oparl_server: OParlServer):
    """Killed by force at any page, an import repeats one page at most and no download of the pages before."""
    oparl_server.city = small_city(oparl_server.base, papers=12, version="1.0")
    oparl_server.slow_s = 60
    downloads: list[str] = []
    first_pages: list[str] = []
    for page in (2, 3, 5):
        oparl_server.fail(f"papers?page={page}", "slow")
        oparl_server.forget_requests()
        with started(data, "import-oparl", oparl_server.system_url) as process:
            eventually(lambda page=page: oparl_server.paths(f"papers?page={page}"))  # type: ignore[misc]
            process.kill()
            process.wait(30)
        first_pages.append(oparl_server.paths("/papers")[0].rpartition("/")[2])
        downloads += oparl_server.paths("/download/p")
    oparl_server.forget_requests()
    done = searchsvc(data, "import-oparl", oparl_server.system_url)
    assert done.returncode == 0, done.stderr
    assert first_pages == ["papers", "papers?page=2", "papers?page=3"]
    assert oparl_server.paths("/papers")[0].endswith("papers?page=5")
    downloads += oparl_server.paths("/download/p")
    assert sorted(downloads) == sorted(f"/download/p{number}-vorlage.pdf" for number in range(1, 13))
    with Store.open(Settings(data_dir=data)) as store:
        assert store.documents.count() == 3 + 2 * 12
    assert not list((data / "oparl").glob("*/*")), "nothing is left of files on their way"


def test_the_schedule_starts_what_is_due_and_ends_it_with_itself(
    service_settings: Settings, store: Store, oparl_server: OParlServer, monkeypatch: pytest.MonkeyPatch
):
    """A registered source is imported in a process of its own; leaving the schedule ends imports that run."""
    for name, value in environment(service_settings.data_dir).items():
        monkeypatch.setenv(name, value)
    url = oparl_server.system_url
    store.oparl_sources.add(url, every_hours=24)
    store.oparl_sources.add("http://127.0.0.1:9/never", every_hours=None)
    with ImportSchedule(store, service_settings, check_s=0.05):
        eventually(lambda: getattr(store.oparl_sources.get(url), "result", None) == "ok")
        time.sleep(0.3)
    assert store.documents.count() == 13
    assert len(oparl_server.paths("/oparl/system")) == 1, "it is not due again"
    oparl_server.slow_s = 5
    oparl_server.forget_requests()
    oparl_server.fail("/oparl/bodies", "slow")
    other = f"{oparl_server.base}/oparl/bodies"
    store.oparl_sources.add(other, every_hours=24)
    with ImportSchedule(store, service_settings, check_s=0.05):
        eventually(oparl_server.paths)
    source = store.oparl_sources.get(other)
    assert source is not None
    assert source.was_cut_off


@pytest.mark.slow
def test_the_worker_imports_regularly_while_it_indexes(data: Path, oparl_server: OParlServer):
    """A source registered while the worker runs is imported by it and its documents can be found."""
    with Store.open(Settings(data_dir=data)) as store:
        store.migrate()
        store.oparl_sources.add(oparl_server.system_url, every_hours=1)
    with started(data, "worker"):
        eventually(lambda: len(oparl_server.paths("files?page=7")) > 0)
        eventually(lambda: searchsvc(data, "search", "Radweg", "--json").stdout.startswith('{\n  "total": 5'))
    assert json.loads(searchsvc(data, "status", "--json").stdout)["oparl_sources"][0]["every_hours"] == 1


NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours_ago", "finished", "result", "due"),
    [
        (None, False, None, True),
        (1, True, "ok", False),
        (25, True, "ok", True),
        (1, True, "incomplete", False),
        (0.5, True, "failed", False),
        (2, True, "failed", True),
        (0.5, False, None, False),
        (2, False, "ok", True),
        (-0.1, True, "ok", False),
        (-8_760, True, "ok", True),  # the clock was ahead
    ],
)
def test_sources_are_due_when_their_time_has_come(
    hours_ago: float | None, finished: bool, result: str | None, due: bool
):
    """Regularly; an hour later when the last import failed or was cut off; never without ``--every``."""
    begun = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    ended = begun + timedelta(minutes=5) if begun and finished else None
    source = OParlSource("u", every_hours=24, started_at=begun, finished_at=ended, result=result)
    assert source.is_due(NOW) is due
    assert not OParlSource("u", started_at=begun, finished_at=ended, result=result).is_due(NOW)


def test_a_source_is_named_as_it_is_shown(tmp_path: Path):
    """Whoever has only what the list shows can end it; what is shown of none is no address."""
    address = "http://amt:geheim@127.0.0.1:1/oparl?token=geheim"
    searchsvc(tmp_path, "import-oparl", address, "--every", "24")
    shown = "http://***@127.0.0.1:1/oparl?token=***"
    assert shown in searchsvc(tmp_path, "import-oparl", "--list").stdout
    assert searchsvc(tmp_path, "import-oparl", shown.replace("oparl", "other")).returncode == 2
    file = tmp_path / "address"
    file.write_text(address + "\n")
    assert searchsvc(tmp_path, "import-oparl", address, "--address-file", str(file)).returncode == 2
    ended = searchsvc(tmp_path, "import-oparl", "--remove", shown)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"{shown} is forgotten; its documents stay\n"
    assert "there are no sources" in searchsvc(tmp_path, "import-oparl", "--list").stdout
