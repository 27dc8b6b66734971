"""Documents of next to no words, such as the one sheet that says how a vote ended: found, but nobody's first choice."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from index.segments.postings import IntArray
from index.segments.snapshot import Segment

STUB_WORDS = 20
"""A text of fewer words is a stub. Scans without text are; the shortest Antrag, with its letterhead, is not."""


def are_stubs(segment: Segment, docs: IntArray) -> npt.NDArray[np.bool_]:
    """Return for each of ``docs`` of a segment whether it has next to no words."""
    stubs: npt.NDArray[Any] = segment.data.lengths("text", docs) < STUB_WORDS
    return stubs
