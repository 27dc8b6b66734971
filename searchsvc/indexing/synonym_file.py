"""The operator's list of synonyms, read again when the file changes."""

from __future__ import annotations

import time
from pathlib import Path

import structlog

from analyzers import SynonymsError, check_synonyms

CHECKED_EVERY_S = 1.0

_log = structlog.get_logger(__name__)


class SynonymFile:
    """Watches a file. A change that makes no sense is logged, and the list from before stays in force."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state: tuple[int, int] | None = None
        self._checked_at = float("-inf")

    def read(self) -> list[str]:
        """Return the lines. Raises ``OSError``, ``UnicodeDecodeError`` or ``SynonymsError``."""
        self._state = self._current_state()
        self._checked_at = time.monotonic()
        return self._lines()

    def changed(self) -> list[str] | None:
        """Return the lines if they changed since they were last read, else None. Looks once a second at most."""
        now = time.monotonic()
        if now - self._checked_at < CHECKED_EVERY_S:
            return None
        self._checked_at = now
        try:
            state = self._current_state()
            if state == self._state:
                return None
            self._state = state
            return self._lines()
        except (OSError, UnicodeDecodeError, SynonymsError) as error:
            _log.warning("synonyms_not_read", path=str(self._path), error=str(error))
            return None

    def _lines(self) -> list[str]:
        lines = self._path.read_text(encoding="utf-8").splitlines()
        check_synonyms(lines)
        return lines

    def _current_state(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_size
