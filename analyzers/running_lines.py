"""Lines that run through a document, headers and footers: kept where they stand first, taken out of the other pages.

They would count as often as there are pages, and stand between the halves of a word that is broken across two pages.
A line runs through when it is among the first or last lines of most pages; one number in it may count the pages ("Seite
3 von 10"). Other lines that differ in figures only are rows of tables, which must not be lost.

Limits: documents of fewer pages than ``MIN_PAGES`` are left alone; so are headers of more lines than ``EDGE_LINES``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice

MIN_PAGES = 3
EDGE_LINES = 3
"""Lines looked at, from the top and from the bottom of a page; blank ones do not count."""
MIN_SHARE = 0.6
"""Share of the pages that have a line, from the study that the project's design cites: below it are also headings."""

MAX_NUMBERS = 4
"""Numbers of a line that may be the page's."""

_NUMBER = re.compile(r"[0-9]{1,6}")
_BROKEN_END = re.compile(r"[^\W\d_]-\s*\Z")
_BEGINNING = re.compile(r"\s*([^\W\d_]+)")
_CONJUNCTIONS = frozenset(("und", "oder", "bzw", "sowie"))


def without_running_lines(pages: Sequence[str]) -> list[str]:
    """Return the pages with running lines left only where each stands first."""
    if len(pages) < MIN_PAGES:
        return list(pages)
    lines_of_pages = [page.split("\n") for page in pages]
    edges = [list(_edges(lines)) for lines in lines_of_pages]
    keys = [
        {at: set(_keys(lines[at], number)) for at in places}
        for number, (lines, places) in enumerate(zip(lines_of_pages, edges, strict=True))
    ]
    counts = Counter(chain.from_iterable(set().union(*of_page.values()) for of_page in keys))
    least = max(MIN_PAGES, MIN_SHARE * len(pages))
    running = {key for key, count in counts.items() if count >= least}
    seen: set[str] = set()
    kept = []
    for page, lines, of_page in zip(pages, lines_of_pages, keys, strict=True):
        repeated = {at for at, of_line in of_page.items() if of_line & running & seen}
        seen.update(*of_page.values())
        kept.append("\n".join(line for at, line in enumerate(lines) if at not in repeated) if repeated else page)
    return kept


def joined_across_pages(pages: Sequence[str]) -> list[str]:
    """Return the pages with words that a page break cut at a hyphen whole again, at the end of the earlier page."""
    pages = list(pages)
    for at in range(len(pages) - 1):
        beginning = _BEGINNING.match(pages[at + 1])
        if beginning and beginning[1][0].islower() and beginning[1] not in _CONJUNCTIONS:
            end = _BROKEN_END.search(pages[at])
            if end:
                pages[at] = pages[at][: end.start() + 1] + beginning[1]
                pages[at + 1] = pages[at + 1][beginning.end() :]
    return pages


def _edges(lines: Sequence[str]) -> Iterator[int]:
    """Yield the places of the first and the last lines that are not blank."""
    filled = [at for at, line in enumerate(lines) if line.strip()]
    yield from filled[:EDGE_LINES]
    yield from filled[max(EDGE_LINES, len(filled) - EDGE_LINES) :]


def _keys(line: str, page: int) -> Iterator[str]:
    """Yield the line, and for each of its numbers the line with that number told by how far it is from the page's."""
    line = " ".join(line.split())
    yield line
    for number in islice(_NUMBER.finditer(line), MAX_NUMBERS):
        yield f"{line[: number.start()]}#{int(number.group()) - page}{line[number.end() :]}"
