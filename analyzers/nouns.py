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

from analyzers.lexicon import MIN_ENDING_CHARS, load_lexicon
from analyzers.stemming import Stemmer

CACHED_ENDINGS = 100_000

PERSONS = ("er", "ent", "ant", "and", "ist", "or", "at", "eur", "ar", "aer", "wart")
"""How nouns end that "-in" makes a woman's: Dezernent, Kommanditist, Komplementär."""


def with_base_forms(stemmer: Stemmer) -> Stemmer:
    """Return a stemmer of folded words that looks them up first and asks ``stemmer`` about the others."""
    inflected_endings = load_lexicon().inflected_endings

    @lru_cache(CACHED_ENDINGS)
    def base_of(ending: str) -> tuple[str | None, bool]:
        """Return the base form of an ending, and whether the stemmer does not know that they belong together."""
        base = base_form(ending)
        return base, base is not None and stemmer(base) != stemmer(ending)

    def stem(word: str) -> str:
        if word.isdigit():
            return stemmer(word)
        base = known_base_form(word)
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


def known_base_form(word: str) -> str | None:
    """Return the base form of a folded noun that the lexicon knows, or of the man whose title a woman's is; or None."""
    base = base_form(word)
    if base is None and word.endswith("s"):
        base = base_form(word[:-1])
    return _masculine_of(word) if base is None else base


def base_word(word: str) -> str:
    """Return the base form of a folded word by itself or by how it ends; the word where neither is known.

    >>> base_word("bebauungsplans"), base_word("tiefgaragenausfahrten"), base_word("schnell")
    ('bebauungsplan', 'tiefgaragenausfahrt', 'schnell')
    """
    if (base := known_base_form(word)) is not None:
        # What "Schubkarrens" is made of is itself a form of "Schubkarre"; and no word is its own ancestor.
        return base if base == word or len(base) > len(word) else base_word(base)
    # The longest ending that is a noun: "karten" and "karte", before "arte", which could be a form of "Art"; genitives
    # that the lexicon leaves out included ("rats").
    lookup = load_lexicon().base_form
    genitives = [word.removesuffix(ending) for ending in ("s", "es") if word.endswith(ending)]
    for start in range(1, len(word) - MIN_ENDING_CHARS + 1):
        base = lookup(word[start:])
        for genitive in genitives:
            if base is None and len(genitive) - start >= MIN_ENDING_CHARS - 1:
                base = lookup(genitive[start:])
        if base is not None:
            whole = word[:start] + base
            return whole if whole == word or len(whole) > len(word) else base_word(whole)
    return word


def base_form(word: str) -> str | None:
    """Return the base form of a folded noun that the lexicon knows, or None."""
    return load_lexicon().base_form(word)


def _masculine_of(word: str) -> str | None:
    masculine = word.removesuffix("innen").removesuffix("in")
    return masculine if masculine.endswith(PERSONS, 2) and base_form(masculine) == masculine else None


def part_base_form(part: str, stem: Stemmer) -> str:
    """Return the stem of a part of a compound, linking letters or a dropped e included: "integrations", "schul"."""
    for form in (part, part.removesuffix("s"), part.removesuffix("es"), part + "e"):
        if (base := base_form(form)) is not None:
            return base
    return stem(part)
