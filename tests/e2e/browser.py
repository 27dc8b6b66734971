"""A served sample collection and a headless Chromium, for tests and screenshots."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent.parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
_START_S = 90.0


def chromium_path() -> str | None:
    """Return where the machine's Chromium is (Debian's package ``chromium``), or None."""
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


@contextmanager
def served_sample(data_dir: Path) -> Iterator[str]:
    """Run the whole service, gunicorn and worker, over the sample collection; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "PORT": str(port),
        "SEARCHSVC_DATA_DIR": str(data_dir),
        "SEARCHSVC_WEB_WORKERS": "1",
        "SEARCHSVC_LOG_LEVEL": "warning",
        "SEARCHSVC_REPORTS_PER_MINUTE": "0",
        "SEARCHSVC_SMTP_HOST": "127.0.0.1",
        "SEARCHSVC_MAIL_FROM": "suche@example.org",
    }
    process = subprocess.Popen([sys.executable, "-m", "searchsvc", "serve"], env=environment, cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_filled(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Start Chromium."""
    path = chromium_path()
    if path is None:
        raise RuntimeError("Chromium is not installed; on Debian and Ubuntu: apt install chromium")
    with sync_playwright() as playwright:
        # In containers the sandbox needs rights that root there does not have.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def _wait_until_filled(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the service ended with {process.returncode}")
        try:
            changes = httpx.get(f"{url}/api/v1/status").json()["changes"]
            if changes["store"] and changes["store"] == changes["index"]:
                return
        except (httpx.HTTPError, KeyError, ValueError):
            pass
        time.sleep(0.2)
    raise RuntimeError("the service did not become ready")
