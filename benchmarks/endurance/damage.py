"""Every kind of file in the data folder is cut, overwritten with zeros, flipped in one bit, and deleted.

Once while the service is stopped and once while it runs. Then it must refuse to start and say why, or answer as before
(within a minute, for what can be made anew), or tell of it in /readyz or ``searchsvc check``. Anything else is wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from benchmarks.endurance._service import key, send_bulk, service, wait_for_index
from benchmarks.http_mix import TOPICS

_DOCUMENTS = 400
_PATIENCE_S = 60.0

KINDS = (
    *("searchsvc.db", "searchsvc.db-wal", "store.id", "secret.key", "originals/??/??/*", "originals/store.id"),
    *("index/CURRENT", "index/gen-*/*.arrays", "index/gen-*/*.toc", "index/gen-*/MANIFEST.json"),
    *("index/gen-*/APPLIED.json", "index.history", "worker.json", "verification.json"),
)


def _cut(path: Path, dice: random.Random) -> None:
    os.truncate(path, dice.randrange(path.stat().st_size))


def _zero(path: Path, dice: random.Random) -> None:
    size = path.stat().st_size
    at = dice.randrange(max(1, size - 4096))
    _overwrite(path, at, b"\0" * min(4096, size - at))


def _flip(path: Path, dice: random.Random) -> None:
    at = dice.randrange(path.stat().st_size)
    _overwrite(path, at, bytes([path.read_bytes()[at] ^ 1 << dice.randrange(8)]))


def _overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:  # in place, as a disk would
        file.seek(at)
        file.write(content)


DAMAGES: dict[str, Callable[[Path, random.Random], object]] = {
    "cut": _cut,
    "zeroed": _zero,
    "flipped": _flip,
    "deleted": lambda path, _: path.unlink(),
}


def main(arguments: Sequence[str]) -> bool:
    """Run the campaign; tell whether nothing was wrong in silence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="how often each damage is done, each time elsewhere")
    parser.add_argument("--seconds", type=float, default=3_600.0, help="end after so long")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--port", type=int, default=8099)
    given = parser.parse_args(arguments)
    dice = random.Random(given.seed)
    ends_at = time.monotonic() + given.seconds
    outcomes: Counter[str] = Counter()
    print("| file | damage | when | outcome |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        whole = Path(name) / "whole"
        truth = _prepare(whole, given.port)
        for kind, damage, is_running in _cases(given.rounds):
            if time.monotonic() > ends_at:
                break
            folder = Path(name) / "data"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(whole, folder)
            outcome = _outcome(folder, given.port, kind, damage, is_running, truth, dice)
            outcomes[outcome.partition(":")[0]] += 1
            print(f"| {kind} | {damage} | {'running' if is_running else 'stopped'} | {outcome} |", flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()))
    return not outcomes["WRONG"]


def _cases(rounds: int) -> Iterator[tuple[str, str, bool]]:
    for _ in range(rounds):
        for kind in KINDS:
            for damage in DAMAGES:
                yield from ((kind, damage, is_running) for is_running in (False, True))


def _prepare(folder: Path, port: int) -> list[Any]:
    """Fill a data folder and return what is answered from it."""
    with service(folder, port, SEARCHSVC_SAMPLE="1") as (url, _):
        send_bulk(url, key(folder), _DOCUMENTS)
        wait_for_index(url)
        for _ in range(100):
            if (folder / "verification.json").exists():
                break
            time.sleep(0.2)
        truth = _answers(url)
    connection = sqlite3.connect(folder / "searchsvc.db")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # or the log would make up for whatever happens to the file
    connection.close()
    return truth


def _answers(url: str) -> list[Any]:
    """Return what a reader sees: totals, hits, facets, documents and a file; the reasons where there is no answer."""
    found: list[Any] = []
    with httpx.Client(base_url=url, timeout=60) as http:
        for q in (*TOPICS[:20], "radweg", ""):
            path = f"/api/v1/search?q={q}"
            answer = http.get(path)
            body = answer.json()
            found.append((path, body.get("total", answer.status_code), body.get("hits"), body.get("facets")))
        for number in range(0, _DOCUMENTS, 7):
            answer = http.get(f"/api/v1/documents/d{number}/text")
            found.append((number, answer.status_code, answer.json() if answer.status_code == 200 else None))
        sample = http.get("/api/v1/search?q=radverkehrskonzept&per_page=1").json().get("hits") or [{}]
        link = sample[0].get("links", {}).get("file")
        found.append(None if link is None else (link, http.get(link).content))
    return found


def _outcome(
    folder: Path, port: int, kind: str, damage: str, is_running: bool, truth: list[Any], dice: random.Random
) -> str:  # fmt: skip
    if is_running:
        with service(folder, port) as (url, _):
            wait_for_index(url)
            _damage(folder, kind, damage, dice)
            return _judged(folder, url, truth)
    _damage(folder, kind, damage, dice)
    environment = {**os.environ, "SEARCHSVC_DATA_DIR": str(folder), "PORT": str(port), "SEARCHSVC_SAMPLE": "0"}
    tried = subprocess.Popen(
        [sys.executable, "-m", "searchsvc", "serve"], env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        if (refusal := _refusal(tried, f"http://127.0.0.1:{port}")) is not None:
            return refusal
        return _judged(folder, f"http://127.0.0.1:{port}", truth)
    finally:
        if tried.poll() is None:
            tried.terminate()
            tried.communicate()


def _damage(folder: Path, kind: str, damage: str, dice: random.Random) -> None:
    """Do some damage to one of the files of a kind."""
    paths = [path for path in sorted(folder.glob(kind)) if path.is_file() and path.stat().st_size]
    if paths:
        DAMAGES[damage](dice.choice(paths), dice)


def _refusal(tried: subprocess.Popen[str], url: str) -> str | None:
    """Return why a service does not start; None when it does."""
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        if tried.poll() is not None:
            said = tried.communicate()[1]
            is_clear = "searchsvc: " in said and "Traceback" not in said
            return f"refused: {said.strip().splitlines()[-1][:150]}" if is_clear else f"WRONG: {said[-300:]!r}"
        try:
            if httpx.get(f"{url}/healthz", timeout=5).status_code == 200:
                return None
        except httpx.HTTPError:
            time.sleep(0.2)
    return "WRONG: it neither starts nor ends"


def _judged(folder: Path, url: str, truth: list[Any]) -> str:
    """Return whether a running service answers as before, after some time, or tells what is wrong."""
    began = time.monotonic()
    found = []
    while time.monotonic() - began < _PATIENCE_S:
        try:
            found = _answers(url)
        except (httpx.HTTPError, ValueError) as error:
            found = [repr(error)]
        if found == truth:
            seconds = time.monotonic() - began
            return "as before" if seconds < 5 else f"as before: after {seconds:.0f} s"
        if told := _told(folder, url):
            return f"told: {told[:150]}"
        time.sleep(1.0)
    wrong = next((a for a, b in zip(found, truth, strict=False) if a != b), found[-1:])
    return f"WRONG: {str(wrong)[:200]}"


def _told(folder: Path, url: str) -> str:
    """Return what readiness or ``check`` say of damage; empty when they say nothing."""
    try:
        body = httpx.get(f"{url}/readyz", timeout=10).json()
    except (httpx.HTTPError, ValueError):
        return ""
    said = {**body.get("problems", {}), **body.get("warnings", {})}
    if lasting := [text for name, text in said.items() if name not in ("index", "worker", "disk")]:
        return str(lasting[0])
    environment = {**os.environ, "SEARCHSVC_DATA_DIR": str(folder)}
    checked = subprocess.run(
        [sys.executable, "-m", "searchsvc", "check"], env=environment, capture_output=True, text=True, check=False
    )
    lines = [line for line in checked.stderr.splitlines() if "index: " not in line and line.startswith("searchsvc: ")]
    return lines[0] if lines else ""
