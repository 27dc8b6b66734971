"""Reading DOCX and ODT: ZIP files with XML inside. Runs in a process with limits.

Both are read directly from their XML. A document object model such as python-docx's leaves out what Vorlagen are made
of: content controls, text boxes, footnotes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from searchsvc.errors import UnreadableFile
from searchsvc.ingest.extraction import Extraction, FileLimits, build_extraction
from searchsvc.ingest.file_kinds import DOCX_MIME_TYPE, ODT_MIME_TYPE
from searchsvc.ingest.reasons import failures_as_reasons

_MAX_PARTS = 20_000
_MANIFEST_BYTES = 1_000_000
_XML_PER_TEXT = 10
"""How much larger than its text the XML of an honest document is at most."""

_WORD = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_ALTERNATIVE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_ODF_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_ODF_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_CREATED = ("{http://purl.org/dc/terms/}created", "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}creation-date")


def extract_office(path: Path, limits: FileLimits) -> Extraction:
    """Read a DOCX or ODT document as one page. Raises ``UnreadableFile``."""
    with failures_as_reasons("the document"), zipfile.ZipFile(path) as archive:
        return _read(archive, limits)


def _read(archive: zipfile.ZipFile, limits: FileLimits) -> Extraction:
    names = set(archive.namelist())
    if any(part.flag_bits & 1 for part in archive.infolist()) or _is_encrypted_odf(archive, names):
        raise UnreadableFile("encrypted", "the document is encrypted with a password; publish it without one")
    if len(names) > _MAX_PARTS:
        raise UnreadableFile("too_large", f"the file has {len(names):,} parts, at most {_MAX_PARTS:,} are read")
    if "word/document.xml" in names:
        others = [f"word/{name}.xml" for name in ("footnotes", "endnotes")]
        heads = sorted(name for name in names if name.startswith(("word/header", "word/footer")))
        parts = ["word/document.xml", *(name for name in (*others, *heads) if name in names)]
        texts = [_word_text(_tree(archive, name, limits)) for name in parts]
        properties, mime_type = "docProps/core.xml", DOCX_MIME_TYPE
    elif "content.xml" in names and _odf_type(archive) == ODT_MIME_TYPE:
        texts = list(_odf_texts(_tree(archive, "content.xml", limits)))
        properties, mime_type = "meta.xml", ODT_MIME_TYPE
    else:
        raise UnreadableFile(
            "unsupported",
            "the file is a ZIP archive or an office document of a kind that is not read; publish it as PDF",
        )
    # Head and foot of each section are often the same.
    text = "\n".join(dict.fromkeys(filter(None, map(str.strip, texts))))
    if len(text.encode("utf-8", "replace")) > limits.max_text_bytes:
        raise UnreadableFile(
            "too_large", f"the document has more than {limits.max_text_bytes / 1e6:,.0f} MB of text (max_text_mb)"
        )
    title, created = _properties(archive, properties, limits) if properties in names else (None, None)
    return build_extraction([text], title=title, created=created, programs=(), mime_type=mime_type)


def _tree(archive: zipfile.ZipFile, name: str, limits: FileLimits) -> etree._Element:
    """Parse a part. Entities are not expanded, so the text is never larger than the part."""
    part = archive.getinfo(name)
    most = _XML_PER_TEXT * limits.max_text_bytes
    if part.file_size > most:
        raise UnreadableFile(
            "too_large",
            f"the document unpacks to {part.file_size / 1e6:,.0f} MB, at most {most / 1e6:,.0f} MB are read",
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    tree: etree._Element = etree.fromstring(archive.read(part), parser)
    if tree.getroottree().docinfo.doctype:
        raise UnreadableFile("damaged", "the document declares entities, which office programs never do")
    return tree


def _word_text(root: etree._Element) -> str:
    pieces: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if not isinstance(tag, str):
            continue
        if event == "start" and tag == _ALTERNATIVE:  # the same again for older programs
            walk.skip_subtree()
            continue
        namespace, _, name = tag.rpartition("}")
        if namespace in _WORD:
            pieces.append(_word_piece(event, name, element.text))
    return "".join(pieces)


def _word_piece(event: str, name: str, text: str | None) -> str:
    if event == "start":
        return {"t": text or "", "tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad"}.get(
            name, ""
        )
    return "\n" if name == "p" else ""


def _odf_type(archive: zipfile.ZipFile) -> str:
    try:
        with archive.open("mimetype") as file:
            return file.read(200).decode("ascii", "replace").strip()
    except KeyError:
        return ""


def _is_encrypted_odf(archive: zipfile.ZipFile, names: set[str]) -> bool:
    manifest = "META-INF/manifest.xml"
    if manifest not in names:
        return False
    with archive.open(manifest) as file:
        return b"encryption-data" in file.read(_MANIFEST_BYTES)


def _odf_texts(root: etree._Element) -> Iterator[str]:
    body = root.find(f"{_ODF_OFFICE}body")
    if body is None:
        return
    # Notes stand in the middle of the sentence they belong to.
    notes = list(body.iter(f"{_ODF_TEXT}note-body"))
    yield _odf_text(body)
    for note in notes:
        yield _odf_text(note)


def _odf_text(root: etree._Element) -> str:
    skipped = {f"{_ODF_TEXT}note", f"{_ODF_TEXT}tracked-changes", f"{_ODF_OFFICE}annotation"}
    blocks = {f"{_ODF_TEXT}p", f"{_ODF_TEXT}h"}
    marks = {f"{_ODF_TEXT}tab": "\t", f"{_ODF_TEXT}line-break": "\n", f"{_ODF_TEXT}s": " "}
    pieces: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        is_left_out = not isinstance(tag, str) or tag in skipped
        if event == "start":
            if is_left_out:
                walk.skip_subtree()
            else:
                pieces.append(marks.get(tag, "") + (element.text or ""))
        else:
            if tag in blocks:
                pieces.append("\n")
            if element is not root:
                pieces.append(element.tail or "")
    return "".join(pieces)


def _properties(archive: zipfile.ZipFile, name: str, limits: FileLimits) -> tuple[str | None, datetime | None]:
    try:
        tree = _tree(archive, name, limits)
    except (UnreadableFile, etree.XMLSyntaxError):  # the text counts
        return None, None
    created = next(filter(None, map(tree.findtext, (f".//{tag}" for tag in _CREATED))), None)
    return tree.findtext(f".//{_TITLE}"), _moment(created)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
