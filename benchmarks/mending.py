"""What clean-up mends in real texts, and which pages count as unreadable: ``python -m benchmarks.mending --show 20``.

Each rule alone, on texts that have such faults (files of a city) and on such that have none (law, speeches): how many
pages and words change, and how many of the new words are known. Known words that are gone are counted too: they are
pieces of others, or they were lost. With ``--show`` changes are printed, to be judged by eye.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from string import ascii_lowercase

from analyzers import is_known, readability, restore_letters
from analyzers.torn_words import mend_torn_words
from benchmarks.collection import DATA
from searchsvc.ingest.text_layer import checked_pages

_PAGE_END = re.compile(r"(?<=\n)-- \d+ of \d+ --\n")
_WORD = re.compile(r"[^\W_]+")
_EVERY_SECTION = 4
MIN_CHARS, MAX_CHARS = 200, 5_000
"""Length of the pages whose letters are changed."""

RULES: dict[str, Callable[[str], str]] = {
    "characters that stand for letters": lambda page: restore_letters([page])[0],
    "torn and spaced words": mend_torn_words,
}


@dataclass
class Changes:
    """What a rule changes."""

    pages: int = 0
    changed: int = 0
    words: Counter[str] = field(default_factory=Counter)
    new_words: Counter[str] = field(default_factory=Counter)
    shown: list[tuple[str, str]] = field(default_factory=list)

    def add(self, before: str, after: str) -> None:
        """Count a page."""
        self.pages += 1
        if before == after:
            return
        self.changed += 1
        old, new = Counter(_WORD.findall(before)), Counter(_WORD.findall(after))
        self.words += old - new
        self.new_words += new - old
        self.shown.append((" ".join(old - new), " ".join(new - old)))


def collections(data: Path) -> Iterator[tuple[str, Iterator[str]]]:
    """Yield collections with the texts of their pages."""
    yield "files of a city", _pages(data / "karlsruhe" / "files.jsonl.xz")
    yield "sections of law", islice(_texts(data / "scale" / "gesetze.jsonl.xz"), 0, None, _EVERY_SECTION)
    yield "speeches", _texts(data / "magdeburg" / "speeches.jsonl.xz")


def _pages(path: Path) -> Iterator[str]:
    for text in _texts(path):
        yield from _PAGE_END.split(text)


def _texts(path: Path) -> Iterator[str]:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield (json.loads(line).get("text") or "").replace("\xad", "")


def lies(letters: str, by: random.Random) -> Iterator[tuple[str, dict[int, int]]]:
    """Yield ways in which a font may lie, each with the code that it gives to each character."""
    codes = {
        "shuffled letters": [ord(letter) for letter in letters],
        "shuffled letters, digits and signs": list(range(33, 127)),
    }
    for name, of in codes.items():
        yield name, dict(zip(of, by.sample(of, len(of)), strict=True))
    for shift in (1, 3, 4, 7, 13, 22):
        moved = letters[shift:] + letters[:shift]
        yield f"letters shifted by {shift}", str.maketrans(letters + letters.upper(), moved + moved.upper())
    yield "codes less 29", {code: code - 29 for code in range(62, 127)}


def print_noticed(data: Path) -> None:
    """Print how many readable pages are noticed when their font lies."""
    by = random.Random(1)
    long = (page for page in _pages(data / "karlsruhe" / "files.jsonl.xz") if MIN_CHARS < len(page) < MAX_CHARS)
    pages = by.sample([page for page in islice(long, 3000) if readability(page).known_share > 0.5], 300)
    print("\n| of 300 pages noticed | |\n|---|---:|")
    for name, table in lies(ascii_lowercase, by):
        found = sum(not readability(page.translate(table)).is_readable for page in pages)
        print(f"| {name} | {found / len(pages):.0%} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with karlsruhe/, scale/, magdeburg/")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N changes of each rule")
    arguments = parser.parse_args()
    print("| texts | rule | pages | changed | words before | after | of them known | known words gone |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    shown: list[tuple[str, str]] = []
    for name, texts in collections(arguments.data):
        found = {rule: Changes() for rule in RULES}
        unreadable = damaged = 0
        for page in texts:
            for rule, mended in RULES.items():
                found[rule].add(page, mended(page))
            (text,), numbers = checked_pages((page,))
            unreadable += text != page
            damaged += bool(numbers)
        for rule, changes in found.items():
            known = sum(count for word, count in changes.new_words.items() if is_known(word))
            gone = sum(count for word, count in changes.words.items() if len(word) > 3 and is_known(word))
            print(
                f"| {name} | {rule} | {changes.pages:,} | {changes.changed:,} | {changes.words.total():,} "
                f"| {changes.new_words.total():,} | {known:,} | {gone:,} |"
            )
            sample = random.Random(1)
            shown += sample.sample(changes.shown, min(arguments.show, len(changes.shown)))
        print(f"| {name} | unreadable: {unreadable:,}, damaged: {damaged:,} | | | | | | |", flush=True)
    print_noticed(arguments.data)
    for before, after in shown:
        print(f"{before[:200]} -> {after[:200]}")


if __name__ == "__main__":
    main()
