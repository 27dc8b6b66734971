"""A service that is started for a campaign, documents for it, and whether they are indexed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.http_mix import TOPICS


@contextmanager
def service(folder: Path, port: int, *prefix: str, **variables: str) -> Iterator[tuple[str, int]]:
    """Run the service; yield its address and its process id when it is ready.

    ``prefix`` is a command that runs it; ``variables`` are added to its environment.
    """
    environment = {
        **os.environ, "PORT": str(port), "SEARCHSVC_DATA_DIR": str(folder), "SEARCHSVC_SAMPLE": "0",
        "SEARCHSVC_LOG_LEVEL": "error", "SEARCHSVC_SEARCHES_PER_MINUTE": "0", **variables,
    }  # fmt: skip
    process = subprocess.Popen([*prefix, sys.executable, "-m", "searchsvc", "serve"], env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{url}/readyz", timeout=30).raise_for_status()
                break
            except httpx.HTTPError:
                if process.poll() is not None:
                    sys.exit("the service could not start")
                time.sleep(0.2)
        else:
            sys.exit("the service did not become ready")
        yield url, process.pid
    finally:
        process.terminate()  # which does nothing to one that has been killed
        process.wait()


def key(folder: Path, name: str = "endurance") -> dict[str, str]:
    """Make a key that may write and return its header."""
    environment = {**os.environ, "SEARCHSVC_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "searchsvc", "key", "create", name]
    made = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return {"Authorization": f"Bearer {made.stdout.strip()}"}


def documents(count: int) -> Iterator[dict[str, Any]]:
    """Yield small documents that differ."""
    for number in range(count):
        topic = TOPICS[number % len(TOPICS)]
        yield {
            "id": f"d{number}", "title": f"{topic} {number}", "kommune": f"Ort {number % 50}",
            "date": f"{2000 + number % 25}-{1 + number % 12:02}-01", "text": f"Beraten wurde {topic}, Fall {number}.",
        }  # fmt: skip


def send_bulk(url: str, headers: dict[str, str], count: int) -> dict[str, Any]:
    """Send documents as one bulk request; return the end of its answer."""
    lines = (json.dumps(document, ensure_ascii=False).encode() + b"\n" for document in documents(count))
    typed = headers | {"Content-Type": "application/x-ndjson"}
    tail = b""
    with httpx.stream("POST", f"{url}/api/v1/documents/bulk", content=lines, headers=typed, timeout=None) as response:
        response.raise_for_status()
        for part in response.iter_bytes():
            tail = (tail + part)[-500:]
    told: dict[str, Any] = json.loads("{" + tail.decode().rpartition('],"')[2].join(['"', ""]))
    return told


def wait_for_index(url: str) -> None:
    """Return when everything stored so far can be searched."""
    wanted = httpx.get(f"{url}/api/v1/status", timeout=60).json()["changes"]["store"]
    while httpx.get(f"{url}/api/v1/status", timeout=60).json()["changes"]["index"] < wanted:
        time.sleep(0.5)
