"""What the service keeps up for long: ``python -m benchmarks.endurance bulk|export|soak [--folder DIR]``.

Starts ``searchsvc serve`` on the loopback and watches the memory of all its processes that is not mapped files
(``RssAnon``), every second.

- ``bulk``: one bulk request of a million lines (``--lines``), written while they are sent.
- ``export``: 100,000 documents (``--lines``), then all of them exported as NDJSON and CSV.
- ``soak``: searches over 8 connections (wrk) for ten minutes (``--seconds``) while the same 5,000 documents
  (``--lines``) are replaced all the time, with other texts. The collection does not grow, so no process should.

Exits with 1 when a request failed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx

from benchmarks.http import load
from benchmarks.http_mix import TOPICS, addresses

PAUSE_S = 0.2
STORED_AT_ONCE = 20


@contextmanager
def service(folder: Path, port: int) -> Iterator[tuple[str, int]]:
    """Run the service; yield its address and its process id when it is ready."""
    environment = {
        **os.environ, "PORT": str(port), "SEARCHSVC_DATA_DIR": str(folder), "SEARCHSVC_SAMPLE": "0",
        "SEARCHSVC_LOG_LEVEL": "error", "SEARCHSVC_SEARCHES_PER_MINUTE": "0",
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "searchsvc", "serve"], env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{url}/readyz", timeout=30).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.2)
        else:
            sys.exit("the service did not become ready")
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()


def key(folder: Path) -> dict[str, str]:
    """Make a key that may write and return its header."""
    environment = {**os.environ, "SEARCHSVC_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "searchsvc", "key", "create", "endurance"]
    made = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return {"Authorization": f"Bearer {made.stdout.strip()}"}


class Memory:
    """Watches a process and all below it."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.samples: dict[str, list[float]] = defaultdict(list)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(1.0):
            short_lived = 0.0
            for pid in family(self._pid):
                try:
                    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
                    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                except OSError:
                    continue
                anonymous = next((line for line in status.splitlines() if line.startswith("RssAnon")), "RssAnon: 0 kB")
                memory_mb = int(anonymous.split()[1]) / 1024
                name = next((word for word in words if word in ("gunicorn", "worker", "serve")), None)
                if name is None:
                    short_lived += memory_mb
                else:
                    self.samples[f"{name} {pid}"].append(memory_mb)
            self.samples["merging and the like, together"].append(short_lived)

    def report(self) -> None:
        """Print the memory of each process: on average in each quarter of the time, and the most."""
        print("| process | first quarter MB | second | third | last | most MB |\n|---|---:|---:|---:|---:|---:|")
        for name, values in self.samples.items():
            bounds = [len(values) * quarter // 4 for quarter in range(5)]
            quarters = [values[begin : max(end, begin + 1)] for begin, end in pairwise(bounds)]
            averages = " | ".join(f"{sum(quarter) / len(quarter):.1f}" for quarter in quarters if quarter)
            print(f"| {name} | {averages} | {max(values):.1f} |")


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    children = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        children[int(fields[1])].append(int(path.parent.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children[found[-1]]
    return found


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


def bulk(url: str, pid: int, headers: dict[str, str], count: int) -> bool:
    """Send ``count`` lines; tell whether all went through."""
    with Memory(pid) as memory:
        started = time.perf_counter()
        told = send_bulk(url, headers, count)
        seconds = time.perf_counter() - started
    print(f"{told['count']:,} lines in {seconds:,.0f} s ({count / seconds:,.0f} a second), {told['errors']} errors")
    memory.report()
    return told["errors"] == 0 and told["count"] == count


def wait_for_index(url: str) -> None:
    """Return when everything stored so far can be searched."""
    wanted = httpx.get(f"{url}/api/v1/status", timeout=60).json()["changes"]["store"]
    while httpx.get(f"{url}/api/v1/status", timeout=60).json()["changes"]["index"] < wanted:
        time.sleep(0.5)


def export(url: str, pid: int, headers: dict[str, str], count: int) -> bool:
    """Export ``count`` documents twice; tell whether all of them came."""
    send_bulk(url, headers, count)
    wait_for_index(url)
    complete = True
    with Memory(pid) as memory:
        for kind, extra in (("ndjson", 0), ("csv", 1)):
            started = time.perf_counter()
            lines = size = 0
            with httpx.stream("GET", f"{url}/api/v1/export?format={kind}", timeout=None) as response:
                for part in response.iter_bytes():
                    lines += part.count(b"\n")
                    size += len(part)
            seconds = time.perf_counter() - started
            complete &= lines == count + extra
            print(f"{kind}: {lines - extra:,} hits, {size / 1e6:.0f} MB in {seconds:.1f} s")
    memory.report()
    return complete


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


def main() -> None:
    """Run one of the three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("bulk", "export", "soak"))
    parser.add_argument("--folder", type=Path, help="data folder; for soak one with a collection in it")
    parser.add_argument(
        "--lines", type=int, help="lines of bulk (1,000,000), documents of export (100,000), soak (5,000)"
    )
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--port", type=int, default=8098)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url, pid = stack.enter_context(service(folder, arguments.port))
        headers = key(folder)
        if arguments.what == "soak":
            went_well = soak(url, pid, headers, arguments.lines or 5_000, arguments.seconds)
        elif arguments.what == "bulk":
            went_well = bulk(url, pid, headers, arguments.lines or 1_000_000)
        else:
            went_well = export(url, pid, headers, arguments.lines or 100_000)
    sys.exit(not went_well)


if __name__ == "__main__":
    main()
