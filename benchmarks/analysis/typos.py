"""Typing errors: whether the engine offers the right word, over the words of real documents."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz.distance import OSA

from analyzers import fold_word
from index import SearchRequest, WhooshEngine


@dataclass(slots=True)
class Outcome:
    """What became of words with the same number of typing errors. Lists of (typed, meant, offered or None)."""

    right: int = 0
    wrong: list[tuple[str, str, str | None]] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)

    @property
    def tested(self) -> int:
        """Number of words."""
        return self.right + len(self.wrong)

    @property
    def share(self) -> float:
        """Share of words for which the right one was offered first."""
        return self.right / self.tested if self.tested else 0.0

    @property
    def median_ms(self) -> float:
        """Median of the milliseconds that a search with its suggestion took."""
        return statistics.median(self.took_ms) if self.took_ms else 0.0


@dataclass(slots=True)
class Typos:
    """Outcomes by number of edits, and the words left out: unknown right ones, and wrong ones that some text has."""

    by_edits: dict[int, Outcome]
    unknown: int
    occurring: int


def read_typos(path: Path) -> list[tuple[str, str]]:
    """Read lines "wrong;right"."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(wrong, right) for wrong, _, right in (line.partition(";") for line in lines) if right]


def measure(typos: Iterable[tuple[str, str]], engine: WhooshEngine, occurs: Callable[[str], bool]) -> Typos:
    """Search each misspelt word. ``occurs`` tells whether a folded word is in some document."""
    by_edits: dict[int, Outcome] = defaultdict(Outcome)
    unknown = occurring = 0
    for wrong, right in typos:
        typed, meant = fold_word(wrong), fold_word(right)
        if not occurs(meant):
            unknown += 1
        elif typed == meant or occurs(typed):
            occurring += 1
        else:
            started = time.perf_counter()
            result = engine.search(SearchRequest(q=wrong, facets=(), highlight=False))
            took_ms = (time.perf_counter() - started) * 1000
            offered = result.did_you_mean.q if result.did_you_mean else None
            outcome = by_edits[OSA.distance(typed, meant)]
            outcome.took_ms.append(took_ms)
            if offered is not None and fold_word(offered) == meant:
                outcome.right += 1
            else:
                outcome.wrong.append((wrong, right, offered))
    return Typos(dict(sorted(by_edits.items())), unknown, occurring)
