"""A document's text as the index keeps it: in compressed blocks, so that a snippet unpacks a few lines, not a book.

Blocks end at word boundaries and never span pages. Positions count words from the document's first, as in the postings.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from analyzers import token_starts

BLOCK_WORDS = 1024
"""Words per block, about 7 kB of text."""


def pack_text(pages: Sequence[str], page_words: Sequence[int]) -> dict[str, Any]:
    """Return the stored values of a document's cleaned pages, of ``page_words`` words each."""
    blocks: list[bytes] = []
    block_starts: list[int] = []
    block_pages: list[int] = []
    page_starts = [0, *accumulate(page_words)]
    for number, (page, words) in enumerate(zip(pages, page_words, strict=True)):
        cuts = [0, *token_starts(page)[BLOCK_WORDS::BLOCK_WORDS], len(page)] if words > BLOCK_WORDS else [0, len(page)]
        for at, (begin, end) in enumerate(pairwise(cuts)):
            blocks.append(zlib.compress(page[begin:end].encode()))
            block_starts.append(page_starts[number] + at * BLOCK_WORDS)
            block_pages.append(number)
    return {
        "text_blocks": blocks,
        "block_starts": _pack(block_starts),
        "block_pages": _pack(block_pages),
        "page_starts": _pack(page_starts),
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
