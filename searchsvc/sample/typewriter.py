"""Documents as they left an office around 2010: a fixed-width page, lines broken with hyphens."""

from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from searchsvc.sample.catalogue import FOOTER_MARK, SampleDocument
from searchsvc.sample.markup import SOFT_HYPHEN_MARK, Block, Kind, parse, plain

COLUMNS = 68
"""Characters per line."""

_LINES_PER_PAGE = 56


def draw_typewritten(document: SampleDocument, path: Path) -> None:
    """Draw a document in Courier, line by line, with real line-end hyphens where the text allows them."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    canvas.setTitle(document.title)
    canvas.setAuthor(document.kommune.authority)
    canvas.setSubject(FOOTER_MARK)
    canvas.setCreator("searchsvc")
    lines = _opening(document)
    for block in parse(document.body):
        lines += [*_lines_of(block), ""]
    pages = [lines[i : i + _LINES_PER_PAGE] for i in range(0, len(lines), _LINES_PER_PAGE)]
    for number, page in enumerate(pages, start=1):
        canvas.setFont("Courier", 10.5)
        text = canvas.beginText(70, A4[1] - 72)
        text.setLeading(12.6)
        for line in page:
            text.textLine(line)
        canvas.drawText(text)
        if number > 1:
            canvas.drawCentredString(A4[0] / 2, A4[1] - 46, f"- {number} -")
        canvas.setFont("Courier", 8)
        canvas.drawString(70, 36, FOOTER_MARK)
        canvas.showPage()
    canvas.save()


def wrap(text: str, columns: int) -> list[str]:
    """Break a text into lines of at most `columns` characters, hyphenating at soft-hyphen marks.

    `wrap("ein Integrations~zentrum", 18)` returns `["ein Integrations-", "zentrum"]`. A word that is longer than a
    line and has no marks stays whole.
    """
    lines: list[str] = []
    line = ""
    for word in text.replace("**", "").split():
        pieces = word.split(SOFT_HYPHEN_MARK)
        while True:
            lead = f"{line} " if line else ""
            if len(lead) + len("".join(pieces)) <= columns or (not line and len(pieces) == 1):
                line = lead + "".join(pieces)
                break
            fitting = [n for n in range(1, len(pieces)) if len(lead) + len("".join(pieces[:n])) + 1 <= columns]
            if fitting or not line:
                taken = fitting[-1] if fitting else 1
                lines.append(f"{lead}{''.join(pieces[:taken])}-")
                pieces = pieces[taken:]
            else:
                lines.append(line)
            line = ""
    return [*lines, line] if line else lines


def _opening(document: SampleDocument) -> list[str]:
    lines = [document.kommune.authority.upper(), document.kommune.office, ""]
    lines += [f"{label + ':':<16}{value}" if value else label for label, value in document.head.items()]
    title = wrap(document.title, COLUMNS)
    return [*lines, "", *title, "=" * max(len(line) for line in title), ""]


def _lines_of(block: Block) -> list[str]:
    text = block.text
    match block.kind:
        case Kind.HEADING | Kind.SUBHEADING:
            return [*wrap(text, COLUMNS), "-" * min(len(plain(text)), COLUMNS)]
        case Kind.ITEM:
            indent = len(block.label) + 1
            first, *rest = wrap(text, COLUMNS - indent)
            return [f"{block.label} {first}", *(" " * indent + line for line in rest)]
        case Kind.QUOTE:
            return ["    " + line for line in wrap(text, COLUMNS - 8)]
        case Kind.RIGHT:
            return [plain(text).rjust(COLUMNS)]
        case Kind.FIXED:
            return text.split("\n")
        case Kind.TABLE:
            widths = [max(len(plain(cell)) for cell in column) for column in zip(*block.rows, strict=True)]
            rows = ["  ".join(plain(c).ljust(w) for c, w in zip(row, widths, strict=True)) for row in block.rows]
            return [rows[0].rstrip(), "-" * len(rows[0]), *(row.rstrip() for row in rows[1:])]
        case _:
            return wrap(text, COLUMNS)
