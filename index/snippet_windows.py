"""Which stretches of a document a snippet should show: those with most of the query's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.array_file import Array

MAX_SNIPPETS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text from the word at position ``first`` to the one at ``last``."""

    first: int
    last: int


def best_windows(positions: Sequence[Array], page_starts: Sequence[int], span: int, distance: int) -> list[Window]:
    """Return up to ``MAX_SNIPPETS`` windows of ``span`` words on one page, by position; they begin ``distance`` apart.

    ``positions``: ascending positions of each of the query's terms in the document. The first window has most
    different terms, the next ones most that were not shown yet; then more terms and more words decide.
    """
    starts = np.unique(np.concatenate([part.astype(np.int64) for part in positions]))
    page_ends = np.asarray(page_starts, dtype=np.int64)[np.searchsorted(page_starts, starts, side="right")]
    ends = np.minimum(starts + span, page_ends)
    # has[t, w]: how often term t occurs in window w
    has = np.stack([np.searchsorted(part, ends) - np.searchsorted(part, starts) for part in positions])
    different = (has > 0).sum(axis=0)
    words = has.sum(axis=0)
    chosen: list[Window] = []
    shown = np.zeros(len(positions), dtype=bool)
    free = np.ones(len(starts), dtype=bool)
    while free.any() and len(chosen) < MAX_SNIPPETS:
        new = (has[~shown] > 0).sum(axis=0)
        at = int(np.lexsort((starts, -words, -different, -new, ~free))[0])
        inside = starts[at : int(np.searchsorted(starts, ends[at]))]
        chosen.append(Window(int(starts[at]), int(inside[-1])))
        shown |= has[:, at] > 0
        free &= np.abs(starts - starts[at]) > distance
    return sorted(chosen, key=lambda window: window.first)
