"""Reading DOCX, ODT, RTF, web pages and plain text, the hostile ones too."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.contract import TextQuality
from searchsvc.errors import UnreadableFile
from searchsvc.ingest import Extraction, FileLimits, FileReader, Pipeline, plan_sources
from searchsvc.ingest.file_kinds import DOCX_MIME_TYPE, ODT_MIME_TYPE
from searchsvc.store import Store

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ODF = "urn:oasis:names:tc:opendocument:xmlns"


def zipped(**parts: str | bytes) -> bytes:
    """Return a ZIP file; ``__`` in a name stands for a slash, ``_xml`` for the ending."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return buffer.getvalue()


def word(body: str, **others: str) -> bytes:
    head = f'<w:document xmlns:w="{WORD}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    return zipped(word__document_xml=f"{head}<w:body>{body}</w:body></w:document>", **others)


def odf(body: str, mime_type: str = ODT_MIME_TYPE, **others: str) -> bytes:
    spaces = f'xmlns:office="{ODF}:office:1.0" xmlns:text="{ODF}:text:1.0"'
    content = f"<office:document-content {spaces}><office:body><office:text>{body}</office:text></office:body>"
    return zipped(mimetype=mime_type, content_xml=f"{content}</office:document-content>", **others)


@pytest.fixture
def read(extractor: FileReader, tmp_path: Path):
    """A function that reads bytes under a name."""

    def read(content: bytes, name: str = "x.docx") -> Extraction:
        path = tmp_path / "file"
        path.write_bytes(content)
        return extractor.extract(path, name=name)

    return read


def reason(read, content: bytes, name: str = "x.docx") -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(content, name)
    assert caught.value.kind in UnreadableFile.REASONS
    return caught.value.kind


def test_all_text_of_a_word_document_is_read(read):
    """Paragraphs, tables, content controls and text boxes once, notes and heads at the end; nothing deleted."""
    body = (
        "<w:p><w:r><w:t>Der Rat</w:t><w:tab/><w:t xml:space='preserve'> beschließt</w:t></w:r>"
        "<w:r><w:footnoteReference w:id='1'/></w:r></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Zelle</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>Steuerelement</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:del><w:r><w:delText>gestrichen</w:delText></w:r></w:del></w:p>"
        "<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>Kasten</w:t></w:r></w:p></mc:Choice>"
        "<mc:Fallback><w:p><w:r><w:t>Kasten</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>"
    )
    part = f"<w:x xmlns:w='{WORD}'><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:x>"
    properties = (
        '<x xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        "<dc:title>Vorlage zum Radweg</dc:title><dcterms:created>2013-11-13T09:30:00Z</dcterms:created></x>"
    )
    content = word(
        body,
        word__footnotes_xml=part.format("Fußnote"),
        word__header1_xml=part.format("DS 412/13"),
        word__header2_xml=part.format("DS 412/13"),
        docProps__core_xml=properties,
    )
    found = read(content, "x.pdf")
    assert found.pages == ("Der Rat\t beschließt\nZelle\nSteuerelement\n\nKasten\nFußnote\nDS 412/13",)
    assert (found.title, found.created) == ("Vorlage zum Radweg", datetime(2013, 11, 13, 9, 30, tzinfo=UTC))
    assert (found.mime_type, found.page_count, found.text_quality) == (DOCX_MIME_TYPE, 1, TextQuality.DIGITAL)


def test_an_odt_document_is_read(read):
    """Notes do not interrupt the sentence they belong to; comments and deleted text are left out."""
    body = "<text:note-body><text:p>Note</text:p></text:note-body>"
    note = f"<text:note><text:note-citation>1</text:note-citation>{body}</text:note>"
    found = read(
        odf(
            "<text:tracked-changes><text:p>alt</text:p></text:tracked-changes><text:h>Titel</text:h>"
            f"<text:p>Förder<text:span>erlass</text:span>{note} gilt<text:s/>ab<text:tab/>heute"
            "<office:annotation><text:p>intern</text:p></office:annotation>.</text:p>"
        ),
        "x.odt",
    )
    assert found.pages == ("Titel\nFördererlass gilt ab\theute.\nNote",)
    assert found.mime_type == ODT_MIME_TYPE


@pytest.mark.parametrize(
    ("content", "name", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg1252 Stra\'dfe und\par Br\u252\'fccke}", "x.rtf", "Straße und\nBrücke"),
        ("<html><head><title>T</title></head><body><p>Rat<b>haus</b></p><script>x</script><li>Bäder</ul>".encode(),
         "x.html", "Rathaus\nBäder"),
        ('<meta charset="iso-8859-1"><table><tr><td>a<td>ß</table>'.encode("latin-1"), "x.htm", "a\t\tß"),
        (b"", "leer.html", None),
        ("Grüße".encode("cp1252"), "x.txt", "Grüße"),
        ("\ufeffGrüße".encode(), "x.txt", "Grüße"),
        ("Grüße".encode("utf-16"), "x.txt", "Grüße"),
    ],
)  # fmt: skip
def test_simple_formats_are_read_in_any_encoding(read, content: bytes, name: str, text: str | None):
    """RTF, web pages and plain text keep their letters and lines; scripts are no text; empty files are told."""
    if text is None:
        assert reason(read, content, name) == "empty_file"
    else:
        assert [page.strip() for page in read(content, name).pages] == [text]


def test_form_feeds_are_page_breaks(read):
    """Plain text with form feeds has pages."""
    assert read(b"eins\fzwei\f", "x.txt").pages == ("eins", "zwei")


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (zipped(xl__workbook_xml="<x/>"), "x.xlsx", "unsupported"),
        (odf("", "application/vnd.oasis.opendocument.spreadsheet"), "x.ods", "unsupported"),
        (zipped(a="b"), "x.docx", "unsupported"),
        (b"Word", "alt.doc", "unsupported"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "alt", "unsupported"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "geheim.docx", "encrypted"),
        (odf("", META_INF__x="")[:-40], "x.odt", "damaged"),
        (word("<w:p>"), "x.docx", "damaged"),
        (b"a\x00b", "x.txt", "unsupported"),
        (b"<html>Fehler 404", "x.docx", "not_a_pdf"),
    ],
)
def test_what_cannot_be_read_is_named(read, content: bytes, name: str, kind: str):
    """Other office formats are said not to be supported; broken files are damaged."""
    assert reason(read, content, name) == kind


def test_an_encrypted_odt_is_named(read):
    """Encryption of single parts is noticed by the list of parts."""
    content = zipped(mimetype=ODT_MIME_TYPE, content_xml=b"\x01\x02")
    assert reason(read, content, "x.odt") == "damaged"
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("META-INF/manifest.xml", "<m><manifest:encryption-data/></m>")
    assert reason(read, buffer.getvalue(), "x.odt") == "encrypted"


def test_entities_are_never_expanded(read):
    """A billion laughs and a file named as an entity are refused."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for declarations in (f'<!ENTITY l0 "ha">{laughs}', '<!ENTITY l9 SYSTEM "file:///etc/hostname">'):
        body = f"<!DOCTYPE x [{declarations}]><w:p xmlns:w='{WORD}'><w:t>&l9;</w:t></w:p>"
        assert reason(read, zipped(word__document_xml=body)) == "damaged"


def test_zip_bombs_cost_one_file(tmp_path: Path):
    """What unpacks to far more than a document may have is refused before it is unpacked."""
    path = tmp_path / "bomb.docx"
    path.write_bytes(word("<w:p><w:t>" + "0" * 30_000_000 + "</w:t></w:p>"))
    assert path.stat().st_size < 100_000
    with FileReader(FileLimits(max_text_bytes=1_000_000), processes=1) as limited:
        with pytest.raises(UnreadableFile, match="unpacks to 30 MB") as caught:
            limited.extract(path)
        assert caught.value.kind == "too_large"
        path.write_bytes(word("<w:p><w:t>" + "ab " * 600_000 + "</w:t></w:p>"))
        with pytest.raises(UnreadableFile, match="max_text_mb"):
            limited.extract(path)


def test_a_folder_of_many_kinds_is_imported(store: Store, extractor: FileReader, tmp_path: Path):
    """Each file becomes a document of its type, or a failure that says why not."""
    folder = tmp_path / "rat"
    folder.mkdir()
    files = {
        "a.docx": word("<w:p><w:r><w:t>Sprungturm</w:t></w:r></w:p>"),
        "b.txt": b"Freibad",
        "c.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    report = Pipeline(store, extractor).run(plan_sources([folder]).items(max_line_bytes=1_000))
    assert [(Path(one.item).name, one.kind) for one in report.failed] == [("c.doc", "unsupported")]
    _, documents = store.documents.snapshot()
    assert [(one.title, one.mime_type, one.pages) for one in documents] == [
        ("a.docx", DOCX_MIME_TYPE, ("Sprungturm",)),
        ("b.txt", "text/plain", ("Freibad",)),
    ]
