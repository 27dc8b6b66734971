"""GET /metrics: what is counted, under which names, and that all web processes are added up."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from index.contract import IndexUnavailable
from searchsvc.errors import StoreUnavailable
from searchsvc.indexing.heartbeat import Heartbeat, WorkerState
from searchsvc.indexing.verification import VerificationState
from searchsvc.periodic import Troubles
from searchsvc.settings import Settings, find_config
from searchsvc.store import BackupState, Store, write_backup_state
from searchsvc.store.documents import Documents
from searchsvc.web import create_app
from searchsvc.web.http.metrics import harmless
from searchsvc.web.http.metrics_files import begin, give_back, metrics_folder, reserve
from tests.fixtures_web import SetEngine, make_document, make_hit, make_result
from tests.gunicorn_server import running_gunicorn
from tests.small_disk import fill, small_disk
from tests.test_draining import main_process

ROOT = Path(__file__).parent.parent
PROCESSES = 2


def samples(text: str) -> dict[str, float]:
    """Read an answer as Prometheus does: value by name and labels."""
    return {
        sample.name + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(web: FlaskClient) -> dict[str, float]:
    return samples(web.get("/metrics").text)


def test_requests_are_counted_by_route_method_and_status(web: FlaskClient) -> None:
    """Ids, addresses that do not exist and methods that nobody knows do not become labels."""
    for _ in range(3):
        web.get("/api/v1/search?q=x")
    web.get("/api/v1/search?page=0")
    web.head("/api/v1/documents/a")
    web.get("/api/v1/documents/b/text")
    web.get("/gibt/es/nicht")
    web.open("/api/v1/search", method="BREW")
    found = scraped(web)
    name = "searchsvc_http_requests_total"
    assert found[f"{name} method=GET route=/api/v1/search status=200"] == 3
    assert found[f"{name} method=GET route=/api/v1/search status=400"] == 1
    assert found[f"{name} method=HEAD route=/api/v1/documents/{{document_id}} status=404"] == 1
    assert found[f"{name} method=GET route=/api/v1/documents/{{document_id}}/text status=404"] == 1
    assert found[f"{name} method=GET route=none status=404"] == 1
    assert found[f"{name} method=other route=none status=405"] == 1
    seconds = "searchsvc_http_request_duration_seconds"
    assert found[f"{seconds}_count method=GET route=/api/v1/search"] == 4
    assert found[f"{seconds}_bucket le=+Inf method=GET route=/api/v1/search"] == 4
    assert not any("gibt" in key for key in found)


def test_searches_are_counted_with_their_phases(web: FlaskClient, set_engine: SetEngine) -> None:
    """Searches of the API and of the pages count by outcome, and their phases with their times."""
    timings = {"match": 2.0, "rank": 0.5}
    set_engine.result = make_result([make_hit()], timings_ms=timings)
    web.get("/api/v1/search")
    web.get("/?q=x")
    set_engine.result = make_result([make_hit()], relaxed=True, timings_ms=timings)
    web.post("/api/v1/msearch", json={"searches": [{}, {}]})
    set_engine.result = make_result(timings_ms=timings)
    web.get("/api/v1/search?q=y")
    web.get("/api/v1/search?q=y")
    found = scraped(web)
    outcomes = {name: found.get(f"searchsvc_searches_total outcome={name}") for name in ("hits", "relaxed", "none")}
    assert outcomes == {"hits": 2, "relaxed": 2, "none": 1}
    assert found["searchsvc_kept_answers_total route=/api/v1/search"] == 1
    assert found["searchsvc_search_phase_duration_seconds_count phase=match"] == 5
    assert found["searchsvc_search_phase_duration_seconds_sum phase=match"] == pytest.approx(0.010)


def test_state_is_that_of_now(
    web: FlaskClient, web_store: Store, web_settings: Settings, set_engine: SetEngine
) -> None:
    """Documents, failures, change numbers, lag and the worker's heartbeat are looked at when asked."""
    web_store.documents.put(make_document("a"))
    web_store.documents.put(make_document("b"))
    web_store.failures.record("kaputt.pdf", "damaged", "cannot be read")
    set_engine.applied = 1
    assert "searchsvc_worker_heartbeat_age_seconds" not in scraped(web)
    with Heartbeat(web_settings.data_dir):
        found = scraped(web)
    assert found["searchsvc_documents"] == 2
    assert found["searchsvc_failures"] == 1
    assert not any(name.startswith("searchsvc_import_") for name in found)
    assert (found["searchsvc_store_change"], found["searchsvc_index_change"]) == (2, 1)
    assert found["searchsvc_index_lag_changes"] == 1
    assert (found["searchsvc_store_up"], found["searchsvc_index_up"]) == (1, 1)
    assert 0 <= found["searchsvc_worker_heartbeat_age_seconds"] < 5
    states = {state: found[f"searchsvc_worker_state state={state}"] for state in WorkerState}
    assert states == {state: float(state is WorkerState.STARTING) for state in WorkerState}


def test_imports_are_measured_by_source(web: FlaskClient, web_store: Store) -> None:
    """When the last import of each source ended, and how; nothing of a source that was never imported to its end."""
    sources = web_store.oparl_sources
    for url in ("https://a.example/oparl", "https://b.example/oparl"):
        sources.add(url)
        sources.begin(url)
    sources.finish("https://a.example/oparl", "incomplete", None, {"failed": 2})
    found = scraped(web)
    assert found["searchsvc_import_result result=incomplete source=https://a.example/oparl"] == 1
    age_s = time.time() - found["searchsvc_import_finished_timestamp_seconds source=https://a.example/oparl"]
    assert -1 <= age_s < 60
    assert not any("b.example" in name for name in found)


def test_outages_are_measured_and_no_error(
    web: FlaskClient, set_engine: SetEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without index or store the answer says so and leaves out what nobody can know."""
    set_engine.error = IndexUnavailable("no index")
    found = scraped(web)
    assert (found["searchsvc_index_up"], found["searchsvc_store_up"]) == (0, 1)
    assert "searchsvc_index_lag_changes" not in found

    def fail(*_: object) -> None:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(Documents, "last_change", fail)
    found = scraped(web)
    assert (found["searchsvc_index_up"], found["searchsvc_store_up"]) == (0, 0)
    assert "searchsvc_documents" not in found


def test_answer_is_what_prometheus_reads(web: FlaskClient) -> None:
    """The text has Prometheus' media type, may not be kept, and each name has a meaning."""
    response = web.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    assert response.headers["Cache-Control"] == "no-store"
    web.get("/api/v1/search")
    families = list(text_string_to_metric_families(web.get("/metrics").text))
    assert all(family.name.startswith("searchsvc_") and family.documentation for family in families)
    assert len({family.name for family in families}) == len(families)


def test_dashboard_asks_for_what_there_is(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, tmp_path: Path
) -> None:
    """Every name in the Grafana dashboard is measured, and every name measured is shown."""
    settings = web_settings.model_copy(update={"backup_folder": tmp_path / "backups"})
    web = create_app(settings, engine=set_engine, store=web_store).test_client()
    path = find_config("grafana-dashboard.json")
    assert path is not None
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"searchsvc_\w+", target["expr"])
    }
    set_engine.result = make_result([make_hit()], timings_ms={"match": 1.0})
    for _ in range(2):
        web.get("/api/v1/search")
    web_store.oparl_sources.add("https://a.example/oparl")
    web_store.oparl_sources.finish("https://a.example/oparl", "ok", None, {})
    counted = {"documents": 7, "without_text": 2, "newest": "2020-01-01", "days": {}}
    web_store.oparl_sources.observe("https://a.example/oparl", measured=counted)
    now = datetime.now(UTC)
    write_backup_state(web_settings.data_dir, BackupState(good_at=now, bytes=1, log_until=now))
    verified = VerificationState(time.time(), 1, ("x",))
    (web_settings.data_dir / "verification.json").write_text(json.dumps(asdict(verified)))
    troubles = Troubles()
    troubles.tell("merging", "no memory")
    with Heartbeat(web_settings.data_dir, troubles):
        measured = {key.split(" ")[0] for key in scraped(web)}
    assert asked <= measured
    shown = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in asked}
    assert {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in measured} - shown <= {
        "searchsvc_http_requests", "searchsvc_searches", "searchsvc_kept_answers",
    }  # fmt: skip
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


@pytest.fixture
def server(web_settings: Settings, web_store: Store) -> Iterator[str]:
    """The address of the application under gunicorn with several processes, and figures of a former start."""
    folder = metrics_folder(web_settings)
    folder.mkdir(exist_ok=True)
    (folder / "counter_1.db").write_bytes(b"\xff" * 100)
    with running_gunicorn(web_settings, web_store, SEARCHSVC_WEB_WORKERS=str(PROCESSES)) as url:
        yield url


def test_all_processes_are_added_up(server: str, web_settings: Settings) -> None:
    """Whichever process is asked, it has counted the requests of all; what a former start left is gone."""
    count = 0
    tags = set()
    processes: set[str] = set()
    deadline = time.monotonic() + 60
    while count < 60 or len(processes) < PROCESSES:  # one is ready before the others
        assert time.monotonic() < deadline, processes
        response = httpx.get(f"{server}/api/v1/search?q=x", headers={"Connection": "close"})
        assert response.status_code == 200
        tags.add(response.headers["ETag"])
        count += 1
        processes = {path.stem.rpartition("_")[2] for path in metrics_folder(web_settings).glob("*.db")}
    assert len(tags) == 1
    assert len(processes) == PROCESSES
    for _ in range(5):
        found = samples(httpx.get(f"{server}/metrics", headers={"Connection": "close"}).text)
        assert found["searchsvc_http_requests_total method=GET route=/api/v1/search status=200"] == count
        searched = found["searchsvc_searches_total outcome=none"]
        kept = found["searchsvc_kept_answers_total route=/api/v1/search"]
        assert searched + kept == count


def test_measuring_never_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """What goes wrong is logged once for each kind, and nobody else notices."""
    outcomes: list[Exception] = [OSError("full"), OSError("full"), ValueError("mmap closed or invalid")]

    @harmless
    def measure() -> None:
        raise outcomes.pop()

    for _ in range(3):
        measure()
    assert not outcomes
    assert capsys.readouterr().err.count("not_measured") <= 3


def test_requests_are_answered_while_nothing_can_be_measured(web: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting that fails is no reason for a 500, neither at a request nor at /metrics."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("searchsvc.web.http.metrics._template", fail)
    monkeypatch.setattr("searchsvc.web.http.metrics._add_counted.__wrapped__", fail, raising=False)
    assert web.get("/api/v1/search?q=x").status_code == 200
    assert web.get("/healthz").status_code == 200
    assert web.get("/metrics").status_code == 200


def test_the_folder_may_be_removed_while_it_is_used(server: str, web_settings: Settings) -> None:
    """Requests go on, also in web processes that start afterwards, which count again."""
    shutil.rmtree(metrics_folder(web_settings))
    for _ in range(20):
        for path in ("/healthz", "/api/v1/search?q=x", "/", "/metrics"):
            assert httpx.get(f"{server}{path}", headers={"Connection": "close"}).status_code == 200


COUNT_MUCH = """
import os, sys
from prometheus_client import Counter, Histogram
from searchsvc.web.http.metrics import MAX_ROUTES, REQUEST_BUCKETS_S
requests = Counter("searchsvc_http_requests", "Requests answered.", ("method", "route", "status"))
seconds = Histogram("searchsvc_http_request_duration_seconds", "Time until an answer began, in seconds.",
                    ("method", "route"), buckets=REQUEST_BUCKETS_S)
for number in range(MAX_ROUTES):
    route = f"/api/v1/documents/{{document_id}}/{number}"
    for status in range(5):
        requests.labels("OPTIONS", route, str(status)).inc()
    seconds.labels("OPTIONS", route).observe(1)
"""


def count_much(folder: Path, *, reserves: bool) -> int:
    """Count as much as a web process may ever, on a disk that is full; return the exit code."""
    program = "import os, sys; from pathlib import Path; from searchsvc.web.http.metrics_files import reserve\n"
    program += "assert reserve(Path(sys.argv[1]), os.getpid())\n" if reserves else ""
    program += "open(sys.argv[1] + '/../go', 'w').close()\n" if reserves else ""
    program += "sys.stdin.readline()\n" + COUNT_MUCH
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], env=environment, stdin=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdin is not None
    with process.stdin:
        while reserves and not (folder.parent / "go").exists():
            time.sleep(0.05)
            assert process.poll() is None
        fill(folder.parent)
        process.stdin.write(b"\n")
        process.stdin.flush()
        return process.wait(60)


def test_a_full_disk_ends_no_process(tmp_path: Path) -> None:
    """The blocks of mapped files are there before they are written; without that a full disk is a SIGBUS."""
    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        folder = disk / "metrics"
        assert begin(folder)
        assert count_much(folder, reserves=True) == 0


def test_room_is_found_or_done_without(tmp_path: Path, web_settings: Settings) -> None:
    """Memory is used if it has room, else the data folder; a full one takes no files, and ended processes give back."""
    with small_disk(tmp_path / "memory", megabytes=2) as memory:
        assert metrics_folder(web_settings, memory) == web_settings.data_dir.absolute() / "metrics"
        assert not reserve(memory / "metrics", 1)
        assert not list((memory / "metrics").glob("histogram*"))
    assert metrics_folder(web_settings, tmp_path / "none") == web_settings.data_dir.absolute() / "metrics"
    folder = tmp_path / "metrics"
    assert reserve(folder, 1)
    assert reserve(folder, 1)
    path = folder / "counter_1.db"
    path.write_bytes((24).to_bytes(4, "little") + path.read_bytes()[4:])
    give_back(folder, 1)
    assert path.stat().st_size == 24
    assert [one.name for one in folder.iterdir()] == ["counter_1.db"]


def test_nothing_is_left_in_memory(web_settings: Settings, web_store: Store) -> None:
    """However the service ends, what it counted in goes with it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with running_gunicorn(web_settings, web_store, SEARCHSVC_WEB_WORKERS="1") as url:
            folder = metrics_folder(web_settings)
            assert list(folder.glob("*.db"))
            os.kill(main_process(url), number)
            deadline = time.monotonic() + 30
            while folder.exists() and list(folder.glob("*.db")):
                assert time.monotonic() < deadline
                time.sleep(0.1)
