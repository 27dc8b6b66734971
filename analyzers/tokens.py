"""Where words begin and end.

A token is a run of letters and digits; everything else separates. Hyphenated names, references and numbers become
several tokens at consecutive positions ("Rhein-Erft-Kreis": rhein, erft, kreis; "2013/0456": 2013, 0456), and a query
treats such a run as a phrase, so that the parts must stand together.

Limits: "Bürger:innen" is two tokens; "§" and other signs are not searchable; "3.500" is 3, 500.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Combining marks are no letters to the regular expression module, but splitting a word at one helps nobody.
WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: ``surface`` is ``text[start:end]``, ``position`` counts tokens from 0."""

    surface: str
    start: int
    end: int
    position: int


def tokenize(text: str) -> Iterator[Token]:
    """Yield the words of ``text`` in order. Total: any string is accepted."""
    for position, match in enumerate(WORD.finditer(text)):
        yield Token(match.group(), match.start(), match.end(), position)


def surfaces(text: str) -> list[str]:
    """Return the words of ``text`` in order, without offsets: several times faster than ``tokenize``."""
    return WORD.findall(text)
