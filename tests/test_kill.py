"""Killing the worker by force, again and again, while documents come in: nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from index.contract import SearchRequest
from searchsvc.indexing.engines import open_engine
from searchsvc.indexing.refresh import wait_until_searchable
from searchsvc.settings import Settings
from searchsvc.store import Store

KILLS = 10
BATCHES = 20
BATCH_DOCUMENTS = 50


def start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    """Start a worker process on a data folder."""
    environment = {**os.environ, "SEARCHSVC_DATA_DIR": str(settings.data_dir), "SEARCHSVC_WORKER_POLL_S": "0.01"}
    return subprocess.Popen(
        [sys.executable, "-m", "searchsvc", "worker"],
        env=environment,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_a_worker_killed_ten_times_during_an_import_loses_nothing(
    store: Store, service_settings: Settings, tmp_path: Path
) -> None:
    """Every document that an import acknowledged, and every deletion, is in the index after ten kills."""
    acknowledged: set[str] = set()
    failed: list[str] = []

    def ingest() -> None:
        environment = {**os.environ, "SEARCHSVC_DATA_DIR": str(service_settings.data_dir)}
        for batch in range(BATCHES):
            ids = [f"d{batch}-{number}" for number in range(BATCH_DOCUMENTS)]
            lines = tmp_path / "batch.ndjson"
            lines.write_text(
                "".join(json.dumps({"id": one, "title": f"Nummer {one}", "text": "gemeinsam"}) + "\n" for one in ids)
            )
            command = [sys.executable, "-m", "searchsvc", "ingest", str(lines)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                failed.append(done.stderr)
            acknowledged.update(ids)
            if batch % 4 == 3:
                store.documents.delete(ids[0])
                acknowledged.discard(ids[0])

    dice = random.Random()  # the moments are meant to differ from run to run
    importing = threading.Thread(target=ingest)
    importing.start()
    worker = start_worker(service_settings)
    for _ in range(KILLS):
        time.sleep(dice.uniform(0.7, 2.5))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        worker = start_worker(service_settings)
    importing.join()
    engine = open_engine(service_settings)
    try:
        assert failed == []
        assert wait_until_searchable(engine, store.documents.last_change(), 60)
        found: set[str] = set()
        cursor = None
        while True:
            result = engine.search(SearchRequest(q="gemeinsam", per_page=100, cursor=cursor, highlight=False))
            found.update(hit.id for hit in result.hits)
            cursor = result.next_cursor
            if cursor is None:
                break
        assert found == acknowledged
        assert result.total == len(acknowledged) == BATCHES * BATCH_DOCUMENTS - BATCHES // 4
    finally:
        engine.close()
        worker.terminate()
        worker.wait(30)
