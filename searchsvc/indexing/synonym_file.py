"""The operator's list of synonyms, read again when the file changes."""

from __future__ import annotations

import time
from pathlib import Path

import structlog

from analyzers import SynonymsError, check_synonyms
from searchsvc.indexing.last_good import LastGoodList

CHECKED_EVERY_S = 1.0

_log = structlog.get_logger(__name__)


class SynonymFile:
    """Watches a file. What cannot be read or makes no sense is logged once, and the list from before stays in force."""

    def __init__(self, path: Path, last_good: LastGoodList | None = None) -> None:
        self._path = path
        self._last_good = last_good
        self._state: tuple[int, int] | None = None
        self._checked_at = float("-inf")
        self._trouble: str | None = None

    def read(self) -> list[str]:
        """Return the lines, or the last good ones.

        Raises ``OSError``, ``UnicodeDecodeError`` or ``SynonymsError`` when there are none.
        """
        self._checked_at = time.monotonic()
        try:
            self._state = self._current_state()
            return self._lines()
        except (OSError, UnicodeDecodeError, SynonymsError) as error:
            kept = self._last_good.lines() if self._last_good is not None else None
            if kept is None:
                raise
            check_synonyms(kept)
            self._tell(error)
            return kept

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
            self._tell(error)
            return None

    def _lines(self) -> list[str]:
        lines = read_synonyms(self._path)
        if self._last_good is not None:
            self._last_good.keep(lines)
        self._trouble = None
        return lines

    def _tell(self, error: Exception) -> None:
        if str(error) != self._trouble:
            self._trouble = str(error)
            _log.warning("synonyms_not_read", path=str(self._path), error=self._trouble)

    def _current_state(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_size


def read_synonyms(path: Path) -> list[str]:
    """Return the lines of a list. Raises ``OSError``, ``UnicodeDecodeError`` or ``SynonymsError``."""
    lines = path.read_text(encoding="utf-8").splitlines()
    check_synonyms(lines)
    return lines
