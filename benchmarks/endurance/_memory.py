"""Watching the memory of all processes of a service that is not mapped files (``RssAnon``), every second."""

from __future__ import annotations

import threading
from collections import defaultdict
from itertools import pairwise
from pathlib import Path


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
