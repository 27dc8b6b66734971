"""The work every engine is given, and what it must answer."""

from __future__ import annotations

import json
import lzma
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from analyzers import GermanAnalysis, clean_text

TOP = 10


@dataclass(frozen=True, slots=True)
class Source:
    """A document of the corpus as it is."""

    id: str
    title: str
    text: str
    kommune: str
    date: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search must give: matches, the ids of the best ten, and exact counts by Kommune and by year."""

    total: int
    ids: tuple[str, ...]
    kommunen: dict[str, int]
    years: dict[str, int]


class Engine(Protocol):
    """An engine under test. ``build`` gets the corpus, ``search`` a query's terms; ``tokens``: what it was given."""

    tokens: Tokens

    def build(self, folder: Path, documents: Iterator[Source]) -> None:
        """Index everything."""
        ...

    def open(self, folder: Path) -> None:
        """Open the index for searching."""
        ...

    def search(self, terms: Sequence[str], *, every: bool) -> Answer:
        """Search for all terms or for any, in title and text."""
        ...

    def update(self, folder: Path, documents: Sequence[Source]) -> None:
        """Add documents and make them visible."""
        ...


class Tokens:
    """The stems every engine indexes and searches, so that all find the same."""

    def __init__(self) -> None:
        self._analysis = GermanAnalysis()
        self.seconds = 0.0

    def of(self, text: str) -> list[str]:
        """Return the stems of a text."""
        started = time.perf_counter()
        stems = self._analysis.index_terms(clean_text(text))[1]
        self.seconds += time.perf_counter() - started
        return stems

    def joined(self, text: str) -> str:
        """Return the stems with blanks between them, for engines that cut at blanks."""
        return " ".join(self.of(text))


def read_corpus(path: Path, limit: int | None) -> Iterator[Source]:
    """Yield the documents of a ``.jsonl`` or ``.jsonl.xz`` file.

    A limit beyond the end repeats the corpus with other ids and a letter added to every seventh word.
    """
    number = 0
    for round_number in count():
        with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
            for line in lines:
                if limit is not None and number == limit:
                    return
                record: dict[str, Any] = json.loads(line)
                text = record["text"] if not round_number else _changed(record["text"], round_number)
                yield Source(f"{record['id']}-{round_number}", record["title"], text, record["kommune"], record["date"])
                number += 1
        if limit is None:
            return


def _changed(text: str, round_number: int) -> str:
    letter = chr(ord("a") + round_number % 26)
    words = text.split(" ")
    words[::7] = [word + letter for word in words[::7]]
    return " ".join(words)
