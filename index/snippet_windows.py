"""Which stretches of a document a snippet should show: those with most of the query's words.

Plain lists and loops: nearly all documents have a handful of the query's words, too few for arrays to be worth making.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

MAX_SNIPPETS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text from the word at position ``first`` to the one at ``last``."""

    first: int
    last: int


@dataclass(slots=True)
class _Candidate:
    """A window with what is in it: ``terms`` has a bit for each term, ``words`` counts their occurrences."""

    first: int
    last: int
    terms: int
    words: int


def best_windows(
    positions: Sequence[Sequence[int]], page_starts: Sequence[int], span: int, distance: int
) -> list[Window]:
    """Return up to ``MAX_SNIPPETS`` windows of ``span`` words on one page, by position; they begin ``distance`` apart.

    ``positions``: ascending positions of each of the query's terms in the document. The first window has most
    different terms, the next ones most that were not shown yet; then more terms and more words decide.
    """
    left = _candidates(positions, page_starts, span)
    chosen: list[Window] = []
    missing = (1 << len(positions)) - 1
    while left and len(chosen) < MAX_SNIPPETS:
        best = max(
            left, key=lambda one: ((one.terms & missing).bit_count(), one.terms.bit_count(), one.words, -one.first)
        )
        chosen.append(Window(best.first, best.last))
        missing &= ~best.terms
        left = [one for one in left if abs(one.first - best.first) > distance]
    return sorted(chosen, key=lambda window: window.first)


def _candidates(positions: Sequence[Sequence[int]], page_starts: Sequence[int], span: int) -> list[_Candidate]:
    """Return the windows that begin at each position, in order."""
    found = sorted((position, 1 << term) for term, part in enumerate(positions) for position in part)
    candidates: list[_Candidate] = []
    for at, (first, _) in enumerate(found):
        if candidates and candidates[-1].first == first:
            continue
        page_end = page_starts[bisect_right(page_starts, first)]
        end = min(first + span, page_end)
        window = _Candidate(first, first, 0, 0)
        for position, term in found[at : at + span * len(positions)]:
            if position >= end:
                break
            window.last = position
            window.terms |= term
            window.words += 1
        candidates.append(window)
    return candidates
