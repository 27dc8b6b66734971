"""The opening of a document: letterhead, form head, title of a Satzung, cover, press mark."""

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    PageBreak,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from searchsvc.sample.catalogue import SampleDocument
from searchsvc.sample.flow import Typography, inline


def form(document: SampleDocument, typography: Typography) -> list[Flowable]:
    """Head of a Vorlage: authority, kind of paper, a two-column table of `head` values, the subject in a frame."""
    kommune, paper = document.kommune, document.paper
    colour = colors.HexColor(kommune.colour)
    big = typography.style("authority", fontName=typography.bold, fontSize=15, leading=18, textColor=colour)
    right = typography.style("kind", fontName=typography.bold, fontSize=12, leading=15, alignment=TA_RIGHT)
    kind = f"{paper.type}<br/>{paper.reference}" if paper else ""
    top = Table(
        [[Paragraph(f"{kommune.authority}<br/><font size=9>{kommune.office}</font>", big), Paragraph(kind, right)]],
        colWidths=[typography.width * 0.6, typography.width * 0.4],
        style=TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 1.2, colour)]),
    )
    label = typography.style("label", fontName=typography.bold, fontSize=8.5, leading=11, spaceAfter=0)
    value = typography.style("value", fontSize=8.5, leading=11, spaceAfter=0)
    pairs = [[Paragraph(k, label), Paragraph(inline(v, typography), value)] for k, v in document.head.items()]
    if len(pairs) % 2:
        pairs.append(["", ""])
    half = len(pairs) // 2
    rows = [left + other for left, other in zip(pairs[:half], pairs[half:], strict=True)]
    share = [0.19, 0.31, 0.23, 0.27]
    story: list[Flowable] = [top, Spacer(1, 6)]
    if rows:
        grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.4, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")])
        story += [Table(rows, colWidths=[part * typography.width for part in share], style=grid), Spacer(1, 10)]
    subject = typography.style("subject", fontName=typography.bold, fontSize=11.5, leading=15, spaceAfter=10)
    return [*story, Paragraph("Betreff", label), Paragraph(inline(document.title, typography), subject)]


def letter(document: SampleDocument, typography: Typography) -> list[Flowable]:
    """Letterhead: `Absender` right, `Empfänger` left, other `head` values as reference lines, then the subject."""
    head = dict(document.head)
    sender = head.pop("Absender", f"{document.kommune.authority}, {document.kommune.office}")
    receiver = head.pop("Empfänger", "")
    small = typography.style("sender", fontSize=9, leading=12, alignment=TA_RIGHT)
    address = typography.style("address", spaceBefore=14, spaceAfter=18)
    name = typography.style("name", fontName=typography.bold, fontSize=13, leading=16, alignment=TA_RIGHT, spaceAfter=2)
    first, *rest = sender.split("; ")
    story: list[Flowable] = [Paragraph(first, name), Paragraph("<br/>".join(rest), small)]
    story.append(HRFlowable(width="100%", thickness=0.8, color=colors.HexColor(document.kommune.colour)))
    story.append(Paragraph(receiver.replace("; ", "<br/>"), address))
    reference = typography.style("reference", fontSize=9, leading=12, alignment=TA_RIGHT, spaceAfter=1)
    story += [Paragraph(f"{label}: {value}" if value else label, reference) for label, value in head.items()]
    subject = typography.style("subject", fontName=typography.bold, spaceBefore=14, spaceAfter=12)
    return [*story, Paragraph(inline(document.title, typography), subject)]


def centered(document: SampleDocument, typography: Typography) -> list[Flowable]:
    """Centred title with the `head` values below it: Satzung, minutes, agenda."""
    title = typography.style(
        "title", fontName=typography.bold, fontSize=14, leading=18, alignment=TA_CENTER, spaceAfter=6
    )
    line = typography.style("line", alignment=TA_CENTER, spaceAfter=2)
    over = typography.style("over", fontSize=9, leading=12, alignment=TA_CENTER, spaceAfter=10)
    story: list[Flowable] = [
        Paragraph(document.kommune.authority, over),
        Paragraph(inline(document.title, typography), title),
    ]
    for label, value in document.head.items():
        story.append(Paragraph(f"<b>{label}:</b> {value}" if value else label, line))
    return [*story, Spacer(1, 12)]


def cover(document: SampleDocument, typography: Typography) -> list[Flowable]:
    """A cover page of a longer report, followed by a page break."""
    colour = colors.HexColor(document.kommune.colour)
    over = typography.style("over", fontSize=12, leading=16, textColor=colour)
    title = typography.style("title", fontName=typography.bold, fontSize=24, leading=30, spaceBefore=150, spaceAfter=16)
    line = typography.style("line", fontSize=11, leading=15, spaceAfter=3)
    story: list[Flowable] = [
        Paragraph(document.kommune.authority, over),
        HRFlowable(width="100%", thickness=3, color=colour),
        Paragraph(inline(document.title, typography), title),
    ]
    for label, value in document.head.items():
        story.append(Paragraph(f"{label}: {value}" if value else label, line))
    return [*story, PageBreak()]


def report(document: SampleDocument, typography: Typography) -> list[Flowable]:
    """Title and `head` values at the top of the first page, set left."""
    colour = colors.HexColor(document.kommune.colour)
    title = typography.style(
        "title", fontName=typography.bold, fontSize=16, leading=20, textColor=colour, spaceAfter=8, alignment=TA_LEFT
    )
    line = typography.style("line", fontSize=9, leading=12, spaceAfter=1)
    story: list[Flowable] = [
        Paragraph(document.kommune.authority, line),
        Paragraph(inline(document.title, typography), title),
    ]
    for label, value in document.head.items():
        story.append(Paragraph(f"<b>{label}:</b> {value}" if value else label, line))
    rule = HRFlowable(width="100%", thickness=0.8, color=colour, spaceBefore=6, spaceAfter=8)
    return [*story, rule]


def press(document: SampleDocument, typography: Typography) -> list[Flowable]:
    """Head of a press release: the word itself in the house colour, date and number, headline."""
    colour = colors.HexColor(document.kommune.colour)
    mark = typography.style("mark", fontName=typography.bold, fontSize=22, leading=26, textColor=colour, spaceAfter=2)
    line = typography.style("line", fontSize=9, leading=12, spaceAfter=14)
    headline = typography.style("headline", fontName=typography.bold, fontSize=15, leading=19, spaceAfter=10)
    values = " | ".join(f"{label} {value}".strip() for label, value in document.head.items())
    return [
        Paragraph("Presseinformation", mark),
        Paragraph(f"{document.kommune.authority} | {values}", line),
        Paragraph(inline(document.title, typography), headline),
    ]
