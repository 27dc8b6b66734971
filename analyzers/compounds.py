"""Compounds taken apart: "Klimaschutzkonzept" is klima, schutz, konzept, and klimaschutz.

Index side only: a document is found by the parts of its words, at a lower weight. A word of a query stays whole; its
own parts are looked for together, and only where little else is found.

A split is a path through the word along strings of the lexicon, each with a cost; the cheapest path wins, and its
parts are taken apart in turn. The word stays whole when the average cost says that the parts are too unlikely. This is
the frequency method of Koehn and Knight (Empirical methods for compound splitting, 2003) with rules for German:

- only words that begin with a capital letter are split, because other words are hardly ever compounds of nouns, but
  often look like them (vereinbart, grundlegende, zugewanderte);
- what is split is the base form, so that all forms of a word have the same parts (Ordnungsamtes, Ordnungsämter);
- after -ung, -heit, -keit, -schaft, -tät, -ion, -ling and -tum an s belongs to the first part: Ordnung|s|amt;
- ``lexicon/opaque.txt`` has words that mean something else than their parts: Rathaus, Bürgermeister.

Limits: adjectives ("klimaneutral") and words in lower case are not split; names that look like compounds
("Bienwaldstraße") are; a linking "s" that was forgotten ("Entscheidungabläufe") is no obstacle.
"""

from __future__ import annotations

from functools import lru_cache

from analyzers.folding import fold_word
from analyzers.lexicon import NO_PART, UNIT, Lexicon, load_lexicon
from analyzers.nouns import base_word

MIN_CHARS = 6
"""Shorter words are not split."""
MAX_CHARS = 60
"""Longer ones are no words."""
MIN_PART_CHARS = 2
MIN_SPLIT_PART_CHARS = 7
"""Parts at least this long are split in turn."""

MAX_COST_OF_KNOWN = int(1.45 * UNIT)
MAX_COST_OF_UNKNOWN = int(1.6 * UNIT)
"""Average cost of a part up to which a word is split: a word that the lexicon knows may well be a simple one."""

TAKES_S = ("ung", "heit", "keit", "schaft", "taet", "ion", "ling", "tum")
"""Ends of first parts that an s links to the next."""

PREPOSITIONS = frozenset(
    (
        *("anti", "hinter", "inter", "intra", "mehr", "neben"),
        *("nieder", "ober", "unter", "viel", "vorder", "zwischen"),
    )
)
"""First parts that nobody looks for, and whose stems would be found for other words: "ob" of "ober"."""

_UNREACHED = 1 << 30


def split(surface: str) -> tuple[str, ...]:
    """Return the smallest parts of a word as written, folded, linking letters included; the whole word if it is one.

    >>> split("Klimaschutzkonzepte")
    ('klima', 'schutz', 'konzept')
    >>> split("Ordnungsamt")
    ('ordnungs', 'amt')
    >>> split("Rathaus")
    ('rathaus',)
    """
    word = fold_word(surface)
    if not surface[:1].isupper() or not MIN_CHARS <= len(word) <= MAX_CHARS or not word.isalpha():
        return (word,)
    # All forms of a word have the parts of its base form.
    return _smallest_parts(base_word(word))


def parts_and_spans(surface: str) -> tuple[str, ...]:
    """Return the parts of a compound and the words that neighbouring parts form; nothing for a simple word.

    >>> parts_and_spans("Klimaschutzkonzept")
    ('klima', 'schutz', 'konzept', 'klimaschutz')
    """
    parts = split(surface)
    if len(parts) == 1:
        return ()
    count = len(parts)
    telling = (*(part for part in parts[:-1] if part not in PREPOSITIONS), parts[-1])
    if count == 2:
        return telling
    known = load_lexicon().parts
    spans = (
        "".join(parts[start : start + length]) for length in range(2, count) for start in range(count - length + 1)
    )
    return (*telling, *(span for span in spans if span in known))


def is_first_part(word: str) -> bool:
    """Tell whether a folded word can begin a compound but not end one: "integrations"."""
    lexicon = load_lexicon()
    number = lexicon.parts.get(word)
    return number is not None and lexicon.costs[2 * number] != NO_PART == lexicon.costs[2 * number + 1]


def _smallest_parts(word: str, is_first: bool = False) -> tuple[str, ...]:
    """Split a word, which may itself be the first part of a longer one and end with linking letters."""
    parts = _cheapest_parts(word, load_lexicon(), is_first)
    if len(parts) == 1 or max(map(len, parts)) < MIN_SPLIT_PART_CHARS:
        return parts
    smaller: list[str] = []
    for at, part in enumerate(parts, start=1):
        smaller += _parts_of_part(part, is_first or at < len(parts)) if len(part) >= MIN_SPLIT_PART_CHARS else (part,)
    return tuple(smaller)


_parts_of_part = lru_cache(maxsize=100_000)(_smallest_parts)
"""Parts are parts of many words."""


def _cheapest_parts(word: str, lexicon: Lexicon, is_first: bool) -> tuple[str, ...]:
    if word in lexicon.opaque:
        return (word,)
    end = len(word)
    last_end = -1 if is_first else end
    prefixes, part_costs = lexicon.parts.iter_prefixes_with_ids, lexicon.costs
    costs = [_UNREACHED] * (end + 1)
    counts = [0] * (end + 1)
    starts = [0] * (end + 1)
    costs[0] = 0
    for start in range(end - MIN_PART_CHARS + 1):
        so_far = costs[start]
        if so_far == _UNREACHED:
            continue
        for part, number in prefixes(word[start:]):
            stop = start + len(part)
            cost = part_costs[2 * number + (stop == last_end)]
            if cost == NO_PART or so_far + cost >= costs[stop] or part == word:
                continue
            if stop < end and word[stop] == "s" and part.endswith(TAKES_S):
                continue
            costs[stop] = so_far + cost
            counts[stop] = counts[start] + 1
            starts[stop] = start
    limit = MAX_COST_OF_KNOWN if word in lexicon.parts else MAX_COST_OF_UNKNOWN
    if costs[end] == _UNREACHED or costs[end] > limit * counts[end]:
        return (word,)
    parts: list[str] = []
    while end:
        parts.append(word[starts[end] : end])
        end = starts[end]
    return tuple(reversed(parts))
