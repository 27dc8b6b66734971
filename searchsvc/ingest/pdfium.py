"""Reading PDFs with PDFium: what pypdf cannot read, or all if so set. Runs in a process with limits."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pypdfium2
from pypdfium2 import PdfDocument, PdfiumError, PdfTextPage
from pypdfium2.raw import (
    FPDF_ERR_PASSWORD,
    FPDFText_GetFontSize,
    FPDFText_GetUnicode,
    FPDFText_HasUnicodeMapError,
)
from pypdfium2.version import PYPDFIUM_INFO

from searchsvc.errors import UnreadableFile
from searchsvc.ingest.extraction import Extraction, FileLimits, build_extraction
from searchsvc.ingest.footnotes import is_mark, raise_footnote_marks
from searchsvc.ingest.reasons import PDF_IS_ENCRYPTED, failures_as_reasons
from searchsvc.ingest.unmapped import is_unmapped

# PDFium puts one of these for a hyphen at the end of a line and joins the lines. Whether the hyphen belongs to the word
# ("Rhein-Erft-Kreis") it does not know.
_LINE_END_HYPHEN = re.compile("[\x02\ufffe](?:\r\n)?")

PDFIUM_VERSION = str(PYPDFIUM_INFO)


def extract_with_pdfium(path: Path, limits: FileLimits) -> Extraction:
    """Read the text of each page and the document's properties. Raises ``UnreadableFile``."""
    with failures_as_reasons("the PDF"), closing(_opened(path.read_bytes())) as document:
        return _read(document, limits)


def _opened(content: bytes) -> PdfDocument:
    try:
        return PdfDocument(content)
    except PdfiumError as error:
        if getattr(error, "err_code", None) == FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise UnreadableFile("encrypted", PDF_IS_ENCRYPTED) from error
        raise


def _read(document: pypdfium2.PdfDocument, limits: FileLimits) -> Extraction:
    page_count = len(document)
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
            text = _page_text(document, number)
        except PdfiumError:
            text = ""
            failed_pages += 1
        text_bytes += len(text.encode("utf-8", "replace"))
        if text_bytes > limits.max_text_bytes:
            raise UnreadableFile(
                "too_large", f"the PDF has more than {limits.max_text_bytes / 1e6:,.0f} MB of text (max_text_mb)"
            )
        pages.append(text)
    properties = document.get_metadata_dict()
    return build_extraction(
        pages,
        title=properties.get("Title"),
        created=properties.get("CreationDate"),
        programs=(properties.get("Producer"), properties.get("Creator")),
        failed_pages=failed_pages,
    )


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            text = str(text_page.get_text_bounded())
            if is_unmapped(text, text_page.count_chars(), lambda at: FPDFText_HasUnicodeMapError(text_page, at) == 1):
                return ""
            text = raise_footnote_marks(text, lambda offset: _is_small(text_page, text, offset))
            return _LINE_END_HYPHEN.sub("-\n", text)
        finally:
            text_page.close()
    finally:
        page.close()


def _is_small(text_page: PdfTextPage, text: str, offset: int) -> bool:
    """Tell whether a character is set smaller than the one before it."""
    # PDFium's own list of characters has some that the text has not, so they are a little further on there.
    around = range(offset - 2, offset + 1)
    for shift in range(text_page.count_chars() - len(text) + 1):
        if all(FPDFText_GetUnicode(text_page, index + shift) == ord(text[index]) for index in around):
            size_before, size = (FPDFText_GetFontSize(text_page, offset + shift - back) for back in (1, 0))
            return is_mark(size, size_before)
    return False
