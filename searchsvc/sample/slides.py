"""The slides of a presentation: a title slide, then one slide per heading with a coloured bar."""

from reportlab.lib import colors
from reportlab.platypus import (
    Flowable,
    PageBreak,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from searchsvc.sample.catalogue import SampleDocument
from searchsvc.sample.flow import Typography, flowables, inline
from searchsvc.sample.markup import Kind, parse


def slide_story(document: SampleDocument, typography: Typography) -> list[Flowable]:
    """Return title slide and slides; every first-level heading of the body starts a new slide."""
    colour = colors.HexColor(document.kommune.colour)
    over = typography.style("over", fontSize=16, leading=20, textColor=colour, spaceBefore=90, spaceAfter=12)
    title = typography.style("title", fontName=typography.bold, fontSize=32, leading=39, spaceAfter=24)
    line = typography.style("line", fontSize=15, leading=20, spaceAfter=3)
    story: list[Flowable] = [
        Spacer(1, 90),
        Paragraph(document.kommune.authority, over),
        Paragraph(inline(document.title, typography), title),
    ]
    for label, value in document.head.items():
        story.append(Paragraph(f"{label}: {value}" if value else label, line))
    for block in parse(document.body):
        if block.kind is Kind.HEADING:
            story += [PageBreak(), _bar(inline(block.text, typography), typography), Spacer(1, 24)]
        else:
            story += flowables([block], typography)
    return story


def _bar(text: str, typography: Typography) -> Table:
    size = typography.heading_size
    style = typography.style(
        "bar", fontName=typography.bold, fontSize=size, leading=size * 1.2, spaceAfter=0, textColor=colors.white
    )
    return Table(
        [[Paragraph(text, style)]],
        colWidths=[typography.width],
        style=TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), colors.HexColor(typography.colour)),
                ("LEFTPADDING", (0, 0), (-1, -1), 14),
                ("TOPPADDING", (0, 0), (-1, -1), 10),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 12),
            ]
        ),
    )
