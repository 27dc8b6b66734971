"""Spelling variants of one word made equal: case, ß, umlauts written as ae/oe/ue, accents.

Two folds, because two things are wanted. ``fold_word`` keeps words apart that differ (Forderung, Förderung) and writes
umlauts as ae/oe/ue, which needs no list of exceptions: "neue" and "aktuell" stay as they are, and nobody writes "neü".
``restore_umlauts`` goes the other way for stemmers that know their language's umlauts but not its typewriter spelling.

Limits: "Bruhl" (umlaut dropped) equals "Brühl" only after stemming; "Müller" and "Mueller" are one word, which for
two families of these names is one too few.
"""

from __future__ import annotations

import re
import unicodedata

# The letters after ß are no accented ones to Unicode and would be lost.
_EXPANDED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"}
)
_GERMAN = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"))
_PLAIN = str.maketrans({"ä": "a", "ö": "o", "ü": "u"})
_UMLAUTS = frozenset("äöü")
# "ue" after a vowel or q is two sounds (neue, Bauer, Quelle), except in the few words that no rule catches (Duell).
_TYPEWRITER_UMLAUT = re.compile(r"ae|oe|(?<![aeiouqäöü])ue")
# Raised figures after a word are a footnote's; after a unit (m²) they belong to it.
_FOOTNOTE = re.compile(r"(?<=[^\W\d_]{4})[\u00b9\u00b2\u00b3\u2070-\u2079]+\Z")
_AS_UMLAUT = {"ae": "ä", "oe": "ö", "ue": "ü"}


def fold_accents(word: str) -> str:
    """Return ``word`` without accents (Café: Cafe) but with its umlauts."""
    if word.isascii():
        return word
    kept = (char if char in _UMLAUTS else unicodedata.normalize("NFKD", char) for char in word)
    return "".join(char for part in kept for char in part if not unicodedata.combining(char))


def fold_word(word: str) -> str:
    """Return the spelling that all variants of one word share: lower case, ae/oe/ue/ss, no accents. Idempotent."""
    if word.isascii():
        return word.lower()
    folded = word.lower()
    for letter, plain in _GERMAN:
        folded = folded.replace(letter, plain)
    if folded.isascii():
        return folded  # as nearly all German words are by now
    folded = _FOOTNOTE.sub("", unicodedata.normalize("NFC", word)).lower().translate(_EXPANDED)
    # Taking accents off may leave upper case behind (some mathematical letters), hence both once more.
    return fold_accents(folded).lower().translate(_EXPANDED)


def restore_umlauts(word: str) -> str:
    """Return a folded ``word`` with ae/oe/ue as umlauts where German spelling means one ("bruehl": "brühl")."""
    if "ae" in word or "oe" in word or "ue" in word:
        return _TYPEWRITER_UMLAUT.sub(lambda match: _AS_UMLAUT[match.group()], word)
    return word


def drop_umlauts(word: str) -> str:
    """Return ``word`` with ä/ö/ü as a/o/u, the last step of German stemming (Räte: Rat)."""
    return word if word.isascii() else word.translate(_PLAIN)


def slug(name: str) -> str:
    """Return an ASCII identifier for a name: "Freiburg im Breisgau" gives "freiburg-im-breisgau". May be empty."""
    return "-".join(re.findall(r"[a-z0-9]+", fold_word(name)))
