"""100,000 documents (``--lines``), then all of them exported as NDJSON and CSV."""

from __future__ import annotations

import time
from collections.abc import Sequence

import httpx

from benchmarks.endurance._memory import Memory
from benchmarks.endurance._running import started
from benchmarks.endurance._service import send_bulk, wait_for_index


def main(arguments: Sequence[str]) -> bool:
    """Run the campaign; tell whether all went well."""
    with started(__doc__, arguments, lines=100_000) as (url, pid, headers, given):
        return export(url, pid, headers, given.lines)


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
