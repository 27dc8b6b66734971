"""What else a word is found by: parts of compounds, words that lost the blank or hyphen between them, marks put right.

====================================  ===============================================================================
Klimaschutzkonzept                    klima, schutz, konzept, klimaschutz
ErftKreis, SehrGeehrteDamen           erft, kreis: a capital letter after a small one begins a word
Fördererlass1                         fördererlass and its parts: a footnote's digit stuck to the word
BürgerInnenbeteiligung                bürgerbeteiligung and its parts
Integrationsund                       integration: a hyphen was lost at a line end
====================================  ===============================================================================

Index side only. Limits: names of products with capitals inside (WhatsApp) are taken apart too; words glued together in
small letters are not, except before "und" and "oder".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.compounds import is_first_part, parts_and_spans
from analyzers.folding import fold_word

MIN_PIECE_CHARS = 3
MAX_FOOTNOTE_DIGITS = 2
GENDER_ENDINGS = ("In", "Innen")

_CAPITAL_INSIDE = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ][a-zäöüß])")
GENDERED_INSIDE = re.compile(r"\b([^\W\d_]{2,}(?:er|ent|ant|ist|or))Innen([a-zäöüß]{3,})")
"""A word for women and men at the beginning of a compound, and the rest of it."""
_FOOTNOTE = re.compile(rf"([^\W\d_]{{4,}})[1-9]\d{{0,{MAX_FOOTNOTE_DIGITS - 1}}}")
_GLUED_CONJUNCTION = re.compile(r"(\w{5,}s)(?:und|oder)")


def parts_of(surface: str) -> tuple[str, ...]:
    """Return the folded parts that a surface form is found by besides itself; none for most words."""
    if surface.isdigit():
        return ()
    if gendered := GENDERED_INSIDE.fullmatch(surface):
        return (fold_word(gendered[1] + gendered[2]), *parts_of(gendered[1] + gendered[2]))
    parts = tuple(_parts(surface))
    return tuple(dict.fromkeys(parts)) if parts else parts


def _parts(surface: str) -> Iterator[str]:
    if surface[-1:].isdecimal() and (footnote := _FOOTNOTE.fullmatch(surface)):
        yield fold_word(footnote[1])
        yield from _parts(footnote[1])
        return
    if not surface[1:].islower() and len(pieces := _CAPITAL_INSIDE.split(surface)) > 1:
        for piece in pieces:
            if len(piece) >= MIN_PIECE_CHARS and piece not in GENDER_ENDINGS:
                yield fold_word(piece)
                yield from parts_and_spans(piece)
        return
    word = fold_word(surface)
    if word.endswith(("und", "oder")) and (glued := _GLUED_CONJUNCTION.fullmatch(word)) and is_first_part(glued[1]):
        yield glued[1]
        return
    yield from parts_and_spans(surface)
