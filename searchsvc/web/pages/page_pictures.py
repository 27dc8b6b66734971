"""Pictures of PDF pages, drawn in a short-lived process with limits and kept in the data folder."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

import structlog

from searchsvc.atomic_files import write_atomically
from searchsvc.errors import StorageFull, cannot_write
from searchsvc.settings import Settings
from searchsvc.store import picture_folder, trim_pictures
from searchsvc.web.http.errors import Busy
from searchsvc.web.pages import draw_pages

WIDTHS = (300, 1200)
PAGES_AT_ONCE = {300: 8, 1200: 1}
"""Starting a process costs more than drawing a small page, so the following pages are drawn as well."""
TIMEOUT_S = 20.0
WAIT_S = 10.0

MAX_IN_VAIN = 3
"""After so many pages of a PDF whose pages could not even be counted in time, it has no pictures."""

TRIM_AFTER = 100
"""Times that pictures are drawn until their space is looked at again; the worker looks every ten minutes as well."""

_USE_IS_NOTED_AFTER_S = 3_600

drawing = threading.Semaphore(1)
"""Held while pictures are drawn: one process at a time for each web server process."""

_drawn = count(1)
_log = structlog.get_logger(__name__)


class PagePictures:
    """The pictures below one data folder; files are named by checksum, so a changed PDF gets new ones."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._max_memory_mb = settings.pdf_max_memory_mb
        self._timeout_s = min(TIMEOUT_S, settings.pdf_timeout_s)

    def picture(self, pdf: Path, checksum: str, number: int, width: int) -> Path | None:
        """Return the picture of a page, drawing it if need be; None when the page does not exist or cannot be drawn.

        Raises ``Busy`` when others are being drawn for too long, ``StorageFull`` when there is no space for it.
        """
        folder = picture_folder(self._settings, checksum)
        wanted = folder / f"{width}-{number}.webp"
        if not wanted.is_file() and not self._is_in_vain(folder, number, width):
            if not drawing.acquire(timeout=WAIT_S):
                raise Busy("too many page pictures are being drawn; ask again in a moment")
            try:
                if not wanted.is_file() and not self._is_in_vain(folder, number, width):
                    if next(_drawn) % TRIM_AFTER == 0:
                        trim_pictures(self._settings)
                    self._draw(pdf, folder, number, width)
            finally:
                drawing.release()
        if not wanted.is_file():
            return None
        # Few file systems keep when a file was read, so that is written as when it was changed.
        with suppress(OSError):
            if wanted.stat().st_mtime < time.time() - _USE_IS_NOTED_AFTER_S:
                os.utime(wanted)
        return wanted

    def _is_in_vain(self, folder: Path, number: int, width: int) -> bool:
        """Tell whether there is no such page, or it could not be drawn before; without starting a process."""
        count = _page_count(folder)
        most = self._settings.max_pdf_pages if count is None else count
        return number > most or (folder / f"{width}-{number}.none").is_file()

    def _draw(self, pdf: Path, folder: Path, number: int, width: int) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._run(pdf, folder, number, width)
            count = _page_count(folder)
            if not (folder / f"{width}-{number}.webp").is_file() and number <= (number if count is None else count):
                (folder / f"{width}-{number}.none").touch()
            if count is None and len(list(folder.glob("*.none"))) >= MAX_IN_VAIN:
                write_atomically(folder / draw_pages.COUNT_FILE, "0")
        except OSError as error:
            raise cannot_write(error, folder) from error

    def _run(self, pdf: Path, folder: Path, number: int, width: int) -> None:
        command = [
            sys.executable, "-I", draw_pages.__file__, str(pdf.absolute()), str(folder), str(width), str(number),
            str(PAGES_AT_ONCE[width]), str(self._max_memory_mb),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=self._timeout_s, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            _log.warning("page_picture_timeout", page=number, timeout_s=self._timeout_s)
            return
        if done.returncode == draw_pages.NO_SPACE:
            raise StorageFull("there is no space for pictures of pages")
        if done.returncode:
            reason = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            _log.warning("page_picture_failed", page=number, exit_code=done.returncode, reason=reason[:200])


def _page_count(folder: Path) -> int | None:
    """Return how many pages the PDF has, as was found out when one of them was drawn; None before that."""
    try:
        return int((folder / draw_pages.COUNT_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
