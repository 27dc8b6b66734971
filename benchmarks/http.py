"""Requests a second and waiting times over HTTP: ``python -m benchmarks.http [--folder DIR] [--json OUT]``.

Serves the real collection (``--folder``: that of an earlier run of ``benchmarks.real_collection``) with gunicorn as in
production, with two processes, on the loopback, and lets wrk (``apt-get install wrk``) ask for the addresses of
``benchmarks.http_mix`` over 1, 8 and 32 connections: without the cache of answers, then with it, each address asked for
once before. A bare Flask application that answers JSON of the same size is measured first, for comparison.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.http_mix import addresses
from benchmarks.real_collection import fill

ROOT = Path(__file__).resolve().parents[1]
CONNECTIONS = (1, 8, 32)
WARM_UP_S = 3
READY_S = 30


@contextmanager
def server(arguments: list[str], port: int, **variables: str) -> Iterator[str]:
    """Run gunicorn and yield its address when it answers."""
    command = [sys.executable, "-m", "gunicorn", *arguments]
    process = subprocess.Popen(
        command, env={**os.environ, **variables}, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + READY_S
        while True:
            try:
                httpx.get(f"{url}/", timeout=READY_S).raise_for_status()
                break
            except httpx.HTTPError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()


def service(folder: Path, port: int, cache_mb: int) -> Any:
    """Serve ``folder`` as ``searchsvc serve`` does, without limits of requests."""
    return server(
        ["--config", str(ROOT / "config" / "gunicorn.conf.py")],
        port,
        PORT=str(port),
        SEARCHSVC_DATA_DIR=str(folder),
        SEARCHSVC_WEB_WORKERS="2",
        SEARCHSVC_SEARCHES_PER_MINUTE="0",
        SEARCHSVC_SEARCH_CACHE_MB=str(cache_mb),
    )


def bare(port: int) -> Any:
    """Serve the bare application with as many processes and threads."""
    bind = f"127.0.0.1:{port}"
    return server(["--bind", bind, "--workers", "2", "--threads", "4", "benchmarks.http_bare:app"], port)


def load(url: str, paths: Path, connections: int, seconds: float) -> dict[str, Any]:
    """Let wrk ask for ``seconds`` and return what it counted."""
    command = [
        "wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds:.0f}s", "--timeout", "30s",
        "--script", str(ROOT / "benchmarks" / "http_load.lua"), url, "--", str(paths),
    ]  # fmt: skip
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    counted: dict[str, Any] = json.loads(told.splitlines()[-1])
    return {"connections": connections, "per_second": round(counted["requests"] / counted["seconds"], 1)} | counted


def measure(name: str, url: str, paths: Path, seconds: float) -> list[dict[str, Any]]:
    """Warm up, then measure with each number of connections; print a row of the table for each."""
    load(url, paths, 8, WARM_UP_S)
    rows = []
    for connections in CONNECTIONS:
        row = {"what": name} | load(url, paths, connections, seconds)
        rows.append(row)
        print(
            f"| {name} | {connections} | {row['per_second']:,.0f} | {row['p50_ms']:.1f} | {row['p95_ms']:.1f} | "
            f"{row['p99_ms']:.1f} | {row['errors']} |",
            flush=True,
        )
    return rows


def main() -> None:
    """Measure and print a table; exit with 1 when any request failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="data folder with the collection already in it")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there, too")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each measurement")
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed: apt-get install wrk")
    rows = []
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder = arguments.folder or scratch / "data"
        if arguments.folder is None:
            fill(folder)
        root, searches = scratch / "root", scratch / "searches"
        root.write_text("/\n", encoding="ascii")
        searches.write_text("".join(f"{path}\n" for path in addresses()), encoding="ascii")
        print("| what | connections | requests/s | p50 ms | p95 ms | p99 ms | errors |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        with bare(arguments.port) as url:
            rows += measure("bare Flask", url, root, arguments.seconds)
        with service(folder, arguments.port, 0) as url:
            rows += measure("searches", url, searches, arguments.seconds)
        with service(folder, arguments.port, 64) as url:
            for _ in range(2):  # each of the two processes has a cache of its own
                load(url, searches, 8, arguments.seconds)
            rows += measure("searches, cached", url, searches, arguments.seconds)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    if any(row["errors"] for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
