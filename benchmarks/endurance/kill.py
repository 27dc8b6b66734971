"""Processes of the service are killed at random, 1,000 times (``--kills``), while documents come, change and go.

Web processes, their master, the worker, reading and merging processes, and now and then all of them at once; meanwhile
rebuilds are asked for and backups are made by schedule. Each write that was acknowledged must be found at the end, in
the store and in the index, and nothing else. Health must be told within a second, also while no web process lives.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.endurance._service import key, service, wait_for_index
from benchmarks.endurance.slow import HEALTH_S
from searchsvc.indexing.heartbeat import request_rebuild

_WRITERS = 4
_IDS = 400
"""Documents of each writer, which are written and deleted again and again."""
_EVERY_REBUILD, _EVERY_DEATH = 25, 50
"""Kills between two rebuilds that are asked for, and between two ends of everything."""


@dataclass(slots=True)
class Writer:
    """Writes documents of its own and keeps what was acknowledged: by id the version, None when deleted.

    ``doubtful``: writes that were not answered, which may have been stored or not.
    """

    number: int
    dice: random.Random
    known: dict[str, int | None] = field(default_factory=dict)
    doubtful: dict[str, set[int | None]] = field(default_factory=dict)
    acknowledged: int = 0
    unanswered: int = 0
    wrong: list[str] = field(default_factory=list)

    def write(self, http: httpx.Client) -> None:
        """Store or delete some documents in one of the ways there are."""
        ids = [f"w{self.number}-{self.dice.randrange(_IDS)}" for _ in range(self.dice.choice((1, 1, 20)))]
        ids = list(dict.fromkeys(ids))
        version = self.acknowledged + self.unanswered + 1
        is_deletion = len(ids) == 1 and self.dice.random() < 0.2
        wanted = None if is_deletion else version
        try:
            if is_deletion:
                answer = http.delete(f"/api/v1/documents/{ids[0]}")
                is_done = answer.status_code in (200, 404)
            elif len(ids) == 1:
                answer = http.put(f"/api/v1/documents/{ids[0]}", json=_document(ids[0], version))
                is_done = answer.status_code in (200, 201)
            else:
                lines = "".join(json.dumps(_document(one, version)) + "\n" for one in ids)
                answer = http.post(
                    "/api/v1/documents/bulk", content=lines, headers={"Content-Type": "application/x-ndjson"}
                )
                is_done = answer.status_code == 200 and answer.json()["errors"] == 0
        except (httpx.HTTPError, ValueError):
            is_done = False
        else:
            if not is_done and answer.status_code not in (429, 503):
                self.wrong.append(f"{answer.status_code} {answer.text[:200]}")
        for one in ids:
            if is_done:
                self.known[one] = wanted
                self.doubtful.pop(one, None)
            else:
                self.doubtful.setdefault(one, set()).add(wanted)
        self.acknowledged += is_done * len(ids)
        self.unanswered += (not is_done) * len(ids)
        if not is_done:
            time.sleep(0.05)

    def allowed(self, document_id: str) -> set[int | None]:
        """Return the versions that a document may have now; None: none."""
        return {self.known.get(document_id), *self.doubtful.get(document_id, ())}


def main(arguments: Sequence[str]) -> bool:
    """Run the campaign; tell whether nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=3_600.0, help="end after so long, however many kills")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--port", type=int, default=8098)
    given = parser.parse_args(arguments)
    dice = random.Random(given.seed)
    ends_at = time.monotonic() + given.seconds
    writers = [Writer(number, random.Random(dice.random())) for number in range(_WRITERS)]
    killed: dict[str, int] = {}
    slow: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder, backups = Path(name) / "data", Path(name) / "backups"
        folder.mkdir()
        variables = {"SEARCHSVC_BACKUP_FOLDER": str(backups), "SEARCHSVC_BACKUP_EVERY_HOURS": "0.1"}
        while sum(killed.values()) < given.kills and time.monotonic() < ends_at:
            left = min(_EVERY_DEATH, given.kills - sum(killed.values()))
            with service(folder, given.port, **variables) as (url, pid):
                headers = key(folder, f"life-{sum(killed.values())}")
                _one_life(url, pid, headers, writers, folder, left, dice, killed, slow, ends_at)
        with service(folder, given.port) as (url, _):
            wait_for_index(url)
            problems = [problem for writer in writers for problem in (*writer.wrong, *differences(url, writer))]
        problems += [f"left behind: {path}" for path in folder.rglob(".new-*")]
    acknowledged, unanswered = sum(w.acknowledged for w in writers), sum(w.unanswered for w in writers)
    print(f"kills: {', '.join(f'{count:,} {name}' for name, count in sorted(killed.items()))}")
    print(f"{acknowledged:,} acknowledged writes, {unanswered:,} unanswered; {len(problems)} problems")
    print(f"health: {len(slow):,} answers took more than {HEALTH_S:.0f} s, the longest {max(slow, default=0.0):.1f} s")
    for problem in problems[:20]:
        print(f"  {problem}")
    return not problems and not slow


def _one_life(
    url: str, pid: int, headers: dict[str, str], writers: Sequence[Writer], folder: Path, kills: int,
    dice: random.Random, killed: dict[str, int], slow: list[float], ends_at: float,
) -> None:  # fmt: skip
    """Write and kill until everything is ended at once."""
    stop = threading.Event()

    def go_on(writer: Writer) -> None:
        with httpx.Client(base_url=url, headers=headers, timeout=20) as http:
            while not stop.is_set():
                writer.write(http)

    def look() -> None:
        with httpx.Client(base_url=url, headers={"Connection": "close"}, timeout=20) as http:
            while not stop.wait(0.1):
                began = time.monotonic()
                with suppress(httpx.HTTPError):  # who answered was killed over it, or it is the end of everything
                    http.get("/healthz")
                    if (seconds := time.monotonic() - began) > HEALTH_S:
                        slow.append(seconds)

    threads = [threading.Thread(target=go_on, args=(writer,)) for writer in writers]
    threads.append(threading.Thread(target=look))
    for thread in threads:
        thread.start()
    for number in range(kills - 1):
        if time.monotonic() > ends_at:
            break
        time.sleep(dice.uniform(0.05, 1.5))
        if number % _EVERY_REBUILD == _EVERY_REBUILD - 1:
            request_rebuild(folder)
        victims = _descendants(pid)
        if victims:
            victim, role = dice.choice(victims)
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
                killed[role] = killed.get(role, 0) + 1
    for victim, _ in (*_descendants(pid), (pid, "")):
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
    killed["everything"] = killed.get("everything", 0) + 1
    stop.set()
    for thread in threads:
        thread.join()


def _descendants(pid: int) -> list[tuple[int, str]]:
    """Return the processes that a process has started, and those these have, each with what it is."""
    found: list[tuple[int, str]] = []
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            line = Path(f"/proc/{child}/cmdline").read_bytes().decode("utf-8", "replace")
            role = "web" if "gunicorn" in line else "worker" if "worker" in line else "helper"
            found += [(int(child), role), *_descendants(int(child))]
    return found


def differences(url: str, writer: Writer) -> list[str]:
    """Return what of a writer's documents is not as it was acknowledged, in the store or in the index."""
    found = []
    ids = {*writer.known, *writer.doubtful}
    with httpx.Client(base_url=url, timeout=60) as http:
        indexed = _indexed(http, writer.number)
        for one in sorted(ids):
            answer = http.get(f"/api/v1/documents/{one}")
            stored = _version(answer.json()["title"]) if answer.status_code == 200 else None
            if stored not in writer.allowed(one):
                found.append(f"{one}: version {stored} is stored, {writer.allowed(one)} were written")
            if indexed.pop(one, None) != stored:
                found.append(f"{one}: version {stored} is stored, another one is in the index")
    return [*found, *(f"{one} is in the index, and was never acknowledged" for one in indexed)]


def _indexed(http: httpx.Client, number: int) -> dict[str, int]:
    """Return the versions of the documents of a writer that a search finds, by id."""
    lines = http.get("/api/v1/export", params={"q": f"Reihe{number}"}).text.splitlines()
    documents = map(json.loads, lines)
    return {document["id"]: _version(document["title"]) for document in documents}


def _document(document_id: str, version: int) -> dict[str, str]:
    number = document_id.partition("-")[0].removeprefix("w")
    return {"id": document_id, "title": f"Fassung {version}", "text": f"Reihe{number} und anderes"}


def _version(title: str) -> int:
    return int(title.removeprefix("Fassung "))
