"""The signs and words of a typed query, one after the other: what ``query_language`` makes a tree of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyzers import QUOTES

FIELD_NAMES = ("titel", "kommune", "datum", "typ", "nr")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query; ``text`` is what it says, ``source[start:end]`` what was typed."""

    kind: str
    text: str
    start: int
    end: int
    slop: int = 1


_FIELDS = "|".join(f"(?i:{name})" for name in FIELD_NAMES)
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<phrase>[{QUOTES}](?P<inside>[^{QUOTES}]*)[{QUOTES}](?:~(?P<slop>\d{{1,2}})(?![^\s)]))?)
    |(?P<quote>[{QUOTES}])
    |(?P<open>\()
    |(?P<close>\))
    |(?P<field>(?P<name>[^\W\d_]+):(?=[^\s:/])|(?P<spaced>{_FIELDS}):\s+(?=[^\s:/])|(?P<last>{_FIELDS}):\s*\Z)
    |(?P<minus>(?<![^\s(])[-−](?=[^\s\-−–)]))
    |(?P<word>[^\s(){QUOTES}]+)
    """,
    re.VERBOSE,
)
_KINDS = ("space", "phrase", "quote", "open", "close", "field", "minus", "word")
OPERATORS = {"OR": "or", "ODER": "or", "AND": "and", "UND": "and", "NOT": "not", "NICHT": "not"}


def tokens_of(text: str) -> list[Token]:
    """Return the pieces of a query, without the blanks between them."""
    tokens = []
    position = 0
    while match := _TOKEN.match(text, position):
        kind = next(name for name in _KINDS if match[name] is not None)
        position = match.end()
        if kind == "space":
            continue
        name = match["name"] or match["spaced"] or match["last"]
        if kind == "field" and name.lower() not in FIELD_NAMES:
            # "Betreff:Radweg" is one word to the person who typed it.
            rest = re.compile(rf"[^\s(){QUOTES}]*").match(text, match.end())
            position = rest.end() if rest else match.end()
            tokens.append(Token("unknown_field", text[match.start() : position], match.start(), position))
            continue
        content = match["inside"] if kind == "phrase" else name if kind == "field" else match.group()
        if kind == "word" and content in OPERATORS:
            kind = OPERATORS[content]
        slop = max(1, int(match["slop"] or 1))
        tokens.append(Token(kind, content, match.start(), match.end(), slop))
    return tokens
