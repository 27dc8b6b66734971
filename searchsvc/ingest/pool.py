"""Reading PDFs in processes of their own: a hostile file costs at most its time limit and one document.

A process has a limit of address space, is killed at the time limit, and is replaced after a number of files so that
leaks of the libraries do not add up.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from pebble import ProcessExpired, ProcessPool

from index.documents import TextQuality
from searchsvc.errors import UnreadableFile
from searchsvc.ingest.extract import PYPDF_VERSION, extract_pdf
from searchsvc.ingest.extraction import Extraction, PdfLimits, check_file
from searchsvc.ingest.pdfium import PDFIUM_VERSION, extract_with_pdfium

EXTRACTOR_VERSION = f"1 pypdf {PYPDF_VERSION} pdfium {PDFIUM_VERSION}"[:100]
"""Names what reads PDFs; texts read by another version are read anew. Raise the first number with the rules here."""

_FILES_PER_PROCESS = 200
_ALARM_GRACE_S = 10
_STOP_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A reason on its way between processes."""

    kind: str
    message: str


_Reader = Callable[[Path, PdfLimits], Extraction]


class PdfExtractor:
    """Reads PDFs in worker processes. Safe to use from many threads; each ``extract`` occupies one process."""

    def __init__(self, limits: PdfLimits, *, processes: int = 0) -> None:
        self.limits = limits
        self.processes = processes or available_processors()
        self._pool: ProcessPool | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Prepare the processes; they start with the first file. ``extract`` does this when it is needed."""
        self._started_pool()

    def _started_pool(self) -> ProcessPool:
        with self._lock:
            if self._pool is not None:
                return self._pool
            # Threads may be running here, so a plain fork could copy a held lock.
            context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
            if sys.platform == "linux":
                context.set_forkserver_preload(["searchsvc.ingest.pool"])
            self._pool = ProcessPool(
                max_workers=self.processes,
                max_tasks=_FILES_PER_PROCESS,
                initializer=_limit_process,
                initargs=[self.limits.max_memory_bytes],
                context=cast(Any, context),
            )
            return self._pool

    def close(self) -> None:
        """Stop the processes; files being read are given up."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join(timeout=_STOP_TIMEOUT_S)

    def extract(self, path: Path) -> Extraction:
        """Read a PDF, first with pypdf, then with PDFium if that fails or finds less than all.

        Raises ``UnreadableFile``.
        """
        check_file(path, self.limits)
        first = self._run(extract_pdf, path)
        if isinstance(first, _Unreadable):
            if first.kind == "encrypted":
                raise UnreadableFile(first.kind, first.message)
        elif first.failed_pages == 0 and first.text_quality is not TextQuality.EMPTY:
            return first
        second = self._run(extract_with_pdfium, path)
        better = _better(first, second)
        if isinstance(better, _Unreadable):
            raise UnreadableFile(better.kind, better.message)
        return better

    def _run(self, reader: _Reader, path: Path) -> Extraction | _Unreadable:
        timeout_s = self.limits.timeout_s
        future = self._started_pool().schedule(_read_in_process, args=(reader, path, self.limits), timeout=timeout_s)
        try:
            return future.result()
        except FutureTimeoutError:
            return _Unreadable("timeout", f"reading the file took longer than {timeout_s:g} s (pdf_timeout_s)")
        except ProcessExpired:
            return _Unreadable("damaged", "the PDF is damaged: the program reading it broke down or ran out of memory")
        except MemoryError:
            return _Unreadable("too_large", "reading the file takes more memory than pdf_max_memory_mb allows")


def available_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _better(first: Extraction | _Unreadable, second: Extraction | _Unreadable) -> Extraction | _Unreadable:
    if isinstance(first, _Unreadable):
        # When both fail the password is the reason that helps; otherwise what pypdf says, which is read first.
        return second if isinstance(second, Extraction) or second.kind == "encrypted" else first
    if isinstance(second, _Unreadable) or second.text_quality is TextQuality.EMPTY:
        return first
    if first.text_quality is TextQuality.EMPTY or second.failed_pages < first.failed_pages:
        return second
    return first


def _read_in_process(reader: _Reader, path: Path, limits: PdfLimits) -> Extraction | _Unreadable:
    # Ends the process even if the one that should have killed it is gone.
    signal.alarm(int(limits.timeout_s) + _ALARM_GRACE_S)
    try:
        return reader(path, limits)
    except UnreadableFile as error:
        return _Unreadable(error.kind, error.message)
    finally:
        signal.alarm(0)


def _limit_process(max_memory_bytes: int) -> None:
    import resource  # not on every platform the rest runs on

    # Ctrl-C reaches the whole group; the process that started this one stops it in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = max_memory_bytes if hard == resource.RLIM_INFINITY else min(max_memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
