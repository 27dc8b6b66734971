"""Watching a program with all its processes: memory, processor time, and what it leaves behind."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_EVERY_S = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Watched:
    """What a program needed. Memory is the sum of its processes' own and shared parts (PSS), in MB."""

    exit_code: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0
    peak_mb: float = 0.0
    most_processes: int = 0
    left_processes: int = 0
    left_files: int = 0
    output: str = ""
    samples: list[tuple[float, float]] = field(default_factory=list)


def watch(command: Sequence[str], *, sample: Callable[[], float] | None = None, **variables: str) -> Watched:
    """Run a program in a session and a folder for temporary files of its own.

    ``sample`` is called ten times a second; what it returns is kept with the memory in use at that moment.
    """
    found = Watched()
    times: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            env={**os.environ, "TMPDIR": folder, **variables},
            stdout=output,
            start_new_session=True,
        )
        while process.poll() is None:
            pids = _session(process.pid)
            times |= {pid: _processor_seconds(pid) or times.get(pid, 0.0) for pid in pids}
            memory_mb = sum(map(_pss_mb, pids))
            found.peak_mb = max(found.peak_mb, memory_mb)
            found.most_processes = max(found.most_processes, len(pids))
            if sample is not None:
                found.samples.append((sample(), memory_mb))
            time.sleep(_EVERY_S)
        found.seconds = time.perf_counter() - start
        found.processor_seconds = sum(times.values())
        found.exit_code = process.returncode
        time.sleep(1)
        found.left_processes = len(_session(process.pid))
        found.left_files = sum(1 for path in Path(folder).rglob("*") if not path.is_dir())
        output.seek(0)
        found.output = output.read().decode()
    return found


def _session(leader: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields is not None and int(fields[3]) == leader and fields[0] != "Z":
            found.append(int(folder.name))
    return found


def _stat(pid: int) -> list[str] | None:
    """Return the fields of a process after its name: state, parent, group, session and more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _processor_seconds(pid: int) -> float | None:
    fields = _stat(pid)
    return None if fields is None else (int(fields[11]) + int(fields[12])) / _TICKS


def _pss_mb(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    except OSError:
        pass
    return 0.0
