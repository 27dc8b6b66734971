"""Function words, which carry no meaning of their own in a question ("Was kostet die Sanierung der Halle").

Stop words are indexed like all others, so phrases stay exact and "OB" can be found; only a query that has other
words does without them. They are compared with the word as typed, folded, never with its stem, and a word written in
capitals ("IT", "OB", "DER") is taken for an abbreviation and kept.

Not in the list, though other lists have them: nouns of council language that look like function words ("Weg", "Rat",
"Stelle"), English words, and "kein"/"nicht"/"ohne", which turn the meaning round.
"""

from __future__ import annotations

from collections.abc import Iterable

from analyzers.folding import fold_word

_ARTICLES = "der die das den dem des ein eine einen einem einer eines"
_PRONOUNS = (
    "ich du er sie es wir ihr mich dich ihn uns euch mir dir ihm ihnen sich man mein meine dein deine sein seine seinen"
    " seiner seines ihre ihren ihrem ihrer ihres unser unsere dieser diese dieses diesem diesen jener jene jenes jenem"
    " jenen welche welcher welches welchem welchen"
)
_QUESTION = "was wer wen wem wessen wie wo wann warum wieso weshalb woher wohin wofür womit worüber wieviel wieviele"
_PREPOSITIONS = (
    "in im ins an am ans auf aufs aus bei beim bis durch für gegen mit nach seit über um unter vom von vor wegen zu"
    " zum zur zwischen während bezüglich"
)
_CONJUNCTIONS = "und oder aber denn sondern dass ob wenn als weil damit sowie bzw sowohl"
_VERBS = (
    "ist sind war waren wird werden wurde wurden worden hat haben hatte hatten habe kann können konnte soll sollen"
    " sollte muss müssen musste darf dürfen will wollen wollte sei seien gibt gab bin bist kommt kommen bekommt"
    " bekommen kriegt kriegen passiert macht machen geht"
)
_ADVERBS = (
    "auch da daher dann dort hier noch nur schon sehr so wieder bereits dazu dabei davon daran darauf eigentlich"
    " überhaupt endlich mal jetzt denn"
)
_DEGREES = "hoch viel viele lange lang oft weit groß alt schnell gut teuer spät früh häufig stark"
"""What is asked for with "wie": no word of the answer."""

GERMAN_STOP_WORDS = frozenset(
    fold_word(word)
    for group in (_ARTICLES, _PRONOUNS, _QUESTION, _PREPOSITIONS, _CONJUNCTIONS, _VERBS, _ADVERBS)
    for word in group.split()
)
"""The built-in list, folded."""

_DEGREE_WORDS = frozenset(fold_word(word) for word in _DEGREES.split())


def parse_stop_words(lines: Iterable[str]) -> frozenset[str]:
    """Read a list of stop words: words separated by white space, "#" starts a comment. Returns them folded."""
    return frozenset(fold_word(word) for line in lines for word in line.partition("#")[0].split())


def is_stop_word(surface: str, stop_words: frozenset[str]) -> bool:
    """Tell whether a query word, as typed, is a function word."""
    if len(surface) > 1 and surface.isupper():
        return False
    return fold_word(surface) in stop_words


def is_degree(surface: str, before: str) -> bool:
    """Tell whether a word behind another only says what is asked for: "hoch" in "Wie hoch ist die Hundesteuer"."""
    return fold_word(before) == "wie" and fold_word(surface) in _DEGREE_WORDS
