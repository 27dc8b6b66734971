"""Verbs that a question tears apart: "Warum fallen so viele Bahnen aus?" asks for what "ausfallen" means.

In a German main clause the particle of a separable verb stands at the end. Query side only: which word of the
question is the verb is not known, so what it could be is returned, and those who ask look which of it occurs.

Limits: one particle, as the last word; of irregular forms only a changed vowel (fällt, gibt), not those with other
consonants or another vowel in the past (nimmt an, fand statt).
"""

from __future__ import annotations

import re

from analyzers.folding import fold_word

_PARTICLE_WORDS = "ab an auf aus bei ein fest frei her hin los mit nach statt um vor weg zu zurueck zusammen"
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_ENDINGS = tuple(re.compile(rf"(.{{3,}}){ending}") for ending in ("en", "est", "et", "st", "ten", "te", "t", "e"))
"""Of infinitives and of regular forms."""
_VOWELS = (("ae", "a"), ("aeu", "au"), ("oe", "o"), ("i", "e"))
"""The vowel of a form (folded) and of its infinitive: fällt, läuft, stößt, gibt."""


def is_particle(word: str) -> bool:
    """Tell whether a word can be the torn-off part of a verb."""
    return fold_word(word) in _PARTICLES


def joined_verbs(word: str, particle: str) -> list[str]:
    """Return what a form of a verb and its particle may be as one word, as folded infinitives: ["ausfallen"]."""
    folded, particle = fold_word(word), fold_word(particle)
    roots = [match[1] for ending in _ENDINGS if (match := ending.fullmatch(folded))]
    roots += [root.replace(vowel, other, 1) for root in roots for vowel, other in _VOWELS if vowel in root]
    return list(dict.fromkeys(f"{particle}{root}en" for root in roots))
