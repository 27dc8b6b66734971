"""Whether something is a German word: what clean-up needs to know before it puts anything together.

A word is known when it is in use (any word of the lexicon's corpus), is a form of a noun, or can be taken apart like a
compound. Limits: names are unknown, and so are rare verbs and adjectives.
"""

from __future__ import annotations

from functools import lru_cache

from analyzers.compounds import split
from analyzers.folding import fold_word
from analyzers.lexicon import load_lexicon
from analyzers.nouns import base_form
from analyzers.stop_words import GERMAN_STOP_WORDS

CACHED_WORDS = 100_000
MIN_WORD_CHARS = 2
MAX_WORD_CHARS = 60
MIN_NOUN_CHARS = 4
"""Of shorter nouns a lexicon has many that nobody writes (Erg)."""


def is_common(word: str) -> bool:
    """Tell whether a word, however written, is known by itself.

    >>> is_common("für"), is_common("Geschäftsordnung"), is_common("Gesch"), is_common("Erg")
    (True, True, False, False)
    """
    return MIN_WORD_CHARS <= len(word) <= MAX_WORD_CHARS and _is_common(word)


def is_known(word: str) -> bool:
    """Tell whether a word as written is known by itself or, if it may be a noun, as a compound.

    >>> is_known("Straßenreinigungsgebührensatzung"), is_known("Straßenreinigungsgebü")
    (True, False)
    """
    return MIN_WORD_CHARS <= len(word) <= MAX_WORD_CHARS and (_is_common(word) or _is_compound(word))


@lru_cache(CACHED_WORDS)
def _is_common(word: str) -> bool:
    folded = fold_word(word)
    if folded in load_lexicon().common or folded in GERMAN_STOP_WORDS:
        return True
    return len(folded) >= MIN_NOUN_CHARS and base_form(folded) is not None


@lru_cache(CACHED_WORDS)
def _is_compound(word: str) -> bool:
    return word[0].isupper() and len(split(word.capitalize() if word.isupper() else word)) > 1
