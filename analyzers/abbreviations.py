"""Words that are mostly written short, in full: one for "Kaiserstr." and "Kaiserstraße", "Nr. 5" and "Nummer 5".

Index and queries alike; the folded word, by which ``exact`` searching finds it, stays as it is written.

Limits: abbreviations that stand for several words (z. B.) or for different ones (Art., St.) stay what they are, and so
do short words in capitals (ABS).
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
    "pl": "Platz",
    "str": "Straße",
    "tsd": "Tausend",
    "ziff": "Ziffer",
    "zzgl": "zuzüglich",
}

_ENDINGS = (("str", "straße", 5), ("pl", "platz", 6), ("nr", "nummer", 5))
"""What ends words of at least so many letters, and what it stands for."""
_LEAST_IN_CAPITALS = 7
"""Letters of a word in capitals that may end so: KAISERSTR, but no abbreviation of a few."""

_LAST_LETTERS = frozenset(
    letter for short in (*_WORDS, *(short for short, *_ in _ENDINGS)) for letter in (short[-1], short[-1].upper())
)


def in_full(surface: str) -> str:
    """Return a word as written without abbreviation.

    >>> in_full("Kaiserstr"), in_full("Marktpl"), in_full("Nr"), in_full("ABS"), in_full("Radweg")
    ('Kaiserstraße', 'Marktplatz', 'Nummer', 'ABS', 'Radweg')
    """
    if surface[-1:] not in _LAST_LETTERS or (surface.isupper() and len(surface) < _LEAST_IN_CAPITALS):
        return surface
    lowered = surface.lower()
    if len(surface) <= 4 and (word := _WORDS.get(lowered)) is not None:
        return word
    for short, full, least in _ENDINGS:
        if len(surface) >= least and lowered.endswith(short) and surface.isalpha():
            return surface[: -len(short)] + full
    return surface
