"""Words with gaps: ``in*zentrum``. One function, which finding and marking both use."""

from __future__ import annotations

from collections.abc import Callable


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a word fits a pattern, in which ``*`` stands for any characters or none.

    Takes time by the length of the word, whatever the pattern: what stands between two gaps is looked for once, where
    it comes first. A regular expression would try all places of all gaps together.

    >>> [word for word in ("integrationszentrum", "zentrum") if matcher("in*zentrum")(word)]
    ['integrationszentrum']
    """
    first, *rest = pattern.split("*")
    if not rest:
        return pattern.__eq__
    *middle, last = rest
    middle = [piece for piece in middle if piece]
    shortest = len(pattern) - pattern.count("*")

    def matches(word: str) -> bool:
        if len(word) < shortest or not word.startswith(first) or not word.endswith(last):
            return False
        at, end = len(first), len(word) - len(last)
        for piece in middle:
            found = word.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    return matches
