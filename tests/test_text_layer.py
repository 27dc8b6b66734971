"""PDFs whose fonts say wrong or meaningless things of their letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfgen.canvas import Canvas
from structlog.testing import capture_logs

from analyzers import clean_pages
from index.contract import TextQuality
from searchsvc.ingest import FileLimits, FileReader, ingest_file
from searchsvc.ingest.extraction import Extraction, build_extraction
from searchsvc.ingest.ocr import Recogniser, with_recognised
from searchsvc.ingest.reading import read_file
from searchsvc.store import Store
from tests.test_ocr import recogniser  # noqa: F401 - a fixture

LINES = ("Beschlussvorlage an den Rat", "Der Ausschuss für Umwelt beschließt", "die Änderung der Satzung.")
MakeLyingPdf = Callable[..., Path]


@pytest.fixture
def make_lying_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeLyingPdf:
    """A function that writes a PDF which shows lines, and whose font says something else of its letters."""
    real = ttfonts.makeToUnicodeCMap

    def make(lines: tuple[str, ...], said: Callable[[int], int]) -> Path:
        monkeypatch.setattr(
            ttfonts, "makeToUnicodeCMap", lambda name, subset: real(name, [said(code) for code in subset])
        )
        name = "Lying"
        pdfmetrics.registerFont(ttfonts.TTFont(name, Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"))
        path = tmp_path / "lying.pdf"
        canvas = Canvas(str(path), pagesize=A4)
        canvas.setFont(name, 20)
        for number, line in enumerate(lines):
            canvas.drawString(72, 700 - 40 * number, line)
        canvas.save()
        return path

    return make


def shuffled(code: int) -> int:
    """Return another character of ASCII, the same one for the same code."""
    return 33 + code * 37 % 94 if code > 32 else code


def unknown_ligature(code: int) -> int:
    """Return the code, and for a ligature a private one."""
    return 0xE000 if code == ord("ﬁ") else code


@pytest.mark.parametrize("library", ["pypdf", "pypdfium2"])
def test_a_text_layer_that_lies_is_none(make_lying_pdf: MakeLyingPdf, library: str):
    """Without text recognition such a document is empty, which readers are told, and never called digital."""
    with FileReader(FileLimits(), processes=1, library=library) as reader:
        found = reader.extract(make_lying_pdf(LINES, shuffled))
    assert (found.pages, found.text_quality) == (("",), TextQuality.EMPTY)


def test_a_text_layer_that_lies_is_recognised_anew(recogniser: Recogniser, make_lying_pdf: MakeLyingPdf):  # noqa: F811
    """What is shown is what is found."""
    with FileReader(FileLimits(), processes=1, recogniser=recogniser) as reader:
        found = reader.extract(make_lying_pdf(LINES, shuffled))
    assert all(line in found.pages[0] for line in LINES)
    assert found.text_quality is TextQuality.OCR


def test_a_text_layer_that_does_not_lie_stays(make_lying_pdf: MakeLyingPdf):
    """The same page in an honest font is read as it is."""
    with FileReader(FileLimits(), processes=1) as reader:
        found = reader.extract(make_lying_pdf(LINES, lambda code: code))
    assert all(line in found.pages[0] for line in LINES)
    assert (found.text_quality, found.damaged_pages) == (TextQuality.DIGITAL, ())


@pytest.mark.parametrize("library", ["pypdf", "pypdfium2"])
def test_a_ligature_that_words_explain_is_no_damage(make_lying_pdf: MakeLyingPdf, library: str):
    """The index will know what it is."""
    with FileReader(FileLimits(), processes=1, library=library) as reader:
        found = reader.extract(make_lying_pdf(("Wir ﬁnden die Oﬀizierin häuﬁg im Proﬁl",), unknown_ligature))
    assert "\ue000nden" in found.pages[0]
    assert found.damaged_pages == ()


def test_a_ligature_that_nothing_explains_is_warned_of(make_lying_pdf: MakeLyingPdf, store: Store):
    """The page keeps its text, and the log names file and page, once."""
    path = make_lying_pdf(("Quﬁxheim und Wyﬁraten", "liegen am Rathaus"), unknown_ligature)
    with FileReader(FileLimits(), processes=1) as reader:
        with capture_logs() as logs:
            found, _ = read_file(store, reader, path, "0" * 64, name="vorlage.pdf")
        assert (found.damaged_pages, "Rathaus" in found.pages[0]) == ((1,), True)
        store.extractions.put("0" * 64, reader.version, found.to_json())
        with capture_logs() as later:
            assert read_file(store, reader, path, "0" * 64) == (found, False)
    assert [(one["event"], one["file"], one["pages"]) for one in logs] == [("text_damaged", "vorlage.pdf", [1])]
    assert later == []


def test_a_damaged_page_is_recognised_anew(
    recogniser: Recogniser,  # noqa: F811
    make_lying_pdf: MakeLyingPdf,
    store: Store,
):
    """With text recognition nothing is left to warn of."""
    path = make_lying_pdf(("Quﬁxheim und Wyﬁraten", "liegen am Rathaus"), unknown_ligature)
    with FileReader(FileLimits(), processes=1, recogniser=recogniser) as reader, capture_logs() as logs:
        document, _ = ingest_file(store, reader, path, file_name="vorlage.pdf")
    assert "Rathaus" in document.pages[0]
    assert "\ue000" not in document.pages[0]
    assert (document.text_quality, logs) == (TextQuality.OCR, [])


def test_a_damaged_page_keeps_a_text_that_is_better():
    """What is recognised as nonsense replaces nothing, and the page stays damaged."""
    page = "Qu\ue000xheim und Wy\ue000raten liegen am Rathaus"
    found = build_extraction([page], title=None, created=None, programs=())
    after = with_recognised(found, {1: "Qv#xh3im vnd x#y Rathaus l1eg3n"}, Recogniser("tesseract", "5"))
    assert (after.pages, after.text_quality, after.damaged_pages) == ((page,), TextQuality.DIGITAL, (1,))
    better = with_recognised(found, {1: page.replace("\ue000", "fi")}, Recogniser("tesseract", "5"))
    assert (better.text_quality, better.damaged_pages) == (TextQuality.OCR, ())


def test_a_page_of_which_most_is_nonsense_is_damaged():
    """Of two fonts one may lie; the words of the other stay."""
    form = "Antrag auf Festsetzung von Unterhalt, Amtsgericht "
    text = form + "Cmbuu!2;!Bousbh Gbnjmjfohfsjdiu fjo!xfjufsft!Ljoe Cjuuf!fstu!bc!fjmf!6 )Obnf!eft!Ljoeft " * 4
    found = build_extraction([text, form], title=None, created=None, programs=())
    assert (found.pages, found.damaged_pages) == ((text, form), (1,))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Haushalts—\nsatzung, Kreis–\ntag, Bürger=\nmeister", "Haushaltssatzung, Kreistag, Bürgermeister"),
        ("Straßenreini– \n gungsgebühren", "Straßenreinigungsgebühren"),
        ("Haushalts–\nund Finanzausschuss", "Haushalts–\nund Finanzausschuss"),
        ("2019 –\n2021, 2019–\n2021", "2019 –\n2021, 2019–\n2021"),
        ("die Stadt–\nso der Rat – hat", "die Stadt–\nso der Rat – hat"),
        ("Köln–\nBonn, x=\nb", "Köln–\nBonn, x=\nb"),
    ],
)
def test_dashes_at_line_ends_of_recognised_text_are_hyphens(text: str, cleaned: str):
    """Words broken there are whole after clean-up; in typed text a dash is a dash."""
    found = build_extraction([text], title=None, created=None, programs=("ABBYY FineReader",))
    assert clean_pages(found.pages) == (cleaned,)
    typed = build_extraction([text], title=None, created=None, programs=("Word",))
    assert clean_pages(typed.pages) == (text,)


def test_recognised_pages_have_hyphens(recogniser: Recogniser, tmp_path: Path):  # noqa: F811
    """So it is for what this service recognises by itself."""
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\ncat > /dev/null\nprintf 'Kreis\\342\\200\\224\\ntag'\n")
    program.chmod(0o755)
    path = tmp_path / "picture.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.rect(72, 72, 100, 100)
    canvas.save()
    with FileReader(FileLimits(), processes=1, recogniser=replace(recogniser, program=str(program))) as reader:
        assert reader.extract(path).pages == ("Kreis-\ntag",)


def test_damage_is_kept_with_what_was_read():
    """It is there when the file is looked at again; of what older versions have kept it is not known."""
    found = build_extraction(["Qu\ue000x Wy\ue000rat"], title=None, created=None, programs=())
    assert Extraction.from_json(found.to_json()) == found
    old = found.to_json()
    del old["damaged_pages"]
    assert Extraction.from_json(old).damaged_pages == ()


def test_only_text_layers_of_pdfs_lie():
    """Other files say what they mean, however odd."""
    text = "H9s8§1uqqv$r1&g9 &n p9n K&7"
    found = build_extraction([text], title=None, created=None, programs=(), mime_type="text/plain")
    assert (found.pages, found.text_quality) == ((text,), TextQuality.DIGITAL)
