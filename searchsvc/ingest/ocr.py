"""Recognising text on pages that are only pictures, with Tesseract if it is installed."""

from __future__ import annotations

import io
import os
import resource
import shutil
import subprocess
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pypdfium2 import PdfDocument, PdfiumError, PdfPage

from index.contract import TextQuality
from searchsvc.documents.text import clean_text, has_word
from searchsvc.ingest.extraction import Extraction
from searchsvc.ingest.recognised import with_hyphens
from searchsvc.ingest.text_layer import is_better
from searchsvc.settings import Settings

LANGUAGE = "deu"
_MAX_PIXELS = 40_000_000
_POINTS_PER_INCH = 72
_PROBE_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Tesseract as it is installed, and what a page and a document may cost it."""

    program: str
    version: str
    resolution_dpi: int = 300
    page_timeout_s: float = 30.0
    max_pages: int = 200

    @property
    def name(self) -> str:
        """What recognised a text, to be kept with it."""
        return f"tesseract {self.version} {LANGUAGE}"


def find_recogniser(settings: Settings) -> Recogniser | None:
    """Return what recognises text, or None if that is switched off or not installed."""
    found = _installed() if settings.ocr == "auto" else None
    if found is None:
        return None
    program, version = found
    return Recogniser(program, version, settings.ocr_dpi, settings.ocr_page_timeout_s, settings.ocr_max_pages)


@cache
def _installed() -> tuple[str, str] | None:
    """Return Tesseract's path and version if it has German."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    try:
        version, languages = (
            subprocess.run(  # noqa: S603 - found on the operator's PATH
                [program, option], capture_output=True, text=True, timeout=_PROBE_TIMEOUT_S, check=True
            ).stdout.split()
            for option in ("--version", "--list-langs")
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return (program, version[1]) if LANGUAGE in languages and len(version) > 1 else None


def recognise_page(path: Path, number: int, recogniser: Recogniser) -> str:
    """Return the text on page ``number`` (from 1) of a PDF; empty if there is none or it takes too long.

    Runs in a process with limits, which the program it starts inherits.
    """
    try:
        with PdfDocument(path) as document:
            page = document[number - 1]
            try:
                picture = _picture(page, recogniser.resolution_dpi)
            finally:
                page.close()
    except (PdfiumError, IndexError):
        return ""
    return "" if picture is None else _run_tesseract(picture, recogniser)


def _picture(page: PdfPage, resolution_dpi: int) -> tuple[bytes, int] | None:
    """Return a page as a grey picture with its resolution; None if there is nothing on it."""
    if next(page.get_objects(max_depth=1), None) is None:
        return None
    width, height = (side / _POINTS_PER_INCH for side in page.get_size())
    dpi = min(float(resolution_dpi), (_MAX_PIXELS / max(width * height, 1e-6)) ** 0.5)
    image = page.render(scale=dpi / _POINTS_PER_INCH, grayscale=True).to_pil()
    with io.BytesIO() as buffer:
        image.save(buffer, "PPM")
        return buffer.getvalue(), max(70, round(dpi))


def _run_tesseract(picture: tuple[bytes, int], recogniser: Recogniser) -> str:
    content, dpi = picture
    command = [recogniser.program, "stdin", "stdout", "-l", LANGUAGE, "--dpi", str(dpi), "--psm", "3"]
    # One thread: the other processors read other files.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    with subprocess.Popen(  # noqa: S603 - see above
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        # Should this process be killed, the kernel still ends the one it started.
        cpu_s = int(recogniser.page_timeout_s) + 1
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (cpu_s, cpu_s))
        try:
            output, _ = process.communicate(content, timeout=recogniser.page_timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            return ""
    return with_hyphens(clean_text(output.decode("utf-8", "replace"))) if process.returncode == 0 else ""


def with_recognised(extraction: Extraction, texts: dict[int, str], recogniser: Recogniser) -> Extraction:
    """Return what was read out of a file with the recognised text of some pages, by number from 1.

    Damaged pages keep the text they have unless the recognised one is better.
    """
    damaged = set(extraction.damaged_pages)
    taken = {
        number: text
        for number, text in texts.items()
        if number not in damaged or is_better(text, extraction.pages[number - 1])
    }
    return replace(
        extraction,
        pages=tuple(taken.get(number, page) for number, page in enumerate(extraction.pages, start=1)),
        text_quality=TextQuality.OCR if any(map(has_word, taken.values())) else extraction.text_quality,
        recogniser=recogniser.name,
        damaged_pages=tuple(number for number in extraction.damaged_pages if number not in taken),
    )
