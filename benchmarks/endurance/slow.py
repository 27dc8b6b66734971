"""A hundred slow clients of each sort (``--clients``), one sort after the other and then all at once.

Health must be told within a second, and searches be answered within five, all the time (``--seconds``, 300).
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.endurance._service import key, send_bulk, service, wait_for_index
from benchmarks.endurance._slow_clients import SORTS, SlowClients, Sort
from benchmarks.http_mix import TOPICS

HEALTH_S = 1.0
SEARCH_S = 5.0
_PAUSE_S = 0.1
_DOCUMENTS = 2_000
_LONG_TEXT = "Der Rat beschließt. " * 500_000


@dataclass(slots=True)
class Watched:
    """The longest answer of each kind of address, in seconds, how many there were, and what went wrong."""

    longest: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


class Watcher:
    """Asks again and again, each time over a new connection, until it is stopped."""

    def __init__(self, url: str, watched: Watched) -> None:
        self._url = url
        self._watched = watched
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(kind,)) for kind in ("/healthz", "/readyz", "search")]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, kind: str) -> None:
        number = 0
        with httpx.Client(base_url=self._url, headers={"Connection": "close"}, timeout=30) as http:
            while not self._stop.wait(_PAUSE_S):
                number += 1
                search = f"/api/v1/search?q={TOPICS[number % len(TOPICS)]}&page={1 + number % 7}"
                self._look(http, kind, search if kind == "search" else kind)

    def _look(self, http: httpx.Client, kind: str, path: str) -> None:
        began = time.monotonic()
        try:
            status = http.get(path).status_code
        except httpx.HTTPError as error:
            self._watched.errors.append(f"{kind}: {error!r}")
            return
        seconds = time.monotonic() - began
        self._watched.longest[kind] = max(seconds, self._watched.longest.get(kind, 0.0))
        self._watched.counts[kind] = self._watched.counts.get(kind, 0) + 1
        if status != 200:
            self._watched.errors.append(f"{kind}: {status}")


def main(arguments: Sequence[str]) -> bool:
    """Run the campaign; tell whether nobody had to wait."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--port", type=int, default=8097)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, service(Path(name), given.port) as (url, _):
        headers = key(Path(name))
        send_bulk(url, headers, _DOCUMENTS)
        httpx.put(
            f"{url}/api/v1/documents/long", json={"text": _LONG_TEXT}, headers=headers, timeout=60
        ).raise_for_status()
        wait_for_index(url)
        return _rounds(url, headers, given.clients, given.seconds)


def _rounds(url: str, headers: dict[str, str], clients: int, seconds: float) -> bool:
    rounds: list[tuple[str, tuple[Sort, ...]]] = [("nobody", ()), *((sort.name, (sort,)) for sort in SORTS)]
    rounds.append(("all of them at once", SORTS))
    print("| slow clients | number | sent away | health, longest ms | ready | search | asked | errors |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    went_well = True
    for name, sorts in rounds:
        watched = Watched()
        with SlowClients(url, sorts, clients, headers) as slow, Watcher(url, watched):
            time.sleep(seconds / len(rounds))
        longest = [watched.longest.get(kind, 0.0) for kind in ("/healthz", "/readyz", "search")]
        cells = " | ".join(f"{one * 1000:,.0f}" for one in longest)
        asked = sum(watched.counts.values())
        print(
            f"| {name} | {len(sorts) * clients} | {slow.sent_away} | {cells} | {asked} | {len(watched.errors)} |",
            flush=True,
        )
        for error in watched.errors[:3]:
            print(f"  {error}")
        went_well &= not watched.errors and asked > 0 and max(longest[:2]) < HEALTH_S and longest[2] < SEARCH_S
    return went_well
