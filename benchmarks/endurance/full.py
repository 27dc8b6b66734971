"""Small disks filled under every writer: the data folder, ``TMPDIR``, and the memory that metrics are counted in.

While one is full no answer is a 500, everything can be read, and writes that need it are answered 503. When there is
space again, writes go through and can be found, and at the end nothing is left behind. Needs the right to mount (root);
rounds go on for ``--seconds`` (120).
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import io
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from reportlab.pdfgen.canvas import Canvas

from benchmarks.endurance._service import documents, key, send_bulk, service, wait_for_index

DATA_MB = 300
TMP_MB = 4
MEMORY_MB = 64
RECOVERS_S = 90.0
_DOCUMENTS = 500
_LINES = 20_000
_REPEATS = 3
_LONG_TEXT = "Der Rat beschließt. " * 300_000
_OURS = (".new-", "upload-", ".restore-", ".worker.json-", ".rebuild.request-", ".store.id-")
READS = (
    "/healthz", "/readyz", "/", "/?q=Radweg", "/dokumente/d1", "/dokumente/d1?q=Fall", "/api/v1/search?q=Radweg",
    "/api/v1/documents/d1", "/api/v1/documents/d1/text", "/api/v1/documents/d1/similar", "/api/v1/suggest?q=ra",
    "/api/v1/export", "/api/v1/changes", "/api/v1/status", "/feed.atom", "/metrics", "/dokumente/pdf/datei",
)  # fmt: skip


@dataclass(slots=True)
class Seen:
    """Statuses by kind of request, and what was not as it should be."""

    reads: Counter[int] = field(default_factory=Counter)
    writes: Counter[int] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)


def main(arguments: Sequence[str]) -> bool:
    """Run the campaign; tell whether everything held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--port", type=int, default=8096)
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data = stack.enter_context(_disk(base / "disk", DATA_MB)) / "data"
        temporary = stack.enter_context(_disk(base / "tmp", TMP_MB))
        # The service gets a /dev/shm of its own, so that filling it disturbs nobody else.
        mounted = f'mount -t tmpfs -o size={MEMORY_MB}m searchsvc-memory /dev/shm && exec "$@"'
        prefix = ("unshare", "--mount", "sh", "-c", mounted, "sh")
        with service(data, given.port, *prefix, TMPDIR=str(temporary)) as (url, pid):
            places = {"data": data.parent, "TMPDIR": temporary, "memory": Path(f"/proc/{pid}/root/dev/shm")}
            went_well = _rounds(url, data, places, given.seconds)
        left = [path for path in data.rglob("*") if path.name.startswith(_OURS)]
        left += [path for folder in (data / "uploads", temporary) if folder.is_dir() for path in folder.iterdir()]
        for path in left:
            print(f"  left behind: {path.relative_to(base)}")
        return went_well and not left


def _rounds(url: str, data: Path, places: dict[str, Path], seconds: float) -> bool:
    headers = key(data)
    until = time.monotonic() + seconds
    went_well, number = True, 0
    with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
        send_bulk(url, headers, _DOCUMENTS)
        _upload(http, "pdf", 1_000)
        wait_for_index(url)
        print(
            "| full | reads | writes | recovered after s | data folder MB | violations |\n|---|---|---|---:|---:|---:|"
        )
        while number < len(places) or time.monotonic() < until:
            name, folder = list(places.items())[number % len(places)]
            number += 1
            seen = Seen()
            filler = _fill(folder)
            for repeat in range(_REPEATS):
                _read(http, seen)
                _write(http, seen, f"{number}-{repeat}", may_fail=name == "data")
            filler.unlink()
            seconds_taken = _recover(http, url, headers, f"after{number}", seen)
            size = sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) / 1e6
            print(
                f"| {name} | {_shown(seen.reads)} | {_shown(seen.writes)} | {seconds_taken:.1f} | {size:.0f} "
                f"| {len(seen.violations)} |",
                flush=True,
            )
            for violation in seen.violations[:5]:
                print(f"  {violation}")
            went_well &= not seen.violations
    return went_well


def _read(http: httpx.Client, seen: Seen) -> None:
    for path in READS:
        status = http.get(path).status_code
        seen.reads[status] += 1
        if status != 200:
            seen.violations.append(f"GET {path}: {status}")


def _write(http: httpx.Client, seen: Seen, name: str, *, may_fail: bool) -> None:
    writers: dict[str, Callable[[], httpx.Response]] = {
        "PUT": lambda: http.put(f"/api/v1/documents/put-{name}", json={"text": _LONG_TEXT}),
        "bulk": lambda: _bulk(http),
        "upload": lambda: _upload(http, f"upload-{name}", 3_000_000),
        "small PUT": lambda: http.put("/api/v1/documents/small", json={"text": f"Fassung {name}"}),
        "report": lambda: http.post("/dokumente/d1/meldungen", data={"nachricht": "x" * 10_000}),
    }
    for kind, write in writers.items():
        status = write().status_code
        seen.writes[status] += 1
        if status >= 400 and not (may_fail and status == 503):
            seen.violations.append(f"{kind}: {status}")
        # Freed pages of the database and of its log may have room for documents, but never for files.
        if may_fail and status < 400 and kind == "upload":
            seen.violations.append(f"{kind} on a full disk: {status}")
    for stored in (f"put-{name}", f"upload-{name}"):
        http.delete(f"/api/v1/documents/{stored}")


def _shown(statuses: Counter[int]) -> str:
    return ", ".join(f"{status}: {some}" for status, some in sorted(statuses.items()))


def _recover(http: httpx.Client, url: str, headers: dict[str, str], name: str, seen: Seen) -> float:
    """Write until it goes through and can be found; return how long that took."""
    began = time.monotonic()
    word = f"wiederda{name}"
    while time.monotonic() - began < RECOVERS_S:
        stored = http.put(f"/api/v1/documents/{name}", json={"text": word}, params={"refresh": "wait"})
        if stored.status_code < 300 and http.get("/api/v1/search", params={"q": word}).json()["total"] == 1:
            send_bulk(url, headers, _DOCUMENTS)
            return time.monotonic() - began
        time.sleep(0.5)
    seen.violations.append(f"no write could be found {RECOVERS_S:.0f} s after there was space again")
    return RECOVERS_S


def _bulk(http: httpx.Client) -> httpx.Response:
    body = "".join(f'{{"id": "{one["id"]}", "text": "{one["text"]}"}}\n' for one in documents(_LINES))
    return http.post("/api/v1/documents/bulk", content=body.encode(), headers={"Content-Type": "application/x-ndjson"})


def _upload(http: httpx.Client, document_id: str, size: int) -> httpx.Response:
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    canvas.drawString(72, 700, "Eine Vorlage")
    canvas.save()
    content = target.getvalue() + b"\n%" + b"x" * size
    return http.post(
        "/api/v1/documents",
        files={"file": ("a.pdf", content, "application/pdf"), "metadata": (None, f'{{"id": "{document_id}"}}')},
    )


@contextmanager
def _disk(folder: Path, megabytes: int) -> Iterator[Path]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "searchsvc-endurance", str(folder)]
    if subprocess.run(command, check=False).returncode:
        sys.exit("this campaign mounts small file systems, which needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(folder: Path) -> Path:
    """Write a file until nothing more fits; return it."""
    path = folder / "filler"
    with path.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(_NoSpace):
                while True:
                    try:
                        file.write(b"x" * size)
                    except OSError as error:
                        if error.errno != errno.ENOSPC:
                            raise
                        raise _NoSpace from error
    return path


class _NoSpace(Exception):
    """The disk is full."""
