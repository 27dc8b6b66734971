"""Which stretches of a document a snippet should show: those with most of the query's words.

Plain lists and loops: nearly all documents have a handful of the query's words, too few for arrays to be worth making.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_SNIPPETS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text from the word at position ``first`` to the one at ``last``."""

    first: int
    last: int


def best_windows(
    occurrences: Sequence[tuple[int, int]], page_starts: Sequence[int], span: int, distance: int
) -> list[Window]:
    """Return up to ``MAX_SNIPPETS`` windows of ``span`` words on one page, by position; they begin ``distance`` apart.

    ``occurrences``: ascending positions in the document, and which of the query's terms are there as a bit set. The
    first window has most different terms, the next ones most that were not shown yet; then more terms and more words
    decide.
    """
    left = sorted(_candidates(occurrences, page_starts, span))
    chosen: list[Window] = []
    shown = 0
    while left and len(chosen) < MAX_SNIPPETS:
        # The first of those with most terms that were not shown yet.
        _, _, first, last, terms = max(left, key=lambda one: (one[-1] & ~shown).bit_count()) if chosen else left[0]
        chosen.append(Window(first, last))
        shown |= terms
        left = [one for one in left if abs(one[2] - first) > distance]
    return sorted(chosen, key=lambda window: window.first)


def _candidates(
    occurrences: Sequence[tuple[int, int]], page_starts: Sequence[int], span: int
) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield the windows that begin at each position; the best is the least.

    Of each the number of its terms and of the words that are one, negative, then its first and last position and its
    terms as a bit set.
    """
    positions = [position for position, _ in occurrences]
    page_end = 0
    for at, (first, terms) in enumerate(occurrences):
        if first >= page_end:
            page_end = page_starts[bisect_right(page_starts, first)]
        end = bisect_left(positions, min(first + span, page_end), at)
        for _, others in occurrences[at + 1 : end]:
            terms |= others
        yield -terms.bit_count(), at - end, first, positions[end - 1], terms
