"""Phrases: which occurrences of words stand one after the other, found in all texts at once.

Occurrences are numbers that ascend: positions in a text, or documents and positions joined. Going from word to word,
those stay that follow one of the word before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def phrase_places(occurrences: Sequence[Array], slop: int) -> list[Array]:
    """Return those occurrences of each word that belong to the phrase; given and returned ascending.

    Of several that a word could follow, the nearest one belongs to it.
    """
    reached = reached_by(occurrences, slop)
    if len(reached) < len(occurrences) or not len(reached[-1]):
        return [occurrences[0][:0]] * len(occurrences)
    places = [reached[-1]]
    for before in reversed(reached[:-1]):
        places.append(np.unique(before[before.searchsorted(places[-1]) - 1]))
    return places[::-1]


def reached_by(occurrences: Sequence[Array], slop: int) -> list[Array]:
    """Return for each word the occurrences up to which the phrase goes; ends with the first that has none."""
    reached = [occurrences[0]]
    for following in occurrences[1:]:
        before = reached[-1]
        if not len(before):
            break
        # Occurrences in different documents are further apart than any slop; before the first there is none.
        nearest = before.searchsorted(following) - 1
        reached.append(following[(nearest >= 0) & (following - before[nearest] <= slop)])
    return reached
