"""Which stretches of a document a snippet should show: those with most of the query's words.

Plain lists and loops: nearly all documents have a handful of the query's words, too few for arrays to be worth making.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text from the word at position ``first`` to the one at ``last``."""

    first: int
    last: int


def best_windows(
    positions: Sequence[int], terms: Sequence[int], page_starts: Sequence[int], span: int, distance: int, count: int
) -> list[Window]:
    """Return up to ``count`` windows of ``span`` words on one page, by position; they begin ``distance`` apart.

    ``positions`` ascend, there is at least one; ``terms``: which of the query's terms are at each as a bit set. The
    first window has most different terms, the next ones most that were not shown yet; then more terms and more words
    decide.
    """
    left = _candidates(positions, terms, page_starts, span)
    best = min(left)
    missing = reduce(or_, terms)
    chosen: list[Window] = []
    while True:
        _, _, first, last, shown = best
        chosen.append(Window(first, last))
        left = [one for one in left if abs(one[2] - first) > distance]
        if not left or len(chosen) == count:
            return sorted(chosen, key=lambda window: window.first)
        missing &= ~shown
        best = min(left, key=lambda one: (-(one[-1] & missing).bit_count(), one)) if missing else min(left)


def _candidates(
    positions: Sequence[int], terms: Sequence[int], page_starts: Sequence[int], span: int
) -> list[tuple[int, int, int, int, int]]:
    """Return the windows that begin at each position; the best is the least.

    Of each the number of its terms and of the words that are one, negative, then its first and last position and its
    terms as a bit set.
    """
    candidates = []
    page_end = end = 0
    for at, first in enumerate(positions):
        if first >= page_end:
            page_end = page_starts[bisect_right(page_starts, first)]
        limit = min(first + span, page_end)
        while end < len(positions) and positions[end] < limit:
            end += 1
        together = reduce(or_, terms[at:end])
        candidates.append((-together.bit_count(), at - end, first, positions[end - 1], together))
    return candidates
