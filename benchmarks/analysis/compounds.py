"""Compound splits against lists: which parts are found, which are wrong, and which words should have stayed whole.

Parts count as equal when their stems are, with or without linking letters (Integration|s|zentrum, Kind|er|garten),
because stems are what is indexed. A list names the parts that must be found and those that may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Splitter = Callable[[str], Sequence[str]]
"""Returns the parts of a word, in any spelling of umlauts; none, or the word itself, when it stays whole."""

Stem = Callable[[str], str]

LINKING = ("", "s", "es", "n", "en", "er", "e", "ns", "ens")
"""Letters between the parts of a compound (Fugenelemente)."""


@dataclass(frozen=True, slots=True)
class Compound:
    """A word, the parts it must give, and others that are right too. No parts: it must stay whole."""

    word: str
    parts: tuple[str, ...] = ()
    also_right: tuple[str, ...] = ()


@dataclass(slots=True)
class Result:
    """Counts over a list; ``wrong`` has (word, missed parts, wrong parts)."""

    words: int = 0
    exact: int = 0
    wanted: int = 0
    found: int = 0
    given: int = 0
    right: int = 0
    wrong: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of wanted parts that were given."""
        return self.found / self.wanted if self.wanted else 1.0

    @property
    def precision(self) -> float:
        """Share of given parts that are right."""
        return self.right / self.given if self.given else 1.0

    @property
    def exactness(self) -> float:
        """Share of words with all wanted parts and no wrong one."""
        return self.exact / self.words if self.words else 1.0


def read_council(path: Path) -> list[Compound]:
    """Read lines "Word: part part | other right parts"."""
    compounds = []
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, rest = line.partition(":")
        parts, _, also_right = rest.partition("|")
        compounds.append(Compound(word.strip(), tuple(parts.split()), tuple(also_right.split())))
    return compounds


def read_segmented(path: Path) -> list[Compound]:
    """Read lines "Erst, wort" for Erstwort, or one word that has no parts; names with hyphens are left out."""
    compounds = []
    for line in path.read_text(encoding="utf-8").splitlines():
        parts = tuple(part.strip() for part in line.split(","))
        word = "".join(parts)
        # A capital inside is where a hyphen was, which needs no splitter.
        if word.isalpha() and word[1:].islower():
            compounds.append(Compound(word, parts if len(parts) > 1 else ()))
    return compounds


def read_whole(path: Path) -> list[Compound]:
    """Read words that must stay whole; what is no word (marked with a sign) is left out."""
    return [Compound(word) for word in path.read_text(encoding="utf-8").split() if word.isalpha()]


def evaluate(compounds: Iterable[Compound], split: Splitter, stem: Stem) -> Result:
    """Split every word and count."""
    result = Result()
    for compound in compounds:
        given = [part for part in split(compound.word) if not _is_same(part, compound.word, stem)]
        missed = tuple(part for part in compound.parts if not any(_is_same(one, part, stem) for one in given))
        accepted = (*compound.parts, *compound.also_right)
        wrong = tuple(part for part in given if not any(_is_same(part, one, stem) for one in accepted))
        result.words += 1
        result.wanted += len(compound.parts)
        result.found += len(compound.parts) - len(missed)
        result.given += len(given)
        result.right += len(given) - len(wrong)
        if missed or wrong:
            result.wrong.append((compound.word, missed, wrong))
        else:
            result.exact += 1
    return result


def false_splits(compounds: Iterable[Compound], split: Splitter, stem: Stem) -> list[str]:
    """Return the words without parts that were split."""
    return [
        compound.word
        for compound in compounds
        if not compound.parts and any(not _is_same(part, compound.word, stem) for part in split(compound.word))
    ]


def _is_same(part: str, other: str, stem: Stem) -> bool:
    wanted = {stem(other), *(stem(other + link) for link in LINKING[1:])}
    return any(stem(part.removesuffix(link)) in wanted for link in LINKING if len(part) > len(link) + 1)
