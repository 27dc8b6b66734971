"""Reading kept files again without having them sent or downloaded again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from index.contract import TextQuality
from searchsvc.errors import UnreadableFile
from searchsvc.ingest import FileReader, ingest_file
from searchsvc.ingest.ocr import Recogniser
from searchsvc.ingest.rereading import RereadReport, reread
from searchsvc.store import Store
from tests.fixtures_oparl import Mirror
from tests.fixtures_service import MakePdf
from tests.test_cli import searchsvc

RECOGNISED = "Aus dem Bild erkannt"


@pytest.fixture
def with_recogniser(extractor: FileReader, tmp_path: Path) -> Iterator[FileReader]:
    """What reads files with a program for text recognition that finds the same on each picture."""
    program = tmp_path / "tesseract"
    program.write_text(f"#!/bin/sh\ncat >/dev/null\necho '{RECOGNISED}'\n")
    program.chmod(0o755)
    with FileReader(extractor.limits, processes=1, recogniser=Recogniser(str(program), "5")) as reader:
        yield reader


@pytest.fixture
def older_version(extractor: FileReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything read so far have been read by another version."""
    monkeypatch.setattr(FileReader, "version", "another")


def scan(number: int = 1) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    canvas.rect(100, 100, 50 + number, 50, fill=1)
    canvas.save()
    return buffer.getvalue()


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def counts(report: RereadReport) -> tuple[int, int, int, int]:
    return report.looked_at, report.reread, report.stored, len(report.failed)


def test_scans_of_an_oparl_server_are_recognised_without_a_download(mirror: Mirror, with_recogniser: FileReader):
    """The text comes from the kept file, stays through the next import, and is looked for once."""
    mirror.server.city.file("p1-vorlage", "Vorlage 1", content=scan())
    mirror.run()
    assert mirror.document("p1-vorlage").text_quality is TextQuality.EMPTY
    mirror.server.forget_requests()
    report = reread(mirror.store, with_recogniser)
    assert (report.reread, report.stored, report.failed) == (1, 1, [])
    assert mirror.server.paths() == []
    found = mirror.document("p1-vorlage")
    assert (found.pages, found.text_quality) == ((f"{RECOGNISED}\n",), TextQuality.OCR)
    assert report.last_change == mirror.store.documents.last_change()
    mirror.run()
    assert mirror.document("p1-vorlage").pages == found.pages
    assert counts(reread(mirror.store, with_recogniser))[1:] == (0, 0, 0)


def test_what_callers_said_is_kept(store: Store, with_recogniser: FileReader, extractor: FileReader, tmp_path: Path):
    """A text or a quality that came with the document wins; its other fields stay as they are."""
    path = write(tmp_path / "a.pdf", scan())
    for metadata in ({"id": "own", "text": "Eigener Text"}, {"id": "file", "title": "Lageplan", "keywords": ["Plan"]}):
        ingest_file(store, extractor, path, file_name="a.pdf", metadata=metadata)
    before = store.documents.get("file")
    assert counts(reread(store, with_recogniser)) == (1, 1, 1, 0)
    own, after = store.documents.get("own"), store.documents.get("file")
    assert own is not None
    assert own.document.pages == ("Eigener Text",)
    assert before is not None
    assert after is not None
    expected = replace(before.document, pages=(f"{RECOGNISED}\n",), text_quality=TextQuality.OCR)
    assert replace(after.document, indexed_at=None) == replace(expected, indexed_at=None)
    assert after.original_sha256 == before.original_sha256


def test_files_read_by_another_version_are_read_in_full(
    store: Store, extractor: FileReader, make_pdf: MakePdf, older_version: None, monkeypatch: pytest.MonkeyPatch
):
    """Documents whose text came from the file get the new one, once; without a change nothing is stored."""
    ingest_file(store, extractor, make_pdf("a.pdf", ("Erstens",)), file_name="a.pdf", metadata={"id": "a"})
    web_page = write(make_pdf("b.html"), b"<html><p>Zweitens</p></html>")
    ingest_file(store, extractor, web_page, file_name="b.html", metadata={"id": "b"})
    kept = store.documents.get("a")
    assert kept is not None
    assert kept.original_sha256 is not None
    version, content = store.extractions.latest(kept.original_sha256) or ("", {})
    store.extractions.put(kept.original_sha256, version, {**content, "pages": ["Falsch gelesen"]})
    store.documents.put(replace(kept.document, pages=("Falsch gelesen",)))
    monkeypatch.undo()
    assert counts(reread(store, extractor)) == (2, 2, 1, 0)
    mended = store.documents.get("a")
    assert mended is not None
    assert mended.document.pages == ("Erstens\n",)
    assert counts(reread(store, extractor)) == (2, 0, 0, 0)


def test_a_file_that_cannot_be_read_any_more_keeps_its_document(
    store: Store, extractor: FileReader, make_pdf: MakePdf, older_version: None, monkeypatch: pytest.MonkeyPatch
):
    """It is named with its reason, nothing is lost, and the next run tries again."""
    ingest_file(store, extractor, make_pdf(), file_name="a.pdf", metadata={"id": "a"})
    before = store.documents.get("a")
    monkeypatch.undo()

    def fail(*_arguments: object, **_options: object) -> None:
        raise UnreadableFile("timeout", "takes too long")

    with monkeypatch.context() as patch:
        patch.setattr(FileReader, "extract", fail)
        report = reread(store, extractor)
    assert [(one.kind, one.message) for one in report.failed] == [("timeout", "takes too long")]
    assert store.documents.get("a") == before
    assert counts(reread(store, extractor)) == (1, 1, 0, 0)


def test_a_document_stored_meanwhile_is_left_alone(
    store: Store,
    with_recogniser: FileReader,
    extractor: FileReader,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """Who sends a document while its file is read again has the last word."""
    ingest_file(store, extractor, write(tmp_path / "a.pdf", scan()), file_name="a.pdf", metadata={"id": "a"})
    seen = store.documents.with_original

    def sent_in_between(checksum: str) -> object:
        found = seen(checksum)
        store.documents.put(replace(found[0].document, pages=("Neu",), text_quality=TextQuality.DIGITAL))
        return found

    monkeypatch.setattr(store.documents, "with_original", sent_in_between)
    assert counts(reread(store, with_recogniser)) == (1, 1, 0, 0)
    now = store.documents.get("a")
    assert now is not None
    assert now.document.pages == ("Neu",)


def test_rereading_by_command(tmp_path: Path, make_pdf: MakePdf):
    """The command says how much there was to do; without anything to do it is quick and content."""
    data = tmp_path / "data"
    searchsvc(data, "ingest", make_pdf())
    done = searchsvc(data, "reread", "--wait")
    assert (done.returncode, done.stdout) == (0, "0 of 1 files read again, 0 documents changed\n")
