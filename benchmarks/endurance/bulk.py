"""One bulk request of a million lines (``--lines``), written while they are sent."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.endurance._memory import Memory
from benchmarks.endurance._running import started
from benchmarks.endurance._service import send_bulk


def main(arguments: Sequence[str]) -> bool:
    """Run the campaign; tell whether all went well."""
    with started(__doc__, arguments, lines=1_000_000) as (url, pid, headers, given):
        return bulk(url, pid, headers, given.lines)


def bulk(url: str, pid: int, headers: dict[str, str], count: int) -> bool:
    """Send ``count`` lines; tell whether all went through."""
    with Memory(pid) as memory:
        started = time.perf_counter()
        told = send_bulk(url, headers, count)
        seconds = time.perf_counter() - started
    print(f"{told['count']:,} lines in {seconds:,.0f} s ({count / seconds:,.0f} a second), {told['errors']} errors")
    memory.report()
    return told["errors"] == 0 and told["count"] == count
