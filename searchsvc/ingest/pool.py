"""Reading files in processes of their own: a hostile file costs at most its time limit and one document.

A process has a limit of address space, is killed at the time limit, and is replaced after a number of files so that
leaks of the libraries do not add up.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from pebble import ProcessExpired

from index.contract import TextQuality
from searchsvc.errors import UnreadableFile
from searchsvc.ingest.extract import PYPDF_VERSION, extract_pdf
from searchsvc.ingest.extraction import Extraction, FileLimits, check_file
from searchsvc.ingest.file_kinds import FileKind
from searchsvc.ingest.ocr import Recogniser, find_recogniser, recognise_page, with_recognised
from searchsvc.ingest.pdfium import PDFIUM_VERSION, extract_with_pdfium
from searchsvc.ingest.reading_processes import ReadingProcesses, TaskLost
from searchsvc.ingest.reasons import TOO_MUCH_MEMORY
from searchsvc.settings import Settings

RULES_VERSION = 4
"""Raise this when what is made of the same file changes; files are read anew then."""

PdfLibrary = Literal["pypdf", "pypdfium2"]

_ALARM_GRACE_S = 10
_GARBAGE_THRESHOLD = 50_000
_PRELOADED = [f"searchsvc.ingest.{name}" for name in ("pool", "office", "plain")]


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A reason on its way between processes."""

    kind: str
    message: str


_Reader = Callable[[Path, FileLimits], Extraction]
_Result = TypeVar("_Result")


class FileReader:
    """Reads files in worker processes. Safe to use from many threads; each ``extract`` occupies one process.

    PDFs are read by ``library``, and by the other one where that fails; ``recogniser`` reads pages that are pictures.
    """

    def __init__(
        self,
        limits: FileLimits,
        *,
        processes: int = 0,
        library: PdfLibrary = "pypdf",
        recogniser: Recogniser | None = None,
    ) -> None:
        self.limits = limits
        self.processes = processes or available_processors()
        self.library = library
        self.recogniser = recogniser
        self._reading: ReadingProcesses | None = None
        self._lock = threading.Lock()

    @classmethod
    def from_settings(cls, settings: Settings, *, processes: int) -> Self:
        """Return what reads files as an operator has set it."""
        return cls(
            FileLimits.from_settings(settings),
            processes=processes,
            library=settings.pdf_library,
            recogniser=find_recogniser(settings),
        )

    @property
    def version(self) -> str:
        """Names what reads files; what was read by another version is read anew."""
        return f"{RULES_VERSION} {self.library} first, pypdf {PYPDF_VERSION}, pdfium {PDFIUM_VERSION}"[:100]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Prepare the processes; they start with the first file. ``extract`` does this when it is needed."""
        self._started()

    def _started(self) -> ReadingProcesses:
        with self._lock:
            if self._reading is None:
                self._reading = ReadingProcesses(
                    self.processes, _PRELOADED, _limit_process, [self.limits.max_memory_bytes]
                )
            return self._reading

    def close(self) -> None:
        """Stop the processes; files being read are given up."""
        with self._lock:
            reading, self._reading = self._reading, None
        if reading is not None:
            reading.close()

    def extract(self, path: Path, *, name: str | None = None, mime_type: str | None = None) -> Extraction:
        """Read a file. ``name`` and ``mime_type`` are what it is called elsewhere. Raises ``UnreadableFile``."""
        kind = check_file(path, self.limits, name=name, mime_type=mime_type)
        match kind:
            case FileKind.PDF:
                return self.complete(path, self._extract_pdf(path))
            case FileKind.ZIP:
                found = self._run(_read_office, path)
            case _:
                found = self._run(partial(_read_plain, kind=kind), path)
        return _or_raise(found)

    def is_complete(self, extraction: Extraction) -> bool:
        """Tell whether ``complete`` has nothing to add."""
        return (
            self.recogniser is None
            or extraction.recogniser is not None
            or extraction.mime_type != FileKind.PDF.value
            or not (extraction.pages_without_text or extraction.damaged_pages)
        )

    def complete(self, path: Path, extraction: Extraction) -> Extraction:
        """Add recognised text to the pages of a PDF that have none or a damaged one, if it has not been tried yet."""
        recogniser = self.recogniser
        if recogniser is None or self.is_complete(extraction):
            return extraction
        texts: dict[int, str] = {}
        # The recogniser keeps to its time by itself; the pool's limit is for the drawing of the page.
        timeout_s = recogniser.page_timeout_s + self.limits.timeout_s
        for number in (*extraction.pages_without_text, *extraction.damaged_pages)[: recogniser.max_pages]:
            text = self._schedule(_recognise_in_process, path, number, recogniser, timeout_s, timeout_s=timeout_s)
            texts[number] = "" if isinstance(text, _Unreadable) else text
        return with_recognised(extraction, texts, recogniser)

    def _extract_pdf(self, path: Path) -> Extraction:
        readers: tuple[_Reader, _Reader] = (extract_pdf, extract_with_pdfium)
        if self.library == "pypdfium2":
            readers = (extract_with_pdfium, extract_pdf)
        first = self._run(readers[0], path)
        if isinstance(first, _Unreadable):
            if first.kind == "encrypted":
                raise UnreadableFile(first.kind, first.message)
        elif not (first.failed_pages or first.damaged_pages) and (
            first.text_quality is not TextQuality.EMPTY
            # Where PDFium finds no text on intact pages, pypdf takes seconds and finds none either.
            or self.library == "pypdfium2"
        ):
            return first
        return _or_raise(_better(first, self._run(readers[1], path)))

    def _run(self, reader: _Reader, path: Path) -> Extraction | _Unreadable:
        return self._schedule(_read_in_process, reader, path, self.limits, timeout_s=self.limits.timeout_s)

    def _schedule(self, function: Callable[..., _Result], *arguments: Any, timeout_s: float) -> _Result | _Unreadable:
        try:
            return self._started().run(function, arguments, timeout_s)
        except TimeoutError:
            return _Unreadable("timeout", f"reading the file took longer than {timeout_s:g} s (pdf_timeout_s)")
        except ProcessExpired:
            return _Unreadable("damaged", "the file is damaged: the program reading it broke down or ran out of memory")
        except TaskLost as error:
            return _Unreadable("damaged", f"the file is damaged, or the program reading it is: {error}")
        except MemoryError:
            return _Unreadable("too_large", TOO_MUCH_MEMORY)


def available_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _or_raise(found: Extraction | _Unreadable) -> Extraction:
    if isinstance(found, _Unreadable):
        raise UnreadableFile(found.kind, found.message)
    return found


def _better(first: Extraction | _Unreadable, second: Extraction | _Unreadable) -> Extraction | _Unreadable:
    if isinstance(first, _Unreadable):
        # When both fail the password is the reason that helps; otherwise what the first one says.
        return second if isinstance(second, Extraction) or second.kind == "encrypted" else first
    if isinstance(second, _Unreadable) or second.text_quality is TextQuality.EMPTY:
        return first
    if first.text_quality is TextQuality.EMPTY or _faults(second) < _faults(first):
        return second
    return first


def _faults(extraction: Extraction) -> tuple[int, int]:
    return extraction.failed_pages, len(extraction.damaged_pages)


def _read_in_process(reader: _Reader, path: Path, limits: FileLimits) -> Extraction | _Unreadable:
    # Ends the process even if the one that should have killed it is gone.
    signal.alarm(int(limits.timeout_s) + _ALARM_GRACE_S)
    try:
        return reader(path, limits)
    except UnreadableFile as error:
        return _Unreadable(error.kind, error.message)
    except Exception as error:  # whatever a hostile file has found in a library must not end the import
        return _Unreadable("damaged", f"the file is damaged ({type(error).__name__}: {error})"[:300])
    finally:
        signal.alarm(0)
        gc.collect()


def _read_office(path: Path, limits: FileLimits) -> Extraction:
    from searchsvc.ingest.office import extract_office  # only this process needs its libraries

    return extract_office(path, limits)


def _read_plain(path: Path, limits: FileLimits, *, kind: FileKind) -> Extraction:
    from searchsvc.ingest.plain import extract_plain

    return extract_plain(path, limits, kind)


def _recognise_in_process(path: Path, number: int, recogniser: Recogniser, timeout_s: float) -> str:
    signal.alarm(int(timeout_s) + _ALARM_GRACE_S)
    try:
        return recognise_page(path, number, recogniser)
    except Exception:  # whatever a hostile page does, it stays as it is: without text
        return ""
    finally:
        signal.alarm(0)


def _limit_process(max_memory_bytes: int) -> None:
    import resource  # not on every platform the rest runs on

    # What is loaded stays, and a PDF is made of very many objects that refer to each other: looking through all of them
    # again and again would take a sixth of the time of reading. Garbage is collected after each file.
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD)
    # Ctrl-C reaches the whole group; the process that started this one stops it in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = max_memory_bytes if hard == resource.RLIM_INFINITY else min(max_memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
