"""Verbs for nouns and nouns for verbs: "kostet" for "Kosten", "Genehmigung" for "genehmigt".

Query side only, at a lower weight: stemming keeps words of different kinds apart, because joining them would join too
much (Satzung and Satz). What does not occur in the index is simply not found.

Limits: only regular verbs, and nouns that are the verb's stem alone or with -e, -en, -ung.
"""

from __future__ import annotations

import re

from analyzers.lexicon import load_lexicon
from analyzers.stemming import Stemmer

_NOUN_ENDINGS = ("ung", "en", "e", "")
_SUFFIX = "ung"
MIN_STEM_CHARS = 4
# Of regular verbs, with any ending: genehmigt, gefördert, sanierte, gestaltetes. Both with and without "ge".
_PARTICIPLE = re.compile(rf"((?:ge)?(.{{{MIN_STEM_CHARS},}}?))e?t(?:e[mnrs]?)?")
_PREFIX = "(ab|an|auf|aus|bei|dar|ein|fest|frei|her|hin|mit|nach|um|vor|weg|zu|zurueck|zusammen)"
_SEPARABLE = re.compile(rf"{_PREFIX}(.{{3,}})")
_PARTICIPLE_OF_SEPARABLE = re.compile(rf"{_PREFIX}ge(.{{3,}}?)e?t(?:e[mnrs]?)?")


def derived_stems(word: str, stem: Stemmer) -> list[str]:
    """Return the stems of verbs made of a folded noun, or of nouns made of a verb; none for other words."""
    base_form = load_lexicon().base_form
    base = base_form(word)
    if base is None:
        return _nouns_of(word, stem(word))
    root = base.removesuffix(_SUFFIX)
    if root == base or len(root) < MIN_STEM_CHARS:
        return []
    participles = [f"{root}t", f"ge{root}t"]
    if separable := _SEPARABLE.fullmatch(root):
        participles.append("{}ge{}t".format(*separable.groups()))  # angemeldet
    verbs = [stem(verb) for verb in (*participles, f"{root}en")]
    # The stem of "sitzen" is the noun "Sitz", which is not what "Sitzung" means.
    return list(dict.fromkeys(verb for verb in verbs if base_form(verb) is None))


def _nouns_of(verb: str, root: str) -> list[str]:
    base_form = load_lexicon().base_form
    nouns = [root + ending for ending in _NOUN_ENDINGS] if len(root) >= MIN_STEM_CHARS else []
    if participle := _PARTICIPLE.fullmatch(verb):
        nouns += [participle[1] + _SUFFIX, participle[2] + _SUFFIX]
    if participle := _PARTICIPLE_OF_SEPARABLE.fullmatch(verb):
        nouns.append("".join(participle.groups()) + _SUFFIX)
    found = map(base_form, nouns)
    return list(dict.fromkeys(noun for noun in found if noun and noun != root))
