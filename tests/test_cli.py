"""The command line, as an operator uses it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from searchsvc.cli.common import counted
from searchsvc.settings import settings_table
from tests.fixtures_service import MakePdf


def searchsvc(data: Path, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "searchsvc", *map(str, arguments)],
        env=environment(data, **variables),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def environment(data: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEARCHSVC_") and name != "PORT"}
    return kept | {"SEARCHSVC_DATA_DIR": str(data), "SEARCHSVC_SAMPLE": "0"} | variables


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_import_search_delete(data: Path, make_pdf: MakePdf, tmp_path: Path):
    """Documents are imported, found, deleted and no longer found, without a running service."""
    make_pdf("rat/a.pdf", pages=("Der Haushalt von Brühl",))
    lines = tmp_path / "rat" / "b.ndjson"
    lines.write_text('{"id": "b", "text": "Zebrastreifen", "date": "2014-01-01"}\n')
    done = searchsvc(data, "ingest", tmp_path / "rat", "--kommune", "Brühl", "--wait")
    assert (done.returncode, done.stdout) == (0, "2 stored, 0 unchanged, 0 failed (2 pages)\n"), done.stderr
    found = searchsvc(data, "search", "Zebrastreifen", "--json")
    assert [hit["id"] for hit in json.loads(found.stdout)["hits"]] == ["b"]
    assert "Haushalt" in searchsvc(data, "search", "Haushalt", "--kommune", "Brühl").stdout
    gone = searchsvc(data, "delete", "b", "unknown")
    assert (gone.returncode, gone.stdout) == (1, "1 deleted, 1 unknown\n")
    assert "failed: unknown: not_found" in gone.stderr
    assert searchsvc(data, "rebuild").returncode == 0
    assert json.loads(searchsvc(data, "search", "Zebrastreifen", "--json").stdout)["total"] == 0
    assert searchsvc(data, "check").returncode == 0


def test_failed_documents_are_named(data: Path, tmp_path: Path):
    """Each document that failed is named with its reason, the exit code says so, and status lists it."""
    (tmp_path / "bad.pdf").write_bytes(b"")
    done = searchsvc(data, "ingest", tmp_path / "bad.pdf", tmp_path / "none.pdf")
    assert done.returncode == 1
    assert "bad.pdf: empty_file: " in done.stderr
    assert "none.pdf: unreadable: " in done.stderr
    listed = json.loads(searchsvc(data, "status", "--json", "--failures").stdout)
    assert {item["kind"] for item in listed["failed_items"]} == {"empty_file", "unreadable"}
    assert (listed["documents"], listed["failures"]) == (0, 2)


@pytest.mark.parametrize(
    "arguments",
    [["ingest"], ["unknown"], ["search"], ["search", "x", "--page", "0"], ["delete"]],
)
def test_wrong_use_is_exit_code_2(data: Path, arguments: list[str]):
    """What was typed wrong is told apart from what went wrong."""
    done = searchsvc(data, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_misspelt_settings_are_wrong_use(data: Path):
    """A misspelt variable stops every command before it does anything."""
    done = searchsvc(data, "status", SEARCHSVC_PROT="1")
    assert done.returncode == 2
    assert "did you mean 'port'" in done.stderr
    assert not data.exists()


def test_errors_are_one_clear_line(tmp_path: Path):
    """A data folder that cannot be used is one line, never a traceback."""
    (tmp_path / "file").write_text("")
    for command in (["status"], ["ingest", str(tmp_path)], ["serve"], ["worker"]):
        done = searchsvc(tmp_path / "file" / "data", *command, PORT=str(free_port()))
        assert done.returncode == 1
        assert done.stderr.startswith("searchsvc: ")
        assert done.stderr.count("\n") == 1


def test_every_setting_is_listed(data: Path):
    """The settings command shows each setting."""
    shown = searchsvc(data, "settings").stdout
    assert all(f"{row.name} = " in shown and row.variable in shown for row in settings_table())


def test_keys_are_made_listed_and_revoked(data: Path):
    """A key is shown once, listed without its secret, and revoked by name."""
    token = searchsvc(data, "key", "create", "Importer").stdout.strip()
    assert token.startswith("ssk_")
    listed = searchsvc(data, "key", "list").stdout
    assert "Importer" in listed
    assert token not in listed
    assert searchsvc(data, "key", "revoke", "Importer").stdout == "1 revoked\n"
    assert searchsvc(data, "key", "revoke", "Importer").returncode == 1


def test_analysis_is_explained(data: Path):
    """Each step of the analysis is a line."""
    lines = searchsvc(data, "analyze", "Die Vorlagen").stdout.splitlines()
    assert any("vorlag" in line for line in lines)


def test_backup_and_restore(data: Path, tmp_path: Path, make_pdf: MakePdf):
    """A backup of one data folder brings another one to the same documents."""
    searchsvc(data, "ingest", make_pdf())
    assert "1 document, 1 original file" in searchsvc(data, "backup", tmp_path / "b.tar").stdout
    other = tmp_path / "other"
    assert searchsvc(other, "restore", tmp_path / "b.tar").returncode == 0
    refused = searchsvc(other, "restore", tmp_path / "b.tar")
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert json.loads(searchsvc(other, "status", "--json").stdout)["documents"] == 1


def test_serve_runs_everything_and_leaves_nothing_behind(data: Path, make_pdf: MakePdf):
    """A service becomes ready, lets the command line work beside it, restarts its worker, and stops all of it."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "searchsvc", "serve"],
        env=environment(data, PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"searchsvc is ready: http://127.0.0.1:{port} (Ctrl-C stops it)\n"
        done = searchsvc(data, "ingest", make_pdf(), "--wait")
        assert done.returncode == 0, done.stderr
        with urlopen(f"http://127.0.0.1:{port}/api/v1/search?q=Haushalt", timeout=10) as answer:
            assert json.load(answer)["total"] == 1
            assert answer.headers["Server"] == "searchsvc"
        assert raw_get(port, "/api/v1/search?q=Häushalt") == raw_get(port, "/api/v1/search?q=H%C3%A4ushalt") == 200
        assert searchsvc(data, "rebuild").returncode == 0
        second = searchsvc(data, "worker")
        assert (second.returncode, second.stderr.count("another process is already writing")) == (1, 1)
        worker = json.loads(searchsvc(data, "status", "--json").stdout)["worker"]
        assert worker["running"]
        os.kill(worker["pid"], signal.SIGKILL)
        done = searchsvc(data, "ingest", make_pdf("b.pdf", pages=("Zebrastreifen",)), "--wait")
        assert done.returncode == 0, done.stderr
        children = descendants(process.pid)
        assert len(children) >= 4
    finally:
        process.terminate()
        assert process.wait(30) == 0
        process.stdout.close()
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_nothing_survives_a_killed_parent(data: Path):
    """When serve is killed by force, its web server and its worker end by themselves."""
    process = subprocess.Popen(
        [sys.executable, "-m", "searchsvc", "serve"],
        env=environment(data, PORT=str(free_port())),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    process.stdout.readline()
    children = descendants(process.pid)
    assert len(children) >= 4
    process.kill()
    process.wait(10)
    process.stdout.close()
    deadline = time.monotonic() + 20
    while any(is_running(child) for child in children):
        assert time.monotonic() < deadline, "a process was left behind"
        time.sleep(0.1)


def test_one_service_for_a_data_folder(data: Path):
    """Of two started at once on an empty folder one serves the whole sample, the other says why it does not."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "searchsvc", "serve"],
            env=environment(data, PORT=str(free_port()), SEARCHSVC_SAMPLE="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    refused = wait_for_first(started)
    serving = next(process for process in started if process is not refused)
    try:
        assert refused.communicate()[1].startswith(f"searchsvc: the service already runs on {data}; stop it, or")
        assert refused.returncode == 1
        assert serving.stdout is not None
        assert serving.stdout.readline().startswith("searchsvc is ready")
        assert json.loads(searchsvc(data, "status", "--json").stdout)["documents"] == 70
    finally:
        serving.terminate()
        serving.communicate(timeout=40)


def wait_for_first(processes: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """Return the process that ends first."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for process in processes:
            if process.poll() is not None:
                return process
        time.sleep(0.05)
    pytest.fail("no process ended")


def test_impatience_leaves_nothing_behind(data: Path):
    """However often Ctrl-C is pressed, every process ends, also one that does not answer any more."""
    process = subprocess.Popen(
        [sys.executable, "-m", "searchsvc", "serve"],
        env=environment(data, PORT=str(free_port())),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    process.stdout.readline()
    children = descendants(process.pid)
    worker = json.loads(searchsvc(data, "status", "--json").stdout)["worker"]["pid"]
    os.kill(worker, signal.SIGSTOP)
    until = time.monotonic() + 15  # it waits longer than that for a process which is asked once
    while process.poll() is None and time.monotonic() < until:
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)  # signals that come together are one
    assert process.returncode is not None
    process.stdout.close()
    assert not any(is_running(child) for child in children)


def raw_get(port: int, target: str) -> int:
    """Ask with a target as it is, not encoded, like curl; return the status."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return int(connection.makefile("rb").readline().split()[1])


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [one for child in map(int, children) for one in (child, *descendants(child))]


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("searchsvc.cli", {"index", "analyzers", "pydantic", "sqlalchemy", "flask"}),
        ("searchsvc.cli.search", {"sqlalchemy", "flask", "pypdf", "searchsvc.web"}),
        ("searchsvc.cli.status", {"alembic", "flask", "pypdf", "httpx"}),
        ("searchsvc.cli.ingest", {"alembic", "flask", "httpx", "reportlab"}),
    ],
)
def test_commands_load_only_what_they_need(module: str, unneeded: set[str]):
    """The list of commands, and the commands that are typed most, answer without loading the whole service."""
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=90, check=True)
    assert module in done.stdout.split()
    assert unneeded.isdisjoint(done.stdout.split())


@pytest.mark.parametrize(("number", "text"), [(0, "0 problems"), (1, "1 problem"), (1234, "1,234 problems")])
def test_numbers_agree_with_their_noun(number: int, text: str) -> None:
    """One is one: "1 problem found"."""
    assert counted(number, "problem") == text
