"""The last version of an operator's list that made sense, kept in the data folder.

A list that becomes unreadable while the service runs does no harm, since processes have it in memory. They must be able
to start with it, too, or one crash would keep the service from coming back until somebody has mended the list.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from searchsvc.atomic_files import write_atomically

SUFFIX = ".last"


class LastGoodList:
    """The copy of one list. It counts only for the path it came from: a misspelt setting stays an error."""

    def __init__(self, data_dir: Path, name: str, source: Path) -> None:
        # Commands with other settings may use the same data folder.
        place = hashlib.sha256(os.fsencode(source.absolute())).hexdigest()[:8]
        self._path = data_dir / f"{name}-{place}{SUFFIX}"
        self._head = f"# last good version of {source.absolute()}"

    def keep(self, lines: Sequence[str]) -> None:
        """Remember a version. Without space, or rights, the one from before stays."""
        if self.lines() != list(lines):
            with suppress(OSError, UnicodeEncodeError):
                write_atomically(self._path, "\n".join([self._head, *lines, ""]), durable=True)

    def lines(self) -> list[str] | None:
        """Return the version that is kept; None when there is none."""
        try:
            head, *lines = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError, ValueError):
            return None
        return lines if head == self._head else None
