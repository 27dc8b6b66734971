"""What text recognition takes for something else. Only for recognised text: where letters were typed, a dash is one.

Hyphens at the ends of lines are read as dashes, and those of old print (Fraktur) are two strokes, like an equals sign.
"""

from __future__ import annotations

import re

from analyzers import is_known

_DASH_AT_LINE_END = re.compile(r"[–—―=](?<=[^\W\d_]{2}.)[ \t]*(\n[ \t]*)([a-zäöüß]{1,60})")
_LETTERS_AT_END = re.compile(r"[^\W\d_]*\Z")
_MAX_WORD_CHARS = 60


def with_hyphens(text: str) -> str:
    """Return recognised text with hyphens where a word was broken at the end of a line.

    A dash stays between two words that are none together ("die Stadt–⏎so der Rat"), and beside figures ("2019–⏎2021").
    """
    return _DASH_AT_LINE_END.sub(_hyphenated, text)


def _hyphenated(match: re.Match[str]) -> str:
    line_end, second = match.groups()
    first = _LETTERS_AT_END.search(match.string, max(0, match.start() - _MAX_WORD_CHARS), match.start())
    are_two_words = is_known(second) and not is_known((first[0] if first else "") + second)
    return match[0] if are_two_words else f"-{line_end}{second}"
