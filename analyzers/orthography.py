"""Words with two correct spellings, or with another one until the reforms of 1996 and 2006, made equal.

Photovoltaik, Fotovoltaik; Geographie, Geografie; Potential, Potenzial; selbständig, selbstständig: councils write both,
and old documents stay as they are. Each is changed into the newer spelling before it gets a stem, in the index and in
queries alike. The folded word, by which ``exact`` searching finds it, stays as it is written.

Limits: only what occurs inside of many words; Tip and Tipp, Stillegung and Stilllegung are two words. "Graph" itself is
not changed, because "Graf" is another word.
"""

from __future__ import annotations

# What a word must contain for a change to be possible: the changes, of folded letters.
_CHANGES = (
    (
        "ph",
        (
            ("photo", "foto"),
            ("graphi", "grafi"),
            ("agraph", "agraf"),  # Paragraph
            ("egraph", "egraf"),
            ("ograph", "ograf"),
            ("phon", "fon"),
            ("phantas", "fantas"),
            ("delphin", "delfin"),
        ),
    ),
    ("nti", (("ntial", "nzial"), ("ntiell", "nziell"))),
    ("stitia", (("justitia", "justizia"),)),
    ("bstst", (("selbststaend", "selbstaend"),)),
    ("fwaendig", (("aufwaendig", "aufwendig"),)),
    ("numerier", (("numerier", "nummerier"),)),
    ("placier", (("placier", "platzier"),)),
    ("plazier", (("plazier", "platzier"),)),
    ("club", (("club", "klub"),)),
)


def modern_spelling(word: str) -> str:
    """Return a folded word in the newest of its spellings.

    >>> modern_spelling("photovoltaikpotential")
    'fotovoltaikpotenzial'
    """
    for sign, changes in _CHANGES:
        if sign in word:
            for old, new in changes:
                word = word.replace(old, new)
    return word
