"""Searches over 8 connections (wrk) for ten minutes (``--seconds``) while the same 5,000 documents (``--lines``) are
replaced all the time, with other texts. The collection does not grow, so no process should.
"""

from __future__ import annotations

import itertools
import json
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from benchmarks.endurance._memory import Memory
from benchmarks.endurance._running import started
from benchmarks.endurance._service import documents, wait_for_index
from benchmarks.http import load
from benchmarks.http_mix import addresses

PAUSE_S = 0.2
STORED_AT_ONCE = 20


def main(arguments: Sequence[str]) -> bool:
    """Run the campaign; tell whether all went well."""
    with started(__doc__, arguments, lines=5_000) as (url, pid, headers, given):
        return soak(url, pid, headers, given.lines, given.seconds)


def replaced(count: int) -> Iterator[dict[str, Any]]:
    """Yield the same documents again and again, each time with another text."""
    for version in itertools.count():
        for document in documents(count):
            yield document | {"id": f"soak-{document['id']}", "text": f"{document['text']} Fassung {version}."}


def soak(url: str, pid: int, headers: dict[str, str], count: int, seconds: float) -> bool:
    """Search and replace ``count`` documents for ``seconds``; tell whether every request went through."""
    stop = threading.Event()
    stored, failed = 0, 0
    changed = replaced(count)
    http = httpx.Client(headers=headers | {"Content-Type": "application/x-ndjson"}, timeout=600)

    def store(many: int) -> None:
        nonlocal stored, failed
        lines = "".join(json.dumps(document) + "\n" for document in itertools.islice(changed, many))
        answer = http.post(f"{url}/api/v1/documents/bulk", content=lines)
        failed += answer.status_code != 200 or answer.json()["errors"] > 0
        stored += many

    def go_on() -> None:
        while not stop.wait(PAUSE_S):
            store(STORED_AT_ONCE)

    with http, tempfile.TemporaryDirectory() as scratch:
        store(count)
        wait_for_index(url)
        paths = Path(scratch) / "searches"
        paths.write_text("".join(f"{path}\n" for path in addresses()), encoding="ascii")
        writer = threading.Thread(target=go_on)
        with Memory(pid) as memory:
            writer.start()
            row = load(url, paths, 8, seconds)
            stop.set()
            writer.join()
    rate = f"{row['per_second']} a second, p99 {row['p99_ms']} ms"
    print(
        f"{row['requests']:,} searches in {row['seconds']:.0f} s ({rate}), "
        f"{row['errors']} errors; {stored - count:,} documents replaced, {failed} errors"
    )
    memory.report()
    return not row["errors"] and not failed
