"""A document's text as the index keeps it: in compressed blocks, so that a snippet unpacks a few lines, not a book.

Blocks end at white space and never span pages. Positions count words from the document's first, as in the postings.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain
from typing import Any

import numpy as np

BLOCK_CHARS = 3_000
"""A block holds at least so many characters, up to the next white space; about 400 words."""

_WHITE_SPACE = re.compile(r"\s")


def split_blocks(page: str) -> list[str]:
    """Return a page in blocks that end at white space, so that no word is cut."""
    blocks = []
    start = 0
    while len(page) - start > BLOCK_CHARS:
        end = _WHITE_SPACE.search(page, start + BLOCK_CHARS)
        if end is None:
            break
        blocks.append(page[start : end.start()])
        start = end.start()
    blocks.append(page[start:])
    return blocks


def pack_text(pages: Sequence[Sequence[str]], block_words: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Return the stored values of a document's cleaned pages, given in blocks, with the number of words of each."""
    block_starts = [0, *accumulate(chain.from_iterable(block_words))][:-1]
    return {
        "text_blocks": [zlib.compress(block.encode()) for page in pages for block in page],
        "block_starts": _pack(block_starts),
        "block_pages": _pack([number for number, page in enumerate(pages) for _ in page]),
        "page_starts": _pack([0, *accumulate(map(sum, block_words))]),
    }


class StoredText:
    """Reads what ``pack_text`` stored."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self._blocks: list[bytes] = stored.get("text_blocks") or []
        self._block_starts = _unpack(stored.get("block_starts"))
        self._block_pages = _unpack(stored.get("block_pages"))
        self.page_starts = _unpack(stored.get("page_starts"))

    @property
    def page_count(self) -> int:
        """Number of pages."""
        return max(0, len(self.page_starts) - 1)

    def page_at(self, position: int) -> int:
        """Return the number (1-based) of the page with the word at ``position``."""
        return bisect_right(self.page_starts, position)

    def page_end(self, page: int) -> int:
        """Return the position after a page's last word."""
        return self.page_starts[page]

    def excerpt(self, first: int, last: int) -> tuple[str, int]:
        """Return a text with the words ``first`` to ``last`` of one page, and the position of its first word."""
        begin = bisect_right(self._block_starts, first) - 1
        end = bisect_right(self._block_starts, last)
        return "".join(map(self._text, range(begin, end))), self._block_starts[begin]

    def pages(self) -> list[str]:
        """Return the text of every page."""
        texts = [""] * self.page_count
        for block, page in enumerate(self._block_pages):
            texts[page] += self._text(block)
        return texts

    def _text(self, block: int) -> str:
        return zlib.decompress(self._blocks[block]).decode()


def _pack(numbers: Sequence[int]) -> bytes:
    return np.array(numbers, dtype="<u4").tobytes()


def _unpack(packed: bytes | None) -> list[int]:
    numbers: list[int] = np.frombuffer(packed or b"", dtype="<u4").tolist()
    return numbers
