"""Base forms of nouns from the lexicon: one for "Zentrum" and "Zentren", different ones for "Burg" and "Bürger".

A stemmer knows endings but no words: it joins Müll and Müller, Rat and Rate, Forderung and Förderung, and leaves apart
Thema and Themen, Kita and Kitas. Of what the lexicon does not know, compounds above all, the end is looked up:
"Flächennutzungsplanes" ends like "Planes", and "Flächennutzungsplan" is known; "Integrationszentren" ends like
"Zentren". What is then still unknown is left to the stemmer.

Limits: the lexicon knows nouns only, and forms that are more often other words (wegen, beauftragte) are left to the
stemmer. A woman's title is the same as the man's (Bürgermeisterin, Bürgermeister), because a search means the office.
"""

from __future__ import annotations

from functools import lru_cache

from analyzers.lexicon import load_lexicon
from analyzers.stemming import Stemmer

CACHED_ENDINGS = 100_000

PERSONS = ("er", "ent", "ant", "and", "ist", "or", "at", "eur", "ar", "aer", "wart")
"""How nouns end that "-in" makes a woman's: Dezernent, Kommanditist, Komplementär."""


def with_base_forms(stemmer: Stemmer) -> Stemmer:
    """Return a stemmer of folded words that looks them up first and asks ``stemmer`` about the others."""
    base_form, inflected_endings = load_lexicon().base_form, load_lexicon().inflected_endings

    @lru_cache(CACHED_ENDINGS)
    def base_of(ending: str) -> tuple[str | None, bool]:
        """Return the base form of an ending, and whether the stemmer does not know that they belong together."""
        base = base_form(ending)
        return base, base is not None and stemmer(base) != stemmer(ending)

    def masculine_of(word: str) -> str | None:
        masculine = word.removesuffix("innen").removesuffix("in")
        return masculine if masculine.endswith(PERSONS, 2) and base_form(masculine) == masculine else None

    def stem(word: str) -> str:
        if word.isdigit():
            return stemmer(word)
        base = base_form(word)
        if base is None and word.endswith("s"):
            base = base_form(word[:-1])
        if base is None:
            base = masculine_of(word)
        if base is not None:
            return base
        for ending in inflected_endings(word):
            base, is_irregular = base_of(ending)
            if base is None:
                continue
            whole = word.removesuffix(ending) + base
            if (known := base_form(whole)) is not None:
                return known
            # Regular endings are the stemmer's: of an unknown word it has to be asked for all forms or for none.
            if is_irregular:
                return stemmer(whole)
        return stemmer(word)

    return stem


def part_base_form(part: str, stem: Stemmer) -> str:
    """Return the stem of a part of a compound, linking letters or a dropped e included: "integrations", "schul"."""
    base_form = load_lexicon().base_form
    for form in (part, part.removesuffix("s"), part.removesuffix("es"), part + "e"):
        if (base := base_form(form)) is not None:
            return base
    return stem(part)
