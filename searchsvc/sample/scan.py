"""A document that is only a picture: text drawn into a grey image, a little askew, without a text layer."""

import random
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from searchsvc.sample.catalogue import FOOTER_MARK, SampleDocument
from searchsvc.sample.markup import Kind, parse
from searchsvc.sample.typewriter import wrap

_DPI = 110
_PAGE_PIXELS = (round(8.27 * _DPI), round(11.69 * _DPI))
_FONTS = Path(reportlab.__file__).parent / "fonts"
_SPECKS = 260


def draw_scan(document: SampleDocument, path: Path) -> None:
    """Draw a one-page document as a scanned picture; the footer mark is part of the picture."""
    picture = Image.new("L", _PAGE_PIXELS, 250)
    pen = ImageDraw.Draw(picture)
    regular = ImageFont.truetype(str(_FONTS / "Vera.ttf"), 17)
    bold = ImageFont.truetype(str(_FONTS / "VeraBd.ttf"), 21)
    small = ImageFont.truetype(str(_FONTS / "Vera.ttf"), 12)
    left, y = 95, 90
    pen.text((left, y), document.kommune.authority, font=bold, fill=30)
    y += 60
    for line in wrap(document.title, 52):
        pen.text((left, y), line, font=bold, fill=30)
        y += 30
    y += 24
    for block in parse(document.body):
        indent = 30 if block.kind in {Kind.ITEM, Kind.QUOTE} else 0
        for line in wrap(f"{block.label} {block.text}".strip(), 72 - indent // 10):
            pen.text((left + indent, y), line, font=regular, fill=45)
            y += 25
        y += 14
    pen.text((left, _PAGE_PIXELS[1] - 60), FOOTER_MARK, font=small, fill=70)
    picture = picture.rotate(0.6, resample=Image.Resampling.BILINEAR, fillcolor=250)
    specks = random.Random(document.id)  # noqa: S311 - seeded dust, nothing secret
    pen = ImageDraw.Draw(picture)
    for _ in range(_SPECKS):
        pen.point(
            (specks.randrange(_PAGE_PIXELS[0]), specks.randrange(_PAGE_PIXELS[1])), fill=specks.randrange(60, 200)
        )
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    canvas.setTitle(document.title)
    canvas.setAuthor(document.kommune.authority)
    canvas.setSubject(FOOTER_MARK)
    canvas.setCreator("searchsvc")
    canvas.drawImage(ImageReader(picture), 0, 0, A4[0], A4[1])
    canvas.showPage()
    canvas.save()
