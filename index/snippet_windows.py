"""Which stretches of a document a snippet should show: those with most of the query's words.

Plain lists and loops: nearly all documents have a handful of the query's words, too few for arrays to be worth making.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

MAX_SNIPPETS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text from the word at position ``first`` to the one at ``last``."""

    first: int
    last: int


@dataclass(slots=True)
class _Candidate:
    """A window with what is in it: ``terms`` has a bit for each term, ``words`` counts the words that are one."""

    first: int
    last: int
    terms: int
    words: int


def best_windows(
    occurrences: Sequence[tuple[int, int]], page_starts: Sequence[int], span: int, distance: int
) -> list[Window]:
    """Return up to ``MAX_SNIPPETS`` windows of ``span`` words on one page, by position; they begin ``distance`` apart.

    ``occurrences``: ascending positions in the document, and which of the query's terms are there as a bit set. The
    first window has most different terms, the next ones most that were not shown yet; then more terms and more words
    decide.
    """
    left = _candidates(occurrences, page_starts, span)
    left.sort(key=lambda one: (-one.terms.bit_count(), -one.words, one.first))
    chosen: list[Window] = []
    shown = 0
    while left and len(chosen) < MAX_SNIPPETS:
        # The first of those with most terms that were not shown yet.
        best = max(left, key=lambda one: (one.terms & ~shown).bit_count()) if chosen else left[0]
        chosen.append(Window(best.first, best.last))
        shown |= best.terms
        left = [one for one in left if abs(one.first - best.first) > distance]
    return sorted(chosen, key=lambda window: window.first)


def _candidates(occurrences: Sequence[tuple[int, int]], page_starts: Sequence[int], span: int) -> list[_Candidate]:
    """Return the windows that begin at each position, in order."""
    candidates = []
    page_end = 0
    for at, (first, terms) in enumerate(occurrences):
        if first >= page_end:
            page_end = page_starts[bisect_right(page_starts, first)]
        end = min(first + span, page_end)
        last, words = first, 1
        for position, others in islice(occurrences, at + 1, None):
            if position >= end:
                break
            last = position
            terms |= others
            words += 1
        candidates.append(_Candidate(first, last, terms, words))
    return candidates
