"""Reading RTF, web pages and plain text. Runs in a process with limits."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree, html
from striprtf.striprtf import rtf_to_text

from searchsvc.errors import UnreadableFile
from searchsvc.ingest.extraction import Extraction, FileLimits, build_extraction
from searchsvc.ingest.file_kinds import FileKind
from searchsvc.ingest.reasons import failures_as_reasons

_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{1,40})""", re.IGNORECASE)
_HEAD_BYTES = 4096
_UNSHOWN = {"script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object", "select", "nav"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "fieldset", "figcaption",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li", "main", "ol", "p",
    "pre", "section", "table", "tr", "ul",
}  # fmt: skip
_CELLS = {"td", "th"}
_WHITE_SPACE = re.compile(r"[ \t\r\f\v\n\u00a0]+")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def extract_plain(path: Path, limits: FileLimits, kind: FileKind) -> Extraction:
    """Read a file as one page, plain text with form feeds as several. Raises ``UnreadableFile``."""
    with failures_as_reasons("the file"):
        return _read(path.read_bytes(), limits, kind)


def _read(content: bytes, limits: FileLimits, kind: FileKind) -> Extraction:
    title = None
    match kind:
        case FileKind.RTF:
            pages = [_rtf(content)]
        case FileKind.HTML:
            title, text = _web_page(content)
            pages = [text]
        case _:
            pages = _plain_pages(content)
    if sum(len(page.encode("utf-8", "replace")) for page in pages) > limits.max_text_bytes:
        raise UnreadableFile(
            "too_large", f"the file has more than {limits.max_text_bytes / 1e6:,.0f} MB of text (max_text_mb)"
        )
    if len(pages) > limits.max_pages:
        raise UnreadableFile("too_large", f"the file has more than {limits.max_pages:,} pages (max_pdf_pages)")
    return build_extraction(pages, title=title, created=None, programs=(), mime_type=kind.value)


def _rtf(content: bytes) -> str:
    return str(rtf_to_text(content.decode("cp1252", "replace"), errors="replace"))  # type: ignore[no-untyped-call]


def decoded(content: bytes) -> str:
    """Return text of unknown encoding: by its mark, else UTF-8, else Windows-1252."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _plain_pages(content: bytes) -> list[str]:
    text = decoded(content)
    if "\x00" in text:
        raise UnreadableFile("unsupported", "the file is called plain text but is none")
    pages = text.split("\f")
    if len(pages) > 1 and not pages[-1].strip():
        pages.pop()
    return pages


def _web_page(content: bytes) -> tuple[str | None, str]:
    charset = _CHARSET.search(content[:_HEAD_BYTES])
    try:
        text = content.decode(charset[1].decode()) if charset else decoded(content)
    except (LookupError, UnicodeDecodeError):
        text = decoded(content)
    # A declaration of another encoding would contradict what is parsed now.
    root = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", text) or "<p></p>")
    return root.findtext(".//title"), _shown_text(root)


def _shown_text(root: etree._Element) -> str:
    pieces: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        is_unshown = not isinstance(tag, str) or tag in _UNSHOWN
        if tag in _BLOCKS:
            pieces.append("\n")
        elif tag in _CELLS:
            pieces.append("\t")
        if event == "start":
            if is_unshown:
                walk.skip_subtree()
            else:
                pieces.append(_WHITE_SPACE.sub(" ", element.text or ""))
        elif element is not root:
            pieces.append(_WHITE_SPACE.sub(" ", element.tail or ""))
    lines = (line.strip() for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)
