"""The small markup of the sample texts, parsed into blocks.

Blocks are separated by blank lines; lines of one block are joined.

    # Heading              ## Sub-heading
    - bullet               1. numbered, a) lettered, (1) numbered paragraph of a Satzung
    | A | B |              table rows, the first is the header; amounts are set right-aligned
    > quotation            >> right-aligned line            = framed line (votes, results)
    !! stamped line        large emphasis, used by press releases and slides
    ```                    fence: lines between two fences keep their breaks
    ===                    page break

Inside text, `**words**` are bold and `~` marks where a word may be hyphenated at a line end; layouts that do not
hyphenate drop it.
"""

import re
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a block is."""

    HEADING = "heading"
    SUBHEADING = "subheading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    QUOTE = "quote"
    RIGHT = "right"
    FRAMED = "framed"
    STAMPED = "stamped"
    FIXED = "fixed"
    TABLE = "table"
    PAGE_BREAK = "page_break"


@dataclass(frozen=True)
class Block:
    """A block of text: `label` is an item's marker, `rows` a table's cells."""

    kind: Kind
    text: str = ""
    label: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


SOFT_HYPHEN_MARK = "~"
_PREFIXES = (
    ("## ", Kind.SUBHEADING),
    ("# ", Kind.HEADING),
    (">> ", Kind.RIGHT),
    ("> ", Kind.QUOTE),
    ("!! ", Kind.STAMPED),
    ("= ", Kind.FRAMED),
)
_STARTS = ("|", *(prefix for prefix, _ in _PREFIXES))
_ITEM = re.compile(r"(?P<label>-|\d{1,2}\.|[a-z]\)|\(\d{1,2}[a-z]?\)) +(?P<text>.+)")


def parse(body: str) -> list[Block]:
    """Parse a body into blocks, in order. Every text is a valid body: what has no marker is a paragraph."""
    blocks: list[Block] = []
    fenced: list[str] | None = None
    lines: list[str] = []

    def flush() -> None:
        if lines:
            blocks.append(_block(lines))
            lines.clear()

    for line in body.strip("\n").split("\n"):
        if line.strip() == "```":
            flush()
            if fenced is None:
                fenced = []
            else:
                blocks.append(Block(Kind.FIXED, "\n".join(fenced)))
                fenced = None
        elif fenced is not None:
            fenced.append(line.rstrip())
        elif not line.strip():
            flush()
        elif line.strip() == "===":
            flush()
            blocks.append(Block(Kind.PAGE_BREAK))
        else:
            if lines and _starts_block(line) and not (line.startswith("|") and lines[0].startswith("|")):
                flush()
            lines.append(line)
    flush()
    return blocks


def plain(text: str) -> str:
    """Return a text without inline marks."""
    return text.replace("**", "").replace(SOFT_HYPHEN_MARK, "")


def _starts_block(line: str) -> bool:
    return line.startswith(_STARTS) or _ITEM.match(line) is not None


def _block(lines: list[str]) -> Block:
    if lines[0].startswith("|"):
        rows = tuple(tuple(cell.strip() for cell in line.strip().strip("|").split("|")) for line in lines)
        return Block(Kind.TABLE, rows=rows)
    text = " ".join(line.strip() for line in lines)
    for prefix, kind in _PREFIXES:
        if text.startswith(prefix):
            return Block(kind, text.removeprefix(prefix))
    if match := _ITEM.match(text):
        return Block(Kind.ITEM, match["text"], label=match["label"])
    return Block(Kind.PARAGRAPH, text)
