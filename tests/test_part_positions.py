"""Positions of a part of words: those of all words that have it, in one document."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from analyzers import GermanAnalysis, surfaces
from index.whoosh.toc import open_latest
from tests.fixtures_index import TestIndex, document

WORDS = [
    "Radweg",
    "Gehweg",
    "Feldweg",
    "Waldweg",
    "Schulweg",
    "Kirchweg",
    "Bergweg",
    "Parkweg",
    "Wanderweg",
    "Reitweg",
    "Gartenweg",
    "Heimweg",
    "Uferweg",
    "Wiesenweg",
    "Birkenweg",
    "Lindenweg",
    "Rosenweg",
]


@pytest.mark.parametrize("documents", [30, 2_000])
def test_positions_of_a_part_are_those_of_its_words(
    make_index: Callable[..., TestIndex], analysis: GermanAnalysis, documents: int
) -> None:
    """Over documents with some of many words, in sparse and in dense lists, nothing is missing and nothing added."""
    random = Random(documents)
    texts = {
        f"d{number:04}": " ".join(random.choices([*WORDS, "Haus", "Weg"], k=random.randint(0, 6)))
        for number in range(documents)
    }
    index = make_index(*(document(name, text, title="x") for name, text in texts.items()))
    (generation,) = index.folder.glob("gen-*")
    (segment,) = open_latest(generation, 0, None).segments
    wanted = random.sample(range(segment.doc_count), 20)
    found = segment.data.text_positions([("text_part", "weg"), ("text", "haus")], wanted)
    for doc in wanted:
        words = surfaces(texts[segment.document_id(doc)])
        for number, is_one in enumerate((lambda word: "weg" in analysis.form(word).parts, "Haus".__eq__)):
            expected = [at for at, word in enumerate(words) if is_one(word)]
            assert [at for at, terms in zip(*found[doc], strict=True) if terms >> number & 1] == expected
