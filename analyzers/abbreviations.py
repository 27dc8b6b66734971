"""Words that are mostly written short, in full: one for "Kaiserstr." and "Kaiserstraße", "Nr. 5" and "Nummer 5".

Index and queries alike; the folded word, by which ``exact`` searching finds it, stays as it is written.

Limits: abbreviations that stand for several words (z. B.) or for different ones (Art., St.) stay what they are, and so
do words in capitals (ABS).
"""

from __future__ import annotations

_WORDS = {
    "abs": "Absatz",
    "bzgl": "bezüglich",
    "ca": "circa",
    "hbf": "Hauptbahnhof",
    "inkl": "inklusive",
    "mio": "Million",
    "mrd": "Milliarde",
    "nr": "Nummer",
    "str": "Straße",
    "tsd": "Tausend",
    "ziff": "Ziffer",
    "zzgl": "zuzüglich",
}

_ENDINGS = (("str", "straße", 5), ("pl", "platz", 6))
"""What ends words of at least so many letters, and what it stands for."""

_LAST_LETTERS = frozenset(short[-1] for short in (*_WORDS, *(short for short, *_ in _ENDINGS)))


def in_full(surface: str) -> str:
    """Return a word as written without abbreviation.

    >>> in_full("Kaiserstr"), in_full("Marktpl"), in_full("Nr"), in_full("ABS"), in_full("Radweg")
    ('Kaiserstraße', 'Marktplatz', 'Nummer', 'ABS', 'Radweg')
    """
    if surface[-1:] not in _LAST_LETTERS or surface.isupper():
        return surface
    if len(surface) <= 4 and (word := _WORDS.get(surface.lower())) is not None:
        return word
    for short, full, least in _ENDINGS:
        if len(surface) >= least and surface.endswith(short) and surface.isalpha():
            return surface.removesuffix(short) + full
    return surface
