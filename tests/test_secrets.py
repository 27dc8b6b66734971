"""A service full of secrets, through everything it does: none of them is in what it tells."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from searchsvc.oparl.client import OParlClient
from searchsvc.oparl.credentials import Credentials, InvalidCredentials
from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.web import create_app
from tests.fixtures_web import SetEngine
from tests.oparl_server import OParlServer

ROOT = Path(__file__).parent.parent

USER, PASSWORD, TOKEN = "amtsname4711", "kennwort4712", "zugang4713"
NETRC_PASSWORD, SMTP_PASSWORD, DATABASE_PASSWORD = "netrcwort4714", "postwort4715", "datenwort4716"
MAILBOX = "anna.abonnentin4717"
HIDDEN = (USER, PASSWORD, TOKEN, NETRC_PASSWORD, SMTP_PASSWORD, DATABASE_PASSWORD, MAILBOX)


class _Mailbox:
    """A mail server that knows nobody and quotes whom it does not know."""

    async def handle_RCPT(self, *given: object) -> str:  # noqa: N802 - as aiosmtpd calls it
        return f"550 5.1.1 <{given[3]}>: unknown ({SMTP_PASSWORD})"


@pytest.fixture
def mail_port() -> Iterator[int]:
    """Port of that mail server."""
    controller = Controller(
        _Mailbox(),
        hostname="127.0.0.1",
        port=_free_port(),
        auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=True),
    )
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
def receiver() -> Iterator[str]:
    """Address of a receiver of webhooks that fails."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_error(500)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"
        server.shutdown()
        thread.join()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _command_lines(pid: int) -> str:
    """Return what a process and all that it has started were called with, one line each."""
    found = []
    with suppress(OSError):
        found.append(Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").replace("\0", " "))
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(_command_lines, map(int, (task / "children").read_text().split()))
    return "\n".join(found)


def _address(server: OParlServer, *, user: str = USER) -> str:
    return server.system_url.replace("://", f"://{user}:{PASSWORD}@") + f"?token={TOKEN}"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_that_a_service_tells_has_a_secret(
    oparl_server: OParlServer, mail_port: int, receiver: str, tmp_path: Path
):
    """Logs at their most talkative, status, metrics, readiness, arguments of processes, answers to wrong requests."""
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login {USER} password {NETRC_PASSWORD}\n")
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEARCHSVC_") and name != "PORT"}
    environment = kept | {
        "SEARCHSVC_DATA_DIR": str(tmp_path / "data"),
        "SEARCHSVC_SAMPLE": "0",
        "SEARCHSVC_WEB_WORKERS": "1",
        "SEARCHSVC_LOG_LEVEL": "debug",
        "SEARCHSVC_OPARL_ALLOW_PRIVATE_HOSTS": "1",
        "SEARCHSVC_OPARL_DELAY_S": "0",
        "SEARCHSVC_OPARL_ATTEMPTS": "1",
        "SEARCHSVC_OPARL_CREDENTIALS": str(netrc),
        "SEARCHSVC_WEBHOOK_ALLOW_PRIVATE_HOSTS": "1",
        "SEARCHSVC_NOTIFICATION_DELAY_S": "0",
        "SEARCHSVC_SMTP_HOST": "127.0.0.1",
        "SEARCHSVC_SMTP_PORT": str(mail_port),
        "SEARCHSVC_SMTP_TLS": "none",
        "SEARCHSVC_SMTP_USER": "post",
        "SEARCHSVC_SMTP_PASSWORD": SMTP_PASSWORD,
        "SEARCHSVC_MAIL_FROM": "suche@example.org",
        "SEARCHSVC_BACKUP_FOLDER": str(tmp_path / "backups"),
        "PORT": str(port),
    }

    def run(*arguments: str, given: str = "", **variables: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "searchsvc", *arguments],
            env=environment | variables,
            input=given,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        return done.stdout + done.stderr

    key = run("key", "create", "tests", "--scope", "write").split()[-1]
    key = next((word for word in key.split() if word.startswith("ssk_")), key)
    told = [
        run("import-oparl", "--address-file", "-", "--every", "1", given=_address(oparl_server) + "\n"),
        run("import-oparl", _address(oparl_server, user="x" + USER).replace("/oparl", "/nowhere"), "--every", "1"),
        run("import-oparl", f"http://{USER}:{PASSWORD}@127.0.0.1:{_free_port()}/o?token={TOKEN}", "--every", "1"),
        run("import-oparl", f"ftp://{USER}:{PASSWORD}@host/"),
        run("import-oparl", "--list"),
        run("status", "--failures"),
        run("settings"),
        run("status", SEARCHSVC_DATABASE_URL=f"postgresql+pg8000://rat:{DATABASE_PASSWORD}@127.0.0.1:1/rat",
            SEARCHSVC_BACKUP_FOLDER=""),
    ]  # fmt: skip
    assert key.startswith("ssk_"), key
    assert "***@127.0.0.1" in told[0] + told[1]
    with Store.open(Settings(data_dir=tmp_path / "data")) as store, store.database.transaction() as connection:
        # Their turn has come again.
        connection.exec_driver_sql("UPDATE oparl_sources SET started_at = '2020-01-01T00:00:00+00:00'")
    log = (tmp_path / "log").open("w+b")
    process = subprocess.Popen(
        [sys.executable, "-m", "searchsvc", "serve"], env=environment, cwd=ROOT, stdout=log, stderr=log, process_group=0
    )
    url, headers = f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {key}"}
    lines: list[str] = []
    secrets = [key]
    try:
        with httpx.Client(base_url=url, timeout=30) as web:
            _wait(lambda: _answers(web, "/readyz"))
            for body in ({"webhook": receiver + f"?token={TOKEN}"}, {"email": f"{MAILBOX}@example.org"}):
                saved = web.post("/api/v1/saved-searches", json={"search": {"q": "rad"}, **body}, headers=headers)
                assert saved.status_code == 201, saved.text
                secrets += [saved.json()["token"], *filter(None, [saved.json()["secret"]])]
                assert web.get(f"/api/v1/saved-searches/{secrets[-1]}", headers=headers).status_code in (200, 404)
                web.get(f"/abo/{saved.json()['token']}")
            web.put("/api/v1/documents/a", json={"title": "Rad", "text": "rad"}, headers=headers)
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline and not _has_happened(tmp_path / "log"):
                lines.append(_command_lines(process.pid))
                time.sleep(0.02)
            assert _has_happened(tmp_path / "log"), (tmp_path / "log").read_text()
            told += [web.get(path).text for path in ("/api/v1/status", "/metrics", "/readyz", "/openapi.json", "/")]
            for wrong in ({"Authorization": f"Bearer {key}x"}, {"Authorization": f"Basic {key}"}, {}):
                told.append(web.put("/api/v1/documents/b", json={"title": 1}, headers=wrong).text)
            told.append(web.put("/api/v1/documents/b", json={"title": 1}, headers=headers).text)
            told.append(web.get("/api/v1/documents/missing", headers=headers).text)
            told.append(web.get("/api/v1/search?nothing=1", headers=headers).text)
        told.append(run("status", "--failures", "--json"))
        told.append(run("import-oparl", "--list"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        log.close()
    logged = (tmp_path / "log").read_text()
    assert any("import-oparl --address-file -" in line for line in lines)
    assert "***@127.0.0.1" in told[8] + told[9]
    for secret in (*HIDDEN, *secrets):
        assert secret not in logged, secret
        assert secret not in "\n".join(lines), secret
        assert secret not in "\n".join(told), secret
    assert all(seen.headers.get("authorization") for seen in oparl_server.seen)


def _answers(web: httpx.Client, path: str) -> bool:
    with suppress(httpx.HTTPError):
        return web.get(path).status_code == 200
    return False


def _has_happened(log: Path) -> bool:
    text = log.read_text(encoding="utf-8", errors="replace")
    return all(
        (
            text.count("oparl_import_ended") >= 3,
            "notification_failed" in text,
            "notification_given_up" in text or text.count("notification_failed") >= 2,
            "backup_made" in text,
        )
    )


def _wait(condition, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_credentials_go_to_their_hosts_only(oparl_server: OParlServer, service_settings: Settings, tmp_path: Path):
    """Those of the file to the hosts it names, those of a source to its own origin, also for what it links to."""
    settings = service_settings.model_copy(update={"oparl_allow_private_hosts": True, "oparl_delay_s": 0.0})
    system = oparl_server.system_url

    def sent(credentials: Credentials, url: str) -> str | None:
        oparl_server.forget_requests()
        with OParlClient(settings, credentials=credentials) as client:
            client.get_json(url)
        return oparl_server.seen[-1].headers.get("authorization")

    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    assert sent(Credentials.read(netrc), system) == "Basic YTpi"
    netrc.write_text("machine other.example login a password b\ndefault login c password d\n")
    assert sent(Credentials.read(netrc), system) is None
    assert sent(Credentials.read(None, system.replace("://", "://a:b@")), system) == "Basic YTpi"
    assert sent(Credentials.read(None, "http://a:b@other.example/"), system) is None
    assert sent(Credentials.read(None), system.replace("://", "://a:b@")) == "Basic YTpi"
    netrc.write_text(f"machine x login y password z {PASSWORD}\n")
    with pytest.raises(InvalidCredentials) as caught:
        Credentials.read(netrc)
    assert PASSWORD not in str(caught.value)
    assert "is no netrc file" in str(caught.value)
    with pytest.raises(InvalidCredentials, match="No such file"):
        Credentials.read(tmp_path / "missing")


def test_metrics_tell_sources_apart_that_are_shown_alike(web_settings: Settings, web_store: Store):
    """Two that differ in their token only are two rows, or Prometheus would refuse all."""
    for token in ("eins4720", "zwei4721"):
        url = f"https://rat.example/oparl?token={token}"
        web_store.oparl_sources.add(url)
        web_store.oparl_sources.begin(url)
        web_store.oparl_sources.finish(url, "failed", f"{url}: no answer", {})
    web = create_app(web_settings, engine=SetEngine(), store=web_store).test_client()
    metrics = web.get("/metrics").get_data(as_text=True)
    assert 'source="https://rat.example/oparl?token=***"' in metrics
    assert 'source="https://rat.example/oparl?token=*** (2)"' in metrics
    status = web.get("/api/v1/status").get_data(as_text=True)
    assert len(json.loads(status)["oparl_sources"]) == 2
    assert "4720" not in metrics + status
