"""Lines that are there for the sheet of paper, not for its reader: page numbers, notes of the printer, rules.

They are searched and shown like all text; only excerpts do without them. Lines that run through a document are
``running_lines``'. Limits: lines that an extractor has joined with others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_LINE_CHARS = 160
_RULE_SIGNS = frozenset("_-–—=.*~#•")
_MIN_RULE_CHARS = 5
_MAX_RULE_SIGNS = 2

_DASHES = r"[-–—_|·•*]*"
_PAGE_NUMBER = (
    # Seite 3 von 10, Seite: 3/10, Blatt 3, S. 3
    rf"{_DASHES} ?(?:Seite|Blatt|Page|S\.) ?:? ?\d{{1,4}}(?: ?(?:von|of|/) ?\d{{1,4}})? ?{_DASHES}",
    # -- 1 of 1 --, 3 von 10
    rf"{_DASHES} ?\d{{1,4}} ?(?:von|of) ?\d{{1,4}} ?{_DASHES}",
    # - 3 -, – 3/10 –; without dashes it may be a number of something
    r"[-–—|·•*]+ ?\d{1,4}(?: ?/ ?\d{1,4})? ?[-–—|·•*]+",
)
_OTHERS = (
    r"(?:Ausdruck|Druck)(?:datum)?(?: vom| am)? ?: ?\d[\d.:/ ]{5,20}(?:Uhr)?",
    r"\(?bitte wenden!?\)?",
)
_LINE = re.compile("|".join((*_PAGE_NUMBER, *_OTHERS)), re.IGNORECASE)
_ABOUT_PAPER = re.compile(
    r"(?:Dieses? \w+ (?:ist|wurde) )?(?:gedruckt|kopiert|Druck) auf .{0,60}papier\b.{0,30}|"
    r".{0,30}\b(?:100 ?(?:%|Prozent)|aus|reines) (?:Recycling|Alt)papier\b.{0,20}",
    re.IGNORECASE,
)
# How any of them begins: nearly all lines are passed over by this.
_BEGINNING = re.compile(r"\s*(?:[^\w\s]|[\d_]|seite|blatt|page|s\.|ausdruck|druck|bitte w)", re.IGNORECASE)


def boilerplate_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the lines are that nobody reads, of those that ``text[start:end]`` touches."""
    line_start = text.rfind("\n", 0, start) + 1
    while line_start < end:
        line_end = text.find("\n", line_start)
        if line_end == -1:
            line_end = len(text)
        if 0 < line_end - line_start <= MAX_LINE_CHARS and _is_boilerplate(text[line_start:line_end]):
            yield line_start, line_end
        line_start = line_end + 1


def _is_boilerplate(line: str) -> bool:
    if "papier" in line and _ABOUT_PAPER.fullmatch(" ".join(line.split())):
        return True
    if not _BEGINNING.match(line):
        return False
    line = " ".join(line.split())
    if _LINE.fullmatch(line.rstrip(".")):
        return True
    signs = set(line.replace(" ", ""))
    return len(line) >= _MIN_RULE_CHARS and len(signs) <= _MAX_RULE_SIGNS and signs <= _RULE_SIGNS
