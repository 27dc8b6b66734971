"""What the text layer of a page is worth: it may lie, when its font says of every glyph that it is another letter.

A page that cannot be read at all counts as one without text. One that is damaged keeps its text until text recognition
has a better one, and is warned of.
"""

from __future__ import annotations

from analyzers import damaged_words, readability, restore_letters
from searchsvc.documents.text import has_word

MIN_DAMAGED_WORDS = 2
"""A single word with an unknown character is a slip, or a sign of a list between two words."""
MIN_DAMAGED_SHARE = 0.005
MIN_RECOGNISED_SHARE = 0.9
MIN_CHARS = 50
MIN_NONSENSE_SHARE = 0.6
MAX_KNOWN_SHARE = 0.25
"""A page with so much nonsense and so few known words has two fonts, of which one lies."""


def readable(page: str) -> str:
    """Return the text of a page, empty if it is none."""
    return page if readability(page).is_readable else ""


def damaged_pages(pages: tuple[str, ...]) -> tuple[int, ...]:
    """Return the numbers, from 1, of the pages on which words are damaged in a way that clean-up does not mend."""
    return tuple(number for number, page in enumerate(restore_letters(pages), start=1) if _is_damaged(page))


def is_better(recognised: str, page: str) -> bool:
    """Tell whether recognised text is about as German as that of a damaged page, whose gaps it has filled then."""
    return has_word(recognised) and (
        readability(recognised).known_share >= MIN_RECOGNISED_SHARE * readability(page).known_share
    )


def _is_damaged(page: str) -> bool:
    damaged = damaged_words(page)
    if damaged >= MIN_DAMAGED_WORDS and damaged >= MIN_DAMAGED_SHARE * len(page.split()):
        return True
    found = readability(page)
    return (
        found.characters >= MIN_CHARS
        and found.nonsense_share >= MIN_NONSENSE_SHARE
        and found.known_share <= MAX_KNOWN_SHARE
    )
