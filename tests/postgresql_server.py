"""A real PostgreSQL server for the tests, started from Debian's package in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def find_programs() -> Path | None:
    """Return the folder with the server's programs, or None if it is not installed."""
    return next((folder for folder in _FOLDERS if (folder / "initdb").exists()), None)


@contextmanager
def postgresql_server(programs: Path) -> Iterator[str]:
    """Start a server and yield its SQLAlchemy URL; stop it at the end and remove its folder.

    It listens on a socket in its folder only. The server refuses to run as root, who becomes ``postgres`` for it.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, *arguments],
            user=user if os.geteuid() == 0 else None,
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )

    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user)
        data = str(folder / "data")
        run("initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C", "-U", "searchsvc", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql+pg8000://searchsvc@/postgres?unix_sock={folder}/.s.PGSQL.5432"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
