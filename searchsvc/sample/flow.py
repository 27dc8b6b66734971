"""Turning markup blocks into reportlab flowables: fonts, spacing and tables, the same for every layout."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    PageBreak,
    Paragraph,
    Preformatted,
    Spacer,
    Table,
    TableStyle,
)

from searchsvc.sample.markup import SOFT_HYPHEN_MARK, Block, Kind, plain

_AMOUNT = re.compile(r"[-–+±]?\s?[\d.,]+(\s?(€|T€|Mio\. €|v\. H\.|%|m|m²|m³|km|ha|t|h|kWh|MWh))?|–")


@dataclass(frozen=True)
class Typography:
    """The look of running text. Sizes, widths and spaces in points; `width` is the column's."""

    width: float
    font: str = "Helvetica"
    bold: str = "Helvetica-Bold"
    size: float = 10.0
    leading: float = 13.5
    space: float = 6.0
    heading_size: float = 12.0
    heading_centered: bool = False
    justified: bool = False
    hyphenated: bool = False
    colour: str = "#000000"
    table_size: float = 9.0
    zebra: bool = False

    def style(self, name: str, **changes: object) -> ParagraphStyle:
        """Return the paragraph style of running text with some attributes changed."""
        attributes: dict[str, object] = {
            "fontName": self.font,
            "fontSize": self.size,
            "leading": self.leading,
            "spaceAfter": self.space,
            "alignment": TA_JUSTIFY if self.justified else TA_LEFT,
            "bulletFontName": self.font,
            "bulletFontSize": self.size,
        }
        return ParagraphStyle(name, **(attributes | changes))

    def heading(self, *, sub: bool = False) -> ParagraphStyle:
        """Return the style of a heading or sub-heading."""
        size = self.size + 0.5 if sub else self.heading_size
        return self.style(
            "subheading" if sub else "heading",
            fontName=self.bold,
            fontSize=size,
            leading=size * 1.25,
            spaceBefore=self.space * (1.0 if sub else 1.6),
            spaceAfter=self.space * 0.8,
            alignment=TA_CENTER if self.heading_centered else TA_LEFT,
            textColor=colors.HexColor(self.colour),
            keepWithNext=1,
        )


def inline(text: str, typography: Typography) -> str:
    """Return a text as reportlab's paragraph XML: bold marks become tags, soft hyphens are kept or dropped."""
    marked = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text))
    return marked.replace(SOFT_HYPHEN_MARK, "\xad" if typography.hyphenated else "")


def flowables(blocks: Sequence[Block], typography: Typography) -> list[Flowable]:
    """Return the flowables of some blocks, in order."""
    story: list[Flowable] = []
    for block in blocks:
        story.extend(_flowables_of(block, typography))
    return story


def _flowables_of(block: Block, typography: Typography) -> list[Flowable]:
    text = inline(block.text, typography)
    match block.kind:
        case Kind.HEADING | Kind.SUBHEADING:
            sub = block.kind is Kind.SUBHEADING
            return [CondPageBreak(4 * typography.leading), Paragraph(text, typography.heading(sub=sub))]
        case Kind.ITEM:
            indent = typography.size * (1.2 if block.label == "-" else 2.1)
            style = typography.style("item", leftIndent=indent, spaceAfter=typography.space * 0.6)
            return [Paragraph(text, style, bulletText="•" if block.label == "-" else block.label)]
        case Kind.QUOTE:
            style = typography.style("quote", leftIndent=18, rightIndent=18, fontSize=typography.size - 0.5)
            return [Paragraph(text, style)]
        case Kind.RIGHT:
            return [Paragraph(text, typography.style("right", alignment=TA_RIGHT))]
        case Kind.STAMPED:
            size = typography.size * 1.3
            style = typography.style(
                "stamped", fontName=typography.bold, fontSize=size, leading=size * 1.35, spaceBefore=8
            )
            return [Paragraph(text, style)]
        case Kind.FRAMED:
            style = typography.style(
                "framed",
                fontName=typography.bold,
                alignment=TA_LEFT,
                borderWidth=0.7,
                borderPadding=4,
                borderColor=colors.HexColor("#444444"),
                leftIndent=5,
                rightIndent=5,
                spaceBefore=typography.space + 3,
                spaceAfter=typography.space + 6,
            )
            return [Paragraph(text, style)]
        case Kind.FIXED:
            style = ParagraphStyle("fixed", fontName="Courier", fontSize=typography.size - 1.5, leading=typography.size)
            return [Preformatted(block.text, style), Spacer(1, typography.space)]
        case Kind.TABLE:
            return [table(block.rows, typography), Spacer(1, typography.space + 4)]
        case Kind.PAGE_BREAK:
            return [PageBreak()]
        case Kind.PARAGRAPH:
            return [Paragraph(text, typography.style("body"))]


def table(rows: Sequence[Sequence[str]], typography: Typography) -> Table:
    """Return a table whose first row is its header; amounts are set right-aligned, long cells wrap."""
    size = typography.table_size
    widths = _column_widths(rows, typography)
    style = typography.style("cell", fontSize=size, leading=size * 1.25, spaceAfter=0, alignment=TA_LEFT)
    amount = typography.style("amount", fontSize=size, leading=size * 1.25, spaceAfter=0, alignment=TA_RIGHT)
    header = typography.style(
        "header", fontName=typography.bold, fontSize=size, leading=size * 1.25, spaceAfter=0, alignment=TA_LEFT
    )
    header_right = ParagraphStyle("header_right", parent=header, alignment=TA_RIGHT)
    body = [
        [Paragraph(inline(cell, typography), amount if _AMOUNT.fullmatch(plain(cell)) else style) for cell in row]
        for row in rows[1:]
    ]
    # The head of a column of amounts stands right, like the amounts.
    heads = [header_right if _mostly_amounts(column) else header for column in zip(*rows[1:], strict=True)]
    top = [Paragraph(inline(cell, typography), head) for cell, head in zip(rows[0], heads, strict=True)]
    commands: list[tuple[object, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
    if typography.zebra:
        commands += [
            ("LINEBELOW", (0, 0), (-1, 0), 1.0, colors.HexColor(typography.colour)),
            ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, colors.HexColor("#eef1f4")]),
            ("LINEBELOW", (0, -1), (-1, -1), 0.6, colors.HexColor(typography.colour)),
        ]
    else:
        commands += [
            ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#777777")),
            ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e8e8e8")),
        ]
    return Table([top, *body], colWidths=widths, style=TableStyle(commands), repeatRows=1, hAlign="LEFT")


def _mostly_amounts(column: Sequence[str]) -> bool:
    amounts = sum(_AMOUNT.fullmatch(plain(cell)) is not None for cell in column)
    return 2 * amounts > len(column)


def _column_widths(rows: Sequence[Sequence[str]], typography: Typography) -> list[float]:
    """Give each column its longest word, then share what is left in proportion to the longest cell."""
    size, padding = typography.table_size, 9.0
    columns = list(zip(*rows, strict=True))

    def width(text: str) -> float:
        return float(stringWidth(plain(text), typography.bold, size)) + padding

    least = [max(width(word) for cell in column for word in (cell.split() or [""])) for column in columns]
    wanted = [max(width(cell) for cell in column) for column in columns]
    room = typography.width - sum(least)
    missing = [want - have for want, have in zip(wanted, least, strict=True)]
    if room <= 0:
        return [have * typography.width / sum(least) for have in least]
    share = min(1.0, room / sum(missing)) if sum(missing) else 0.0
    # Zebra tables have no rules between columns: white space has to separate them.
    spread = min(26.0, max(0.0, room - sum(missing)) / len(columns)) if typography.zebra else 0.0
    return [have + share * more + spread for have, more in zip(least, missing, strict=True)]
