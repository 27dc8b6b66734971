"""What the text layer of a page is worth: it may lie, when its font says of every glyph that it is another letter.

A page that cannot be read at all counts as one without text. One that is damaged keeps its text until text recognition
has a better one, and is warned of.
"""

from __future__ import annotations

from collections.abc import Sequence

from analyzers import Readability, damaged_words, readability, restore_letters
from searchsvc.documents.text import has_word

MIN_DAMAGED_WORDS = 2
MIN_DAMAGED_SHARE = 0.005
"""A single word of a page with an unknown character is a slip, or has a sign of a list inside."""
MIN_CHARS = 50
MIN_NONSENSE_SHARE = 0.6
MAX_KNOWN_SHARE = 0.25
"""A page with so much nonsense and so few known words has two fonts, of which one lies."""
MIN_RECOGNISED_SHARE = 0.9


def checked_pages(pages: Sequence[str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the texts of a PDF's pages, empty where they are none, and the numbers (from 1) of damaged pages.

    Those have words with characters that clean-up does not turn into letters, or little else than nonsense.
    """
    found = [readability(page) for page in pages]
    texts = tuple(page if one.is_readable else "" for page, one in zip(pages, found, strict=True))
    mended = restore_letters(texts)
    damaged = (
        number
        for number, (page, one) in enumerate(zip(mended, found, strict=True), start=1)
        if _has_damaged_words(page) or (page and _is_mostly_nonsense(one))
    )
    return texts, tuple(damaged)


def is_better(recognised: str, page: str) -> bool:
    """Tell whether recognised text is about as German as that of a damaged page, whose gaps it has filled then."""
    return has_word(recognised) and (
        readability(recognised).known_share >= MIN_RECOGNISED_SHARE * readability(page).known_share
    )


def _has_damaged_words(page: str) -> bool:
    damaged = damaged_words(page)
    return damaged >= MIN_DAMAGED_WORDS or (damaged > 0 and damaged >= MIN_DAMAGED_SHARE * len(page.split()))


def _is_mostly_nonsense(found: Readability) -> bool:
    return (
        found.characters >= MIN_CHARS
        and found.nonsense_share >= MIN_NONSENSE_SHARE
        and found.known_share <= MAX_KNOWN_SHARE
    )
