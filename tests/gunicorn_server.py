"""The application under gunicorn, configured as in production."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from searchsvc.indexing.engines import open_writer
from searchsvc.settings import Settings
from searchsvc.store import Store

ROOT = Path(__file__).parent.parent


@contextmanager
def running_gunicorn(settings: Settings, store: Store, **variables: str) -> Iterator[str]:
    """Serve a data folder with an empty index; yield the address. ``variables`` are added to the environment."""
    writer = open_writer(settings)
    writer.rebuild([], change_number=store.documents.last_change())
    writer.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"PORT": str(port), "SEARCHSVC_DATA_DIR": str(settings.data_dir)} | variables
    config = ROOT / "config" / "gunicorn.conf.py"
    process = subprocess.Popen([sys.executable, "-m", "gunicorn", "--config", str(config)], env=environment, cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                httpx.get(f"{url}/readyz").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        else:
            pytest.fail("gunicorn did not become ready")
        yield url
    finally:
        process.terminate()
        process.wait()
