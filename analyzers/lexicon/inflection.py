"""Which forms a German noun could have; which of them exist is for a word list to say."""

from __future__ import annotations

import re

_ENDINGS = ("e", "en", "n", "er", "ern", "s", "es", "ens", "ns", "nen", "se", "sen", "ses", "in", "innen")
_FOREIGN_ENDINGS = (
    ("um", ("en", "a")),
    ("us", ("en", "i")),
    ("a", ("en",)),
    ("on", ("en", "a")),
    ("is", ("en",)),
    ("o", ("en", "i")),
)
_LAST_VOWEL = re.compile(r"(.*?)(au|[aou])([^aeiou]+(?:el|er|en)?)")
_UMLAUT = {"au": "aeu", "a": "ae", "o": "oe", "u": "ue"}


def inflected(lemma: str) -> set[str]:
    """Return what could be forms of a folded noun, itself not included."""
    forms = {lemma + ending for ending in _ENDINGS}
    if with_umlaut := _with_umlaut(lemma):
        forms |= {with_umlaut + ending for ending in ("", "e", "en", "er", "ern", "n")}
    for ending, plurals in _FOREIGN_ENDINGS:
        if lemma.endswith(ending):
            forms |= {lemma.removesuffix(ending) + plural for plural in plurals}
    return forms


def has_umlaut(lemma: str, form: str) -> bool:
    """Tell whether a form of a folded noun differs from it by an umlaut (Häuser), and by an ending if any."""
    with_umlaut = _with_umlaut(lemma)
    return with_umlaut is not None and form.startswith(with_umlaut)


def _with_umlaut(lemma: str) -> str | None:
    match = _LAST_VOWEL.fullmatch(lemma)
    return match and match[1] + _UMLAUT[match[2]] + match[3]
