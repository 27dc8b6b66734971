"""How a document is drawn: page sizes, frames, running heads and feet, and which opening goes with which body.

`RENDERERS` names every layout a text may ask for. Layouts with flowing text are `FlowLayout`s; the typewriter page
and the scan draw on the canvas themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import shorten
from typing import Any, TypeAlias

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    NextPageTemplate,
    PageTemplate,
)

from searchsvc.sample import heads
from searchsvc.sample.catalogue import FOOTER_MARK, CatalogueError, SampleDocument
from searchsvc.sample.flow import Typography, flowables
from searchsvc.sample.markup import parse
from searchsvc.sample.scan import draw_scan
from searchsvc.sample.slides import slide_story
from searchsvc.sample.typewriter import draw_typewritten

Opening: TypeAlias = Callable[[SampleDocument, Typography], list[Flowable]]


@dataclass(frozen=True)
class FlowLayout:
    """A layout with flowing text. `page_size` and the margins (left, right, top, bottom) are in points.

    `columns` above 1 puts the opening across the first page and the body in columns below it.
    `numbering` is a format of `page` and `total`; `running_head` repeats the title from the second page on.
    """

    typography: Typography
    opening: Opening
    page_size: tuple[float, float] = A4
    margins: tuple[float, float, float, float] = (62.0, 56.0, 56.0, 62.0)
    columns: int = 1
    numbering: str = ""
    running_head: bool = False


_TEXT_WIDTH = A4[0] - 118.0
_SERIF = Typography(width=_TEXT_WIDTH, font="Times-Roman", bold="Times-Bold", size=11, leading=14, justified=True)

LAYOUTS: Mapping[str, FlowLayout] = {
    "vorlage": FlowLayout(Typography(_TEXT_WIDTH), heads.form, numbering="Seite {page} von {total}"),
    "brief": FlowLayout(Typography(_TEXT_WIDTH, size=10.5, leading=14.5, space=8), heads.letter),
    "niederschrift": FlowLayout(
        Typography(
            width=(_TEXT_WIDTH - 18) / 2,
            font="Times-Roman",
            bold="Times-Bold",
            size=11,
            leading=13.8,
            space=6,
            heading_size=11.5,
            justified=True,
            hyphenated=True,
            table_size=8,
        ),
        heads.centered,
        columns=2,
        numbering="- {page} -",
        running_head=True,
    ),
    "satzung": FlowLayout(replace(_SERIF, heading_centered=True, heading_size=11.5), heads.centered),
    "einladung": FlowLayout(replace(_SERIF, justified=False), heads.centered, numbering="{page}"),
    "bericht": FlowLayout(
        Typography(_TEXT_WIDTH, justified=True, leading=14, zebra=True, heading_size=13),
        heads.report,
        numbering="Seite {page}",
        running_head=True,
    ),
    "konzept": FlowLayout(
        Typography(_TEXT_WIDTH - 20, size=10.5, leading=15, heading_size=15, zebra=True, space=8),
        heads.cover,
        margins=(82.0, 56.0, 70.0, 70.0),
        numbering="{page}/{total}",
        running_head=True,
    ),
    "haushalt": FlowLayout(
        Typography(A4[1] - 80, size=9, leading=12, table_size=8.5, zebra=True, heading_size=11),
        heads.report,
        page_size=landscape(A4),
        margins=(40.0, 40.0, 40.0, 46.0),
        numbering="Blatt {page}",
    ),
    "rede": FlowLayout(
        replace(_SERIF, size=12.5, leading=19, space=10, justified=False),
        heads.centered,
        margins=(80.0, 80.0, 70.0, 70.0),
        numbering="– {page} –",
    ),
    "presse": FlowLayout(
        Typography(_TEXT_WIDTH - 90, size=10.5, leading=15.5, space=9), heads.press, margins=(62.0, 146.0, 56.0, 62.0)
    ),
    "folien": FlowLayout(
        Typography(A4[1] - 120, size=17, leading=24, space=10, heading_size=26, table_size=14, zebra=True),
        slide_story,
        page_size=landscape(A4),
        margins=(60.0, 60.0, 30.0, 50.0),
        numbering="Folie {page}",
    ),
}


def draw(document: SampleDocument, path: Path) -> None:
    """Draw a document as a PDF file.

    Raises:
        CatalogueError: the document asks for a layout that does not exist.
        OSError: the file cannot be written.
    """
    try:
        renderer = RENDERERS[document.layout]
    except KeyError as error:
        raise CatalogueError(document.id, f"unknown layout {document.layout!r}") from error
    renderer(document, path)


def _draw_flow(document: SampleDocument, path: Path) -> None:
    layout = LAYOUTS[document.layout]
    typography = replace(layout.typography, colour=document.kommune.colour)
    total = 0
    # "Seite 1 von 3" needs the number of pages before the first is drawn: draw twice.
    for _ in range(2 if "{total}" in layout.numbering else 1):
        opening = _opening(document, layout, typography)
        body = [] if layout.opening is slide_story else flowables(parse(document.body), typography)
        template = _template(document, path, layout, total, _height(opening, layout) if layout.columns > 1 else 0.0)
        turn = [NextPageTemplate("later"), FrameBreak()] if layout.columns > 1 else []
        template.build([*opening, *turn, *body])
        total = template.page


def _opening(document: SampleDocument, layout: FlowLayout, typography: Typography) -> list[Flowable]:
    if layout.columns == 1:
        return layout.opening(document, typography)
    return layout.opening(document, replace(typography, width=typography.width * layout.columns, hyphenated=False))


def _height(story: list[Flowable], layout: FlowLayout) -> float:
    """Return the height of an opening set across the page, with a little room to spare."""
    left, right, _, _ = layout.margins
    width = layout.page_size[0] - left - right
    heights = (part.wrap(width, 1000)[1] + part.getSpaceBefore() + part.getSpaceAfter() for part in story)
    return 8.0 + float(sum(heights))


def _template(
    document: SampleDocument, path: Path, layout: FlowLayout, total: int, opening_height: float
) -> BaseDocTemplate:
    width, height = layout.page_size
    left, right, top, bottom = layout.margins
    gap = 18.0
    column = (width - left - right - gap * (layout.columns - 1)) / layout.columns

    def frames(frame_height: float) -> list[Frame]:
        return [
            Frame(left + i * (column + gap), bottom, column, frame_height, 0, 0, 0, 0) for i in range(layout.columns)
        ]

    def decorate(canvas: Any, template: Any) -> None:
        _decorate(canvas, document, layout, template.page, total)

    full_height = height - top - bottom
    first = frames(full_height - opening_height)
    if opening_height:
        across = Frame(left, height - top - opening_height, width - left - right, opening_height, 0, 0, 0, 0)
        first.insert(0, across)
    template = BaseDocTemplate(
        str(path),
        pagesize=layout.page_size,
        title=document.title,
        author=document.kommune.authority,
        subject=FOOTER_MARK,
        keywords=list(document.keywords),
        creator="searchsvc",
        invariant=1,
    )
    later = PageTemplate(id="later", frames=frames(full_height), onPageEnd=decorate)
    template.addPageTemplates([PageTemplate(id="first", frames=first, onPageEnd=decorate), later])
    return template


def _decorate(canvas: Any, document: SampleDocument, layout: FlowLayout, page: int, total: int) -> None:
    width, height = layout.page_size
    left, right, _, bottom = layout.margins
    canvas.saveState()
    canvas.setStrokeColor(colors.HexColor("#999999"))
    canvas.setLineWidth(0.4)
    canvas.line(left, bottom - 14, width - right, bottom - 14)
    canvas.setFillColor(colors.HexColor("#444444"))
    canvas.setFont("Helvetica", 7.5)
    canvas.drawString(left, bottom - 25, FOOTER_MARK)
    if layout.numbering:
        canvas.drawRightString(width - right, bottom - 25, layout.numbering.format(page=page, total=total))
    if layout.running_head and page > 1:
        reference = document.paper.reference if document.paper else ""
        canvas.drawString(left, height - 36, shorten(document.title, 90, placeholder=" …"))
        canvas.drawRightString(width - right, height - 36, reference)
    canvas.restoreState()


RENDERERS: Mapping[str, Callable[[SampleDocument, Path], None]] = {
    **dict.fromkeys(LAYOUTS, _draw_flow),
    "schreibmaschine": draw_typewritten,
    "scan": draw_scan,
}
