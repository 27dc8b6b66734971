"""The clock is set a year forward, back, and a year back while documents come, change and go, and backups are made.

Only the wall clock moves, as when somebody sets it; the system's files keep their real times, so that ages disagree,
too. No answer may be an error, health must be told within a second, what is written must be searchable soon after each
jump, and at the end everything acknowledged must be found. Needs a C compiler for a few lines that move the clock.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from benchmarks.endurance._service import key, service, wait_for_index
from benchmarks.endurance.kill import Writer, differences
from benchmarks.endurance.slow import HEALTH_S
from searchsvc.indexing.heartbeat import request_rebuild

_YEAR_S = 365 * 86_400
JUMPS_S = (0, _YEAR_S, 0, -_YEAR_S, 0, -3_600, 3_600, 0)
"""What the clock is ahead, one after the other."""
SEARCHABLE_S = 30.0
_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
static volatile long long *ahead;
static long long seconds_ahead(void) {
    if (!ahead) {
        int file = open(getenv("CLOCK_AHEAD"), O_RDONLY);
        ahead = mmap(0, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    }
    return *ahead;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (!failed && clock == CLOCK_REALTIME) now->tv_sec += seconds_ahead();
    return failed;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    static int (*real)(struct timeval *, void *);
    if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
    int failed = real(now, zone);
    if (!failed) now->tv_sec += seconds_ahead();
    return failed;
}
time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
"""


def main(arguments: Sequence[str]) -> bool:
    """Run the campaign; tell whether nothing was lost and nothing stood still."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="time between two jumps")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--port", type=int, default=8097)
    given = parser.parse_args(arguments)
    compiler = shutil.which("cc") or sys.exit("no C compiler (cc) to build what moves the clock with")
    writers = [Writer(number, random.Random(f"{given.seed}-{number}")) for number in range(2)]
    slow: list[float] = []
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        library, ahead, folder = Path(name) / "clock.so", Path(name) / "ahead", Path(name) / "data"
        folder.mkdir()
        command = [compiler, "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", str(library), "-ldl"]
        subprocess.run(command, input=_SOURCE, text=True, check=True)
        _set(ahead, 0)
        moved = {"LD_PRELOAD": str(library), "CLOCK_AHEAD": str(ahead)}
        backups = {"SEARCHSVC_BACKUP_FOLDER": str(Path(name) / "backups"), "SEARCHSVC_BACKUP_EVERY_HOURS": "0.1"}
        with service(folder, given.port, **moved, **backups) as (url, _):
            headers = key(folder)
            stop = threading.Event()
            threads = [threading.Thread(target=_write, args=(url, headers, writer, stop)) for writer in writers]
            threads.append(threading.Thread(target=_look, args=(url, slow, problems, stop)))
            for thread in threads:
                thread.start()
            for seconds in JUMPS_S:
                _set(ahead, seconds)
                request_rebuild(folder)
                time.sleep(given.seconds)
                problems += _found_soon(url, headers, seconds)
            stop.set()
            for thread in threads:
                thread.join()
            wait_for_index(url)
            problems += [problem for writer in writers for problem in (*writer.wrong, *differences(url, writer))]
            ready = httpx.get(f"{url}/readyz", timeout=30)
            problems += [] if ready.status_code == 200 else [f"not ready at the end: {ready.text}"]
    print(f"the clock was set {len(JUMPS_S) - 1} times, by up to a year")
    print(f"{sum(writer.acknowledged for writer in writers):,} acknowledged writes; {len(problems)} problems")
    print(f"health: {len(slow):,} answers took more than {HEALTH_S:.0f} s, the longest {max(slow, default=0.0):.1f} s")
    for problem in problems[:20]:
        print(f"  {problem}")
    return not problems and not slow


def _set(ahead: Path, seconds: int) -> None:
    # Written into the same file, which the processes have mapped.
    with ahead.open("r+b" if ahead.exists() else "w+b") as file:
        file.write(seconds.to_bytes(8, "little", signed=True))


def _write(url: str, headers: dict[str, str], writer: Writer, stop: threading.Event) -> None:
    with httpx.Client(base_url=url, headers=headers, timeout=30) as http:
        while not stop.wait(0.02):
            writer.write(http)


def _look(url: str, slow: list[float], problems: list[str], stop: threading.Event) -> None:
    with httpx.Client(base_url=url, timeout=30) as http:
        while not stop.wait(0.1):
            for path in ("/healthz", "/?q=Reihe0", "/api/v1/status"):
                began = time.monotonic()
                answer = None
                with suppress(httpx.HTTPError):
                    answer = http.get(path)
                if answer is None or answer.status_code != 200:
                    problems.append(f"{path}: {'no answer' if answer is None else answer.status_code}")
                if path == "/healthz" and (seconds := time.monotonic() - began) > HEALTH_S:
                    slow.append(seconds)


def _found_soon(url: str, headers: dict[str, str], seconds: int) -> list[str]:
    """Store a document and tell if it cannot be found in time."""
    word = f"Sprung{seconds}".replace("-", "zurueck")
    document = {"id": word, "title": word, "text": "Eine Seite."}
    stored = httpx.put(f"{url}/api/v1/documents/{word}", json=document, headers=headers, timeout=30).raise_for_status()
    if abs(parsedate_to_datetime(stored.headers["Date"]).timestamp() - time.time() - seconds) > 60:
        return [f"the service's clock is not {seconds:+,} s ahead: {stored.headers['Date']}"]
    until = time.monotonic() + SEARCHABLE_S
    while time.monotonic() < until:
        if httpx.get(f"{url}/api/v1/search", params={"q": word, "exact": "true"}, timeout=30).json()["total"]:
            return []
        time.sleep(0.2)
    return [f"with the clock {seconds:+,} s ahead a document was not found within {SEARCHABLE_S:.0f} s"]
