"""Recognising text on pages that are only pictures. These tests need Tesseract with German (``tesseract-ocr-deu``)."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from index.contract import TextQuality
from searchsvc.ingest import FileLimits, FileReader, ingest_file
from searchsvc.ingest.ocr import Recogniser, find_recogniser
from searchsvc.settings import Settings
from searchsvc.store import Store
from tests.fixtures_service import MakePdf

LINES = ("Straßenreinigungsgebühren", "Der Ausschuss für Umwelt beschließt", "die Änderung der Satzung.")


@pytest.fixture(scope="session")
def recogniser() -> Recogniser:
    """Tesseract, without which this test run is not complete."""
    found = find_recogniser(Settings())
    if found is None and not os.environ.get("CI"):
        pytest.skip("Tesseract with German is not installed here; CI has it")
    assert found is not None, "install tesseract-ocr and tesseract-ocr-deu"
    return found


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A PDF with a typed page, a page that is a picture of text, and an empty one."""
    image = Image.new("L", (1240, 700), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf", 44)
    for number, line in enumerate(LINES):
        draw.text((80, 80 + number * 90), line, 0, font=font)
    picture, path = tmp_path / "scan.png", tmp_path / "scan.pdf"
    image.save(picture)
    canvas = Canvas(str(path), pagesize=A4)
    canvas.drawString(72, 700, "Deckblatt")
    canvas.showPage()
    canvas.drawImage(str(picture), 0, 400, 595, 336)
    canvas.showPage()
    canvas.showPage()
    canvas.save()
    return path


def test_pages_without_text_are_recognised(recogniser: Recogniser, scan: Path):
    """Only the picture is recognised, umlauts and ß included, and the document is marked ``ocr``."""
    with FileReader(FileLimits(), processes=1, recogniser=recogniser) as reader:
        found = reader.extract(scan)
    assert found.pages[0].strip() == "Deckblatt"
    for line in LINES:
        assert line in found.pages[1]
    assert (found.pages[2], found.text_quality) == ("", TextQuality.OCR)
    assert found.recogniser is not None
    assert found.recogniser.startswith("tesseract ")


def test_without_recogniser_a_scan_is_empty_but_there(store: Store, extractor: FileReader, make_pdf: MakePdf):
    """A document without text is found by its title."""
    document, _ = ingest_file(store, extractor, make_pdf(pages=("",), title="Lageplan Freibad"), file_name="a.pdf")
    assert (document.title, document.text_quality) == ("Lageplan Freibad", TextQuality.EMPTY)


def test_a_recogniser_that_comes_later_reads_only_what_has_no_text(
    recogniser: Recogniser, store: Store, extractor: FileReader, scan: Path, monkeypatch: pytest.MonkeyPatch
):
    """Importing again after Tesseract was installed recognises the empty pages, once, and reads no PDF again."""
    before, _ = ingest_file(store, extractor, scan, file_name="a.pdf")
    assert before.text_quality is TextQuality.DIGITAL
    with FileReader(extractor.limits, processes=1, recogniser=recogniser) as reader:
        monkeypatch.setattr(FileReader, "_extract_pdf", None)
        after, result = ingest_file(store, reader, scan, file_name="a.pdf")
        assert (after.text_quality, result.changed, LINES[0] in after.pages[1]) == (TextQuality.OCR, True, True)
        monkeypatch.setattr(FileReader, "_schedule", None)
        again, result = ingest_file(store, reader, scan, file_name="a.pdf")
        assert (again, result.changed) == (after, False)


def test_a_page_that_takes_too_long_stays_empty(recogniser: Recogniser, scan: Path, tmp_path: Path):
    """The time of a page is limited, and no process is left behind."""
    program = tmp_path / "tesseract"
    program.symlink_to(recogniser.program)
    impatient = replace(recogniser, program=str(program), page_timeout_s=0.01)
    start = time.monotonic()
    with FileReader(FileLimits(), processes=1, recogniser=impatient) as reader:
        found = reader.extract(scan)
    assert (found.pages[1], found.text_quality) == ("", TextQuality.DIGITAL)
    assert time.monotonic() - start < 30
    assert not _is_running(program)


def test_only_so_many_pages_are_recognised(recogniser: Recogniser, scan: Path):
    """The number of pages is limited; the first ones are taken."""
    with FileReader(FileLimits(), processes=1, recogniser=replace(recogniser, max_pages=1)) as reader:
        assert LINES[0] in reader.extract(scan).pages[1]


def test_recognition_can_be_switched_off():
    """The setting wins over what is installed."""
    assert find_recogniser(Settings(ocr="off")) is None


def _is_running(program: Path) -> bool:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(program) in (process / "cmdline").read_bytes():
                return True
        except OSError:  # it has ended meanwhile
            continue
    return False
