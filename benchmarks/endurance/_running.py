"""What the campaigns about memory have in common: their arguments, and a service with a key."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.endurance._service import key, service

PORT = 8098


class Started(NamedTuple):
    """A running service: address, process, headers of a key that may write; and the campaign's arguments."""

    url: str
    pid: int
    headers: dict[str, str]
    arguments: argparse.Namespace


@contextmanager
def started(description: str | None, arguments: Sequence[str], *, lines: int) -> Iterator[Started]:
    """Run the service in a folder, a temporary one unless it is given."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="data folder")
    parser.add_argument("--lines", type=int, default=lines, help="documents")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--port", type=int, default=PORT)
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url, pid = stack.enter_context(service(folder, given.port))
        yield Started(url, pid, key(folder), given)
