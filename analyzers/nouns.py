"""Base forms of nouns from the lexicon: one for "Zentrum" and "Zentren", different ones for "Burg" and "Bürger".

A stemmer knows endings but no words: it joins Müll and Müller, Rat and Rate, Forderung and Förderung, and leaves apart
Thema and Themen, Kita and Kitas. What the lexicon does not know, compounds above all, is left to the stemmer, after its
end has been looked up: "Integrationszentren" ends like "Zentren".

Limits: the lexicon knows nouns only, and forms that are more often other words (wegen, beauftragte) are left to the
stemmer. A woman's title is the same as the man's (Bürgermeisterin, Bürgermeister), because a search means the office.
"""

from __future__ import annotations

from functools import lru_cache

from analyzers.lexicon import load_lexicon
from analyzers.stemming import Stemmer

CACHED_ENDINGS = 100_000


def with_base_forms(stemmer: Stemmer) -> Stemmer:
    """Return a stemmer of folded words that looks them up first and asks ``stemmer`` about the others."""
    base_form, inflected_endings = load_lexicon().base_form, load_lexicon().inflected_endings

    @lru_cache(CACHED_ENDINGS)
    def irregular_base(ending: str) -> str | None:
        # Regular endings are the stemmer's; looking them up too would make it matter whether a word is known.
        base = base_form(ending)
        return base if base is not None and stemmer(base) != stemmer(ending) else None

    def stem(word: str) -> str:
        if word.isdigit():
            return stemmer(word)
        base = base_form(word)
        if base is None and word.endswith("s"):
            base = base_form(word[:-1])
        if base is not None:
            return base
        for ending in inflected_endings(word):
            if (base := irregular_base(ending)) is not None:
                return stemmer(word.removesuffix(ending) + base)
        return stemmer(word)

    return stem


def part_base_form(part: str, stem: Stemmer) -> str:
    """Return the stem of a part of a compound, linking letters or a dropped e included: "integrations", "schul"."""
    base_form = load_lexicon().base_form
    for form in (part, part.removesuffix("s"), part.removesuffix("es"), part + "e"):
        if (base := base_form(form)) is not None:
            return base
    return stem(part)
