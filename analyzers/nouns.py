"""Base forms of nouns from the lexicon: one for "Zentrum" and "Zentren", different ones for "Burg" and "Bürger".

A stemmer knows endings but no words: it joins Müll and Müller, Rat and Rate, Forderung and Förderung, and leaves apart
Thema and Themen, Kita and Kitas. What the lexicon does not know, compounds above all, is left to the stemmer, after its
end has been looked up: "Integrationszentren" ends like "Zentren".

Limits: the lexicon knows nouns only, and forms that are more often other words (wegen, beauftragte) are left to the
stemmer. A woman's title is the same as the man's (Bürgermeisterin, Bürgermeister), because a search means the office.
"""

from __future__ import annotations

from analyzers.lexicon import load_lexicon
from analyzers.stemming import Stemmer

MIN_END_CHARS = 4
"""Shorter ends of unknown words are not looked up."""


def with_base_forms(stemmer: Stemmer) -> Stemmer:
    """Return a stemmer of folded words that looks them up first and asks ``stemmer`` about the others."""
    base_form = load_lexicon().base_form

    def stem(word: str) -> str:
        base = base_form(word)
        if base is not None:
            return base
        for start in range(1, len(word) - MIN_END_CHARS + 1):
            end = word[start:]
            base = base_form(end)
            # Regular endings are the stemmer's; looking them up too would make it matter whether a word is known.
            if base is not None and stemmer(base) != stemmer(end):
                return stemmer(word[:start] + base)
        return stemmer(word)

    return stem


def part_base_form(part: str, stem: Stemmer) -> str:
    """Return the stem of a part of a compound, linking letters or a dropped e included: "integrations", "schul"."""
    base_form = load_lexicon().base_form
    for form in (part, part.removesuffix("s"), part.removesuffix("es"), part + "e"):
        if (base := base_form(form)) is not None:
            return base
    return stem(part)
