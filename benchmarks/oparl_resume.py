"""A real city imported by the command, killed three times and started again: ``python -m benchmarks.oparl_resume``.

Prints a transcript: the first import is killed by force after some seconds each time, the last start brings it to its
end; then an import when nothing changed, one after 100 changed and 50 deleted files, and what the status says.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.oparl import CHANGES, DELETIONS, serve

KILLS = 3


def run(data: Path, *arguments: str, kill_after_s: float | None = None) -> None:
    """Run the command, by force to its end if so asked, and print what it prints."""
    print(f"$ searchsvc {' '.join(arguments)}", flush=True)
    environment = {
        **os.environ,
        "SEARCHSVC_DATA_DIR": str(data),
        "SEARCHSVC_OPARL_ALLOW_PRIVATE_HOSTS": "1",
        "SEARCHSVC_OPARL_DELAY_S": "0",
        "SEARCHSVC_LOG_LEVEL": "error",
        "SEARCHSVC_OCR": "off",
    }
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "searchsvc", *arguments], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(kill_after_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    how = "killed" if process.returncode < 0 else f"exit code {process.returncode}"
    print(f"[{how} after {time.monotonic() - started:.1f} s]", flush=True)


def asked(pipe: Connection) -> None:
    """Print what the server was asked for since the last time."""
    pipe.send("requests")
    counts = pipe.recv()
    print(f"[the server answered {counts['lists']:,} pages and objects, {counts['files']:,} files]\n", flush=True)


def main() -> None:
    """Print the transcript."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kill-after", type=float, default=15.0, help="seconds until an import is killed")
    arguments = parser.parse_args()
    pipe, other = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(other, 100), daemon=True)
    server.start()
    url, sizes = pipe.recv()
    print(
        f"[{datetime.now(UTC):%Y-%m-%d}; the server has {', '.join(f'{n:,} {kind}s' for kind, n in sizes.items())}]\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        for _ in range(KILLS):
            run(data, "import-oparl", url, kill_after_s=arguments.kill_after)
            run(data, "import-oparl", "--list")
            asked(pipe)
        run(data, "import-oparl", url)
        asked(pipe)
        run(data, "import-oparl", url)
        asked(pipe)
        pipe.send("change")
        pipe.recv()
        print(f"[{CHANGES} files changed and {DELETIONS} deleted at the server]\n")
        run(data, "import-oparl", url)
        asked(pipe)
        run(data, "status")
    pipe.send("stop")
    server.join()


if __name__ == "__main__":
    main()
