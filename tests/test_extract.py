"""Reading PDFs, the broken and hostile ones too: each is read or gets a typed reason."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
import zlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from index.contract import TextQuality
from searchsvc.errors import UnreadableFile
from searchsvc.ingest import Extraction, FileLimits, FileReader
from searchsvc.ingest.extract import extract_pdf
from searchsvc.ingest.extraction import pdf_date, usable_title
from searchsvc.ingest.pdfium import extract_with_pdfium
from searchsvc.ingest.pool import PdfLibrary
from searchsvc.ingest.unmapped import is_glyph_names, is_unmapped
from tests.fixtures_service import SHARED_DATA, MakePdf


def reason(extractor: FileReader, path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        extractor.extract(path)
    assert caught.value.kind in UnreadableFile.REASONS
    assert caught.value.message
    return caught.value.kind


def pages_or_reason(extractor: FileReader, path: Path) -> tuple[str, ...] | str:
    try:
        return extractor.extract(path).pages
    except UnreadableFile as error:
        return error.kind


def pdf_of(*objects: bytes) -> bytes:
    """Return a PDF of objects numbered from 1, the first of which is its catalog."""
    content, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(content)
    size = len(objects) + 1
    content += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return content + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)


def test_text_comes_page_by_page(extractor: FileReader, make_pdf: MakePdf):
    """A normal PDF gives the text of each page, its title and its quality."""
    path = make_pdf(pages=("Erste Seite", "", "Dritte Seite mit Straßenbäumen"), title="Vorlage zum Haushalt")
    found = extractor.extract(path)
    assert [page.strip() for page in found.pages] == ["Erste Seite", "", "Dritte Seite mit Straßenbäumen"]
    assert (found.page_count, found.text_quality, found.title) == (3, TextQuality.DIGITAL, "Vorlage zum Haushalt")
    assert found.created is not None
    assert Extraction.from_json(found.to_json()) == found


@pytest.mark.parametrize("reader", [extract_pdf, extract_with_pdfium])
def test_both_libraries_read_the_same(reader, make_pdf: MakePdf):
    """PDFium, which is asked when pypdf fails, gives the same kind of result."""
    found = reader(make_pdf(pages=("Erste Seite", "Zweite Seite"), title="Vorlage zum Haushalt"), FileLimits())
    assert [page.strip() for page in found.pages] == ["Erste Seite", "Zweite Seite"]
    assert (found.title, found.text_quality, found.failed_pages) == ("Vorlage zum Haushalt", TextQuality.DIGITAL, 0)


@pytest.mark.parametrize("reader", [extract_pdf, extract_with_pdfium])
def test_hyphens_at_line_ends_stay(reader, tmp_path: Path):
    """Whether a hyphen belongs to its word is decided later, so both libraries give it with the line's end."""
    path = tmp_path / "x.pdf"
    canvas = Canvas(str(path), invariant=1)
    lines = canvas.beginText(72, 700)
    for line in ("Der Rhein-Erft-", "Kreis, die Bürgermeister-", "und Ratswahl, der Haus-", "halt."):
        lines.textLine(line)
    canvas.drawText(lines)
    canvas.save()
    (page,) = reader(path, FileLimits()).pages
    assert re.sub(r"\s*\n", "\n", page.strip()) == (
        "Der Rhein-Erft-\nKreis, die Bürgermeister-\nund Ratswahl, der Haus-\nhalt."
    )


@pytest.mark.parametrize(("library", "readers"), [("pypdf", ["extract_pdf"]), ("pypdfium2", ["extract_with_pdfium"])])
def test_the_library_can_be_chosen(
    make_pdf: MakePdf, monkeypatch: pytest.MonkeyPatch, library: PdfLibrary, readers: list[str]
):
    """A good PDF is read by the library that was chosen only, and the other one is asked when that fails."""
    asked: list[str] = []
    run = FileReader._run

    def note(self: FileReader, reader, path: Path):
        asked.append(reader.__name__)
        return run(self, reader, path)

    monkeypatch.setattr(FileReader, "_run", note)
    with FileReader(FileLimits(), processes=1, library=library) as chosen:
        assert "Haushalt" in chosen.extract(make_pdf()).pages[0]
        assert asked == readers
        assert library in chosen.version
        damaged = make_pdf("kaputt.pdf")
        damaged.write_bytes(b"%PDF-1.4\n")
        assert reason(chosen, damaged) == "damaged"
    assert set(asked) == {"extract_pdf", "extract_with_pdfium"}


def shown(text: bytes) -> bytes:
    """Return the content of a page that has one line."""
    content = b"BT /F1 10 Tf 50 800 Td (%s) Tj ET" % text
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


@pytest.mark.parametrize("reader", [extract_pdf, extract_with_pdfium])
def test_glyphs_that_stand_for_no_letters_are_no_text(reader, tmp_path: Path):
    """A page in a font that does not say what its glyphs mean is empty and can be recognised; others are read."""
    names = b" ".join(b"/c%02x" % code for code in range(33, 127))
    path = tmp_path / "a.pdf"
    path.write_bytes(
        pdf_of(
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [4 0 R 6 0 R] /Count 2 /MediaBox [0 0 595 842] >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /ABCDEF+Own /FirstChar 33 /LastChar 126 /Widths [%s] "
            b"/FontDescriptor << /Type /FontDescriptor /FontName /ABCDEF+Own /Flags 4 /FontBBox [0 0 900 900] >> "
            b"/Encoding << /Type /Encoding /Differences [33 %s] >> >>" % (b"600 " * 94, names),
            b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            shown(b"1DPHGHV9"),
            b"<< /Type /Page /Parent 2 0 R /Contents 7 0 R /Resources << /Font << /F1 8 0 R >> >> >>",
            shown(b"Antrag A/12/34"),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        )
    )
    found = reader(path, FileLimits())
    assert [page.strip() for page in found.pages] == ["", "Antrag A/12/34"]
    assert found.pages_without_text == (1,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/c31/c5a/c36 /g49/g90\n/G21", True),
        ("Vorlage 12/2013 und A/34, siehe https://rat.example/a1/b2/c3/d4", False),
        ("1/2/3/4/5/6/7/8/9", False),
        ("/", False),
        ("", False),
    ],
)
def test_names_of_glyphs_are_told_from_words(text: str, expected: bool):
    """References, paths and lists of numbers are text."""
    assert is_glyph_names(text) is expected


@pytest.mark.parametrize(
    ("text", "share", "expected"),
    [
        ("1DPHGHV9 HUVDQG", 1.0, True),
        ("1DPHGHV9 HUVDQG", 0.3, False),
        ("Name des Versandes", 1.0, False),
        ("", 1, False),
    ],
)
def test_codes_that_happen_to_be_words_are_text(text: str, share: float, expected: bool):
    """What is unknown to the library may be readable all the same, and a few unknown signs are no matter."""
    assert is_unmapped(text, len(text), lambda at: at < len(text) * share) is expected


def test_scanned_and_recognised_text_are_told_apart(extractor: FileReader, make_pdf: MakePdf):
    """No text at all is ``empty``; text made by a recognition program is ``ocr``."""
    assert extractor.extract(make_pdf(pages=("",))).text_quality is TextQuality.EMPTY
    assert extractor.extract(make_pdf(producer="ABBYY FineReader 15")).text_quality is TextQuality.OCR


def test_an_empty_password_is_no_obstacle(extractor: FileReader, make_pdf: MakePdf):
    """A PDF that only restricts printing is read; one that needs a password says so."""
    assert "Haushalt" in extractor.extract(make_pdf(password="")).pages[0]
    assert reason(extractor, make_pdf(password="geheim")) == "encrypted"


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        (b"", "empty_file", "0 bytes"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "not_a_pdf", "web page"),
        (b"PK\x03\x04word/document.xml", "damaged", "document is damaged"),
        (b"Guten Tag", "not_a_pdf", "%PDF-"),
        (b" " * 2000 + b"%PDF-1.4", "not_a_pdf", "%PDF-"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "unsupported", "before 2007"),
        (b"%PDF-1.4\n", "damaged", "damaged"),
        (b"%PDF-1.4\n" + os.urandom(5000), "damaged", "damaged"),
    ],
)
def test_what_is_no_pdf_is_named(extractor: FileReader, tmp_path: Path, content: bytes, kind: str, text: str):
    """Each wrong file gets the reason that helps whoever has to mend it."""
    path = tmp_path / "x.pdf"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=text) as caught:
        extractor.extract(path)
    assert caught.value.kind == kind


def test_a_truncated_file_is_read_or_refused(extractor: FileReader, make_pdf: MakePdf):
    """Wherever a download was cut off, there is a result or a reason."""
    content = make_pdf(pages=tuple(f"Seite {number}" for number in range(10))).read_bytes()
    path = make_pdf("cut.pdf")
    for part in (0.3, 0.6, 0.95):
        path.write_bytes(content[: int(len(content) * part)])
        assert pages_or_reason(extractor, path) not in ((), "timeout", "unreadable", "not_a_pdf")


def test_missing_files_and_large_ones_are_refused(make_pdf: MakePdf, tmp_path: Path):
    """A file that is gone or beyond the limit is refused before any library sees it."""
    with FileReader(FileLimits(max_file_bytes=100)) as small:
        assert reason(small, tmp_path / "gone.pdf") == "unreadable"
        assert reason(small, make_pdf()) == "too_large"


def test_too_many_pages_or_too_much_text_are_refused(extractor: FileReader, make_pdf: MakePdf):
    """The limits of pages and of text hold for both libraries."""
    many = make_pdf(pages=tuple(str(number) for number in range(51)))
    assert reason(extractor, many) == "too_large"
    for reader in (extract_pdf, extract_with_pdfium):
        with pytest.raises(UnreadableFile) as caught:
            reader(make_pdf(pages=("Wort " * 50,) * 3), FileLimits(max_text_bytes=200))
        assert caught.value.kind == "too_large"


def test_a_page_tree_that_contains_itself_ends(extractor: FileReader, tmp_path: Path):
    """A loop in the page tree is damage, not an endless run."""
    path = tmp_path / "loop.pdf"
    tree = b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000000 >>"
    path.write_bytes(pdf_of(b"<< /Type /Catalog /Pages 2 0 R >>", tree))
    assert reason(extractor, path) in ("damaged", "too_large", "timeout")


def test_a_stream_that_unpacks_without_end_costs_one_file(make_pdf: MakePdf, tmp_path: Path):
    """A bomb of zeros is stopped by the limits, and the next file is read as if nothing had been."""
    bomb = zlib.compress(zlib.compress(zlib.compress(b"\0" * 200_000_000, 9), 9), 9)
    stream = b"<< /Length %d /Filter [/FlateDecode /FlateDecode /FlateDecode] >>\nstream\n%s\nendstream"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R >>"
    path = tmp_path / "bomb.pdf"
    path.write_bytes(
        pdf_of(
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page,
            stream % (len(bomb), bomb),
        )
    )
    with FileReader(FileLimits(timeout_s=5, max_memory_bytes=400_000_000), processes=1) as limited:
        found = pages_or_reason(limited, path)
        assert found in ("damaged", "too_large", "timeout") or not "".join(found).strip()
        assert "Haushalt" in limited.extract(make_pdf()).pages[0]


def test_a_file_that_takes_too_long_is_given_up(make_pdf: MakePdf):
    """The time limit holds for each file, and the process is replaced."""
    slow = make_pdf("slow.pdf", pages=tuple("Wort " * 15 for _ in range(1500)))
    with FileReader(FileLimits(timeout_s=0.2), processes=1) as limited:
        limited_start = time.monotonic()
        found = pages_or_reason(limited, slow)
        assert found == "timeout" or len(found) == 1500  # PDFium may be quick enough
        assert time.monotonic() - limited_start < 15


def test_a_process_that_dies_costs_one_file(extractor: FileReader, make_pdf: MakePdf, monkeypatch: pytest.MonkeyPatch):
    """A crash in C code becomes a reason; the next file is read by a new process."""
    monkeypatch.setattr("searchsvc.ingest.pool.extract_pdf", _crash)
    monkeypatch.setattr("searchsvc.ingest.pool.extract_with_pdfium", _crash)
    assert reason(extractor, make_pdf()) == "damaged"
    monkeypatch.undo()
    assert "Haushalt" in extractor.extract(make_pdf()).pages[0]


def test_a_process_that_dies_without_a_task_costs_nothing(make_pdf: MakePdf):
    """Killed between two files, by an operator or for lack of memory, a process is replaced."""
    with FileReader(FileLimits(), processes=1) as reader:
        for _ in range(2):
            pid = reader._schedule(os.getpid, timeout_s=20)
            assert isinstance(pid, int)
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.5)
            assert "Haushalt" in reader.extract(make_pdf()).pages[0]


def test_processes_killed_at_any_moment_keep_nobody_waiting():
    """Killed while it waits, gets a file, reads it or answers: everyone has an answer, and others are not disturbed."""
    answers: list[object] = []
    kills = threading.Semaphore(40)

    def ask(reader: FileReader, pause_s: float) -> None:
        while kills.acquire(blocking=False):
            pid = reader._schedule(os.getpid, timeout_s=20)
            answers.append(pid)
            if isinstance(pid, int):
                threading.Timer(pause_s, _kill, (pid,)).start()
                answers.append(reader._schedule(os.getpid, timeout_s=20))

    with FileReader(FileLimits(), processes=2) as reader:
        threads = [threading.Thread(target=ask, args=(reader, ms / 1000), daemon=True) for ms in (0, 0.3, 0.6, 1.5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
    assert len(answers) > 40
    assert all(isinstance(answer, int) or answer.kind == "damaged" for answer in answers)  # type: ignore[attr-defined]


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _crash(path: Path, limits: FileLimits) -> Extraction:
    os.abort()


def test_the_libraries_leave_the_memory_limit_to_the_file(extractor: FileReader):
    """What the processes take for themselves is a small part of the default limit of address space."""
    status = extractor._schedule(Path.read_text, Path("/proc/self/status"), timeout_s=20)
    assert isinstance(status, str)
    (size_kb,) = (int(line.split()[1]) for line in status.splitlines() if line.startswith("VmSize:"))
    assert size_kb * 1024 < FileLimits().max_memory_bytes / 2


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Microsoft Word - Vorlage Haushalt.doc", "Vorlage Haushalt"),
        ("Haushalt 2014", "Haushalt 2014"),
        ("untitled", None),
        ("Unbenannt-1", None),
        ("C:\\TEMP\\x.tmp", None),
        ("", None),
        (None, None),
        ("doc", None),
        ("Zeile\r\nzwei\x00", "Zeile zwei"),
    ],
)
def test_only_titles_for_people_are_used(raw: str | None, title: str | None):
    """What programs leave in the title field is no title."""
    assert usable_title(raw) == title


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("D:20131113093000+01'00'", datetime(2013, 11, 13, 9, 30, tzinfo=timezone(timedelta(hours=1)))),
        ("D:20131113", datetime(2013, 11, 13, tzinfo=UTC)),
        ("D:20131113093000Z", datetime(2013, 11, 13, 9, 30, tzinfo=UTC)),
        ("D:20131313", None),
        ("gestern", None),
        (None, None),
    ],
)
def test_dates_of_pdfs_are_understood(raw: str | None, moment: datetime | None):
    """The date format of PDF is read; nonsense is no date."""
    assert pdf_date(raw) == moment


@pytest.mark.slow
@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="extra: real files lie beside a developer's checkout only")
def test_broken_files_of_the_wild_end_with_a_result_or_a_reason():
    """Every odd, broken or hostile file of three PDF projects is read or refused with a typed reason."""
    files = sorted(path for name in ("qpdf", "pypdf-samples") for path in (SHARED_DATA / "pdf" / name).glob("*.pdf"))
    assert files
    with FileReader(FileLimits(timeout_s=20)) as reader:
        for path in files:
            found = pages_or_reason(reader, path)
            assert found in UnreadableFile.REASONS if isinstance(found, str) else found, path.name
