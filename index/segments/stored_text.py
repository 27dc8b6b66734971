"""What the index keeps of a document to show it: metadata, and text in compressed blocks.

A snippet unpacks a few lines, not a book: blocks end at white space and never span pages. Positions count words from
the document's first, as in the postings.

A stored document is the length of its head (32 bits, little endian), the head, and the blocks. The head is a
compressed JSON list: metadata, and as lists of numbers the blocks' sizes in bytes, words and pages (from 0), and the
pages' words.
"""

from __future__ import annotations

import json
import re
import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain
from typing import Any

import orjson

from index.segments.compression import Compressor, Decompressor

BLOCK_CHARS = 3_000
"""A block holds at least so many characters, up to the next white space; about 400 words."""

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_WHITE_SPACE = re.compile(r"\s")
_HEAD_LENGTH = struct.Struct("<I")


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


def pack_document(
    metadata: Mapping[str, Any],
    pages: Sequence[Sequence[str]],
    block_words: Sequence[Sequence[int]],
    compressor: Compressor,
) -> bytes:
    """Return a document as it is stored: its metadata and its cleaned pages in blocks, with the words of each block."""
    blocks = [compressor.compress(block.encode()) for page in pages for block in page]
    head = [
        metadata,
        list(map(len, blocks)),
        list(chain.from_iterable(block_words)),
        [number for number, page in enumerate(pages) for _ in page],
        list(map(sum, block_words)),
    ]
    packed = compressor.compress(_json(head).encode())
    return b"".join((_HEAD_LENGTH.pack(len(packed)), packed, *blocks))


def repacked(stored: bytes, decompressor: Decompressor, compressor: Compressor) -> bytes:
    """Return a stored document compressed with another dictionary."""
    head = json.loads(decompressor.decompress(_head(stored)))
    blocks = [compressor.compress(decompressor.decompress(block)) for block in _blocks(stored, head[1])]
    head[1] = list(map(len, blocks))
    packed = compressor.compress(_json(head).encode())
    return b"".join((_HEAD_LENGTH.pack(len(packed)), packed, *blocks))


def pieces(stored: bytes, decompressor: Decompressor) -> Iterator[bytes]:
    """Yield what a stored document consists of, unpacked: what a dictionary is trained on."""
    head = decompressor.decompress(_head(stored))
    yield head
    yield from map(decompressor.decompress, _blocks(stored, json.loads(head)[1]))


def _head(stored: bytes) -> bytes:
    (length,) = _HEAD_LENGTH.unpack_from(stored)
    return stored[_HEAD_LENGTH.size : _HEAD_LENGTH.size + length]


def _blocks(stored: bytes, sizes: Sequence[int]) -> list[bytes]:
    (length,) = _HEAD_LENGTH.unpack_from(stored)
    starts = accumulate(sizes, initial=_HEAD_LENGTH.size + length)
    return [stored[start : start + size] for start, size in zip(starts, sizes, strict=False)]


class PackedDocument:
    """Reads what ``pack_document`` returned; the metadata at once, the text when it is asked for."""

    def __init__(self, stored: bytes, decompressor: Decompressor) -> None:
        self._stored = stored
        self._decompressor = decompressor
        head = orjson.loads(decompressor.decompress(_head(stored)))
        self.metadata: dict[str, Any] = head[0]
        self._head = head

    def text(self) -> StoredText:
        """Return the text."""
        _, sizes, block_words, block_pages, page_words = self._head
        return StoredText(_blocks(self._stored, sizes), block_words, block_pages, page_words, self._decompressor)


class StoredText:
    """A document's text: compressed blocks, and by numbers which words and pages they hold."""

    def __init__(
        self,
        blocks: Sequence[bytes],
        block_words: Sequence[int],
        block_pages: Sequence[int],
        page_words: Sequence[int],
        decompressor: Decompressor,
    ) -> None:
        self._blocks = blocks
        self._block_words = block_words
        self._block_pages = block_pages
        self._decompressor = decompressor
        self._texts: dict[int, str] = {}
        self.page_starts = list(accumulate(page_words, initial=0))

    @cached_property
    def _block_starts(self) -> list[int]:
        return list(accumulate(self._block_words, initial=0))[:-1]

    @property
    def page_count(self) -> int:
        """Number of pages."""
        return len(self.page_starts) - 1

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

    def beginning(self, chars: int) -> str:
        """Return the text up to the end of the block with the character at ``chars``, pages apart by a blank."""
        texts: list[str] = []
        for block in range(len(self._blocks)):
            if chars < 0:
                break
            texts.append(self._text(block))
            chars -= len(texts[-1]) + 1
        return " ".join(texts)

    def _text(self, block: int) -> str:
        if block not in self._texts:
            self._texts[block] = self._decompressor.decompress(self._blocks[block]).decode()
        return self._texts[block]
