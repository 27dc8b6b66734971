"""Reading PDFs with pypdf, the only module that imports it. Whatever a hostile file does becomes a typed reason.

``extract_pdf`` runs in a process of its own (``searchsvc.ingest.pool``) that can be killed and has little memory.
"""

from __future__ import annotations

import logging
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pypdf
from pypdf import PageObject, PasswordType, PdfReader

from searchsvc.errors import UnreadableFile
from searchsvc.ingest.extraction import Extraction, FileLimits, build_extraction
from searchsvc.ingest.footnotes import is_mark, may_have_marks, raise_footnote_marks
from searchsvc.ingest.reasons import PDF_IS_ENCRYPTED, failures_as_reasons
from searchsvc.ingest.unmapped import is_glyph_names

# pypdf logs each oddity of each file; what matters is returned as a reason.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def extract_pdf(path: Path, limits: FileLimits) -> Extraction:
    """Read the text of each page and the document's properties.

    A file that is encrypted with an empty password is read. Raises ``UnreadableFile``.
    """
    with failures_as_reasons("the PDF"), path.open("rb") as file:
        return _read(PdfReader(file, strict=False), limits)


def _read(reader: PdfReader, limits: FileLimits) -> Extraction:
    if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        raise UnreadableFile("encrypted", PDF_IS_ENCRYPTED)
    page_count = len(reader.pages)
    if page_count > limits.max_pages:
        raise UnreadableFile(
            "too_large", f"the PDF has {page_count:,} pages, at most {limits.max_pages:,} are read (max_pdf_pages)"
        )
    if page_count == 0:
        raise UnreadableFile("damaged", "the PDF has no pages")
    pages: list[str] = []
    failed_pages = 0
    text_bytes = 0
    for number in range(page_count):
        try:
            text = _page_text(reader.pages[number])
        except MemoryError:
            raise
        except Exception:  # one broken page must not cost the others; it is counted
            text = ""
            failed_pages += 1
        text_bytes += len(text.encode("utf-8", "replace"))
        if text_bytes > limits.max_text_bytes:
            raise UnreadableFile(
                "too_large", f"the PDF has more than {limits.max_text_bytes / 1e6:,.0f} MB of text (max_text_mb)"
            )
        pages.append(text)
    title, created, producer, creator = _properties(reader)
    return build_extraction(
        pages, title=title, created=created, programs=(producer, creator), failed_pages=failed_pages
    )


def _page_text(page: PageObject) -> str:
    text = page.extract_text()
    if is_glyph_names(text):
        return ""
    # Few pages have any, so reading those twice costs less than noting all sizes of all pages.
    return _with_footnote_marks(page, text) if may_have_marks(text) else text


def _with_footnote_marks(page: PageObject, plain: str) -> str:
    ends: list[int] = []
    sizes: list[float] = []
    length = 0

    def note_size(text: str, outer: Sequence[float], inner: Sequence[float], _font: Any, size: float) -> None:
        nonlocal length
        if text:
            length += len(text)
            ends.append(length)
            sizes.append(size * math.hypot(inner[2], inner[3]) * math.hypot(outer[2], outer[3]))

    text = page.extract_text(visitor_text=note_size)
    if length != len(text):  # the visitor did not see all of it, so offsets mean nothing
        return plain
    return raise_footnote_marks(
        text, lambda offset: is_mark(sizes[bisect_right(ends, offset)], sizes[bisect_right(ends, offset - 1)])
    )


def _properties(reader: PdfReader) -> tuple[str | None, ...]:
    try:
        properties: Mapping[str, Any] = reader.metadata or {}
        values = [properties.get(name) for name in ("/Title", "/CreationDate", "/Producer", "/Creator")]
    except Exception:  # the text counts; properties of a damaged file are left out
        return (None, None, None, None)
    return tuple(str(value) if isinstance(value, str) else None for value in values)


PYPDF_VERSION = pypdf.__version__
