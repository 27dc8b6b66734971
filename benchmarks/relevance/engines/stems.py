"""Snowball stems for engines that have no German analysis of their own: PyStemmer over lower-case words."""

from __future__ import annotations

import re

from Stemmer import Stemmer

_WORD = re.compile(r"\w+")


class Snowball:
    """Words of a text as Snowball stems; remembers each form."""

    def __init__(self) -> None:
        self._stem = Stemmer("german").stemWord
        self._stems: dict[str, str] = {}

    def of(self, text: str) -> list[str]:
        """Return the stems in order."""
        stems, found = self._stems, []
        for word in _WORD.findall(text.lower()):
            stem = stems.get(word)
            if stem is None:
                stem = stems[word] = self._stem(word)
            found.append(stem)
        return found
