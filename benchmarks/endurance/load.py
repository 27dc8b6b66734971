"""64 connections (``--connections``) for ten minutes (``--seconds``), of whose requests 15 % are writes.

No answer may be an error, health must be told within a second, and at the end everything acknowledged must be found.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx

from benchmarks.endurance._service import key, send_bulk, service, wait_for_index
from benchmarks.endurance.kill import Writer, differences
from benchmarks.endurance.slow import HEALTH_S, Watched, Watcher
from benchmarks.http_mix import addresses

_DOCUMENTS = 5_000
_WRITES = 0.15


def main(arguments: Sequence[str]) -> bool:
    """Run the campaign; tell whether all went well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--port", type=int, default=8096)
    given = parser.parse_args(arguments)
    writers = [Writer(number, random.Random(number)) for number in range(given.connections)]
    paths = list(addresses())
    statuses: Counter[int | str] = Counter()
    watched = Watched()
    with tempfile.TemporaryDirectory() as name, service(Path(name), given.port) as (url, _):
        headers = key(Path(name))
        send_bulk(url, headers, _DOCUMENTS)
        wait_for_index(url)
        until = time.monotonic() + given.seconds

        def ask(writer: Writer) -> None:
            with httpx.Client(base_url=url, headers=headers, timeout=30) as http:
                while time.monotonic() < until:
                    if writer.dice.random() < _WRITES:
                        writer.write(http)
                        continue
                    try:
                        statuses[http.get(writer.dice.choice(paths)).status_code] += 1
                    except httpx.HTTPError as error:
                        statuses[type(error).__name__] += 1

        threads = [threading.Thread(target=ask, args=(writer,)) for writer in writers]
        with Watcher(url, watched):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        wait_for_index(url)
        problems = [problem for writer in writers for problem in (*writer.wrong, *differences(url, writer))]
    acknowledged, unanswered = sum(w.acknowledged for w in writers), sum(w.unanswered for w in writers)
    print(f"searches: {', '.join(f'{count:,} × {status}' for status, count in statuses.most_common())}")
    print(f"{acknowledged:,} acknowledged writes, {unanswered:,} refused; {len(problems)} problems")
    longest = {kind: f"{seconds * 1000:,.0f} ms" for kind, seconds in watched.longest.items()}
    print(f"longest answers meanwhile: {longest}; {len(watched.errors)} errors")
    for problem in (*problems[:10], *watched.errors[:5]):
        print(f"  {problem}")
    health = max(watched.longest.get("/healthz", 9.0), watched.longest.get("/readyz", 9.0))
    return not problems and not watched.errors and set(statuses) == {200} and not unanswered and health < HEALTH_S
