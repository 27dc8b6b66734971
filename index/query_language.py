"""The query language: what a person types, as a tree.

    words             all of them          "a phrase"        in this order, together
    "a phrase"~3      up to 3 words apart
    a OR b (ODER)     either               -word, NOT (NICHT)  without
    ( )               grouping             word*  wo*t       beginnings, gaps
    word~             with typing errors   field:value       only there

Parsing never fails. What cannot be understood is searched as words, and a warning says so. A tree is normal when no
``All`` or ``Any`` holds another of its kind or fewer than two parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from analyzers import QUOTES
from index.engine import SearchWarning

MAX_WORDS = 64
"""Words and phrases of a query that are looked at; the rest is left out with a warning."""

MAX_DEPTH = 20
"""Levels of parentheses; deeper ones are read as blanks."""

FIELD_NAMES = ("titel", "kommune", "datum", "typ", "nr")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed; ``start`` and ``end`` are its place in the query. At most one of the flags is set."""

    text: str
    start: int
    end: int
    is_pattern: bool = False
    is_fuzzy: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must stand together in this order; with ``slop`` n, each at most n words after the one before."""

    text: str
    slop: int = 1


@dataclass(frozen=True, slots=True)
class Fielded:
    """A part that is looked for in one field only."""

    name: str
    part: Word | Phrase | All | Any


@dataclass(frozen=True, slots=True)
class Without:
    """Documents that do not match the part."""

    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """All parts are wanted."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One part is enough."""

    parts: tuple[Node, ...]


Node = Word | Phrase | Fielded | Without | All | Any

EMPTY = All(())


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query's tree (``EMPTY``: nothing to look for) and what could not be understood in it."""

    root: Node
    warnings: tuple[SearchWarning, ...]


@dataclass(frozen=True, slots=True)
class _Token:
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
    |(?P<field>(?P<name>[^\W\d_]+):(?=[^\s:/])|(?P<spaced>{_FIELDS}):\s+(?=[^\s:/]))
    |(?P<minus>(?<![^\s(])[-−](?=[^\s\-−–)]))
    |(?P<word>[^\s(){QUOTES}]+)
    """,
    re.VERBOSE,
)
_KINDS = ("space", "phrase", "quote", "open", "close", "field", "minus", "word")
_OPERATORS = {"OR": "or", "ODER": "or", "AND": "and", "UND": "and", "NOT": "not", "NICHT": "not"}


def parse(text: str) -> ParsedQuery:
    """Read a query. Total: any string gives a tree."""
    parser = _Parser(text)
    root = parser.parse()
    return ParsedQuery(root, tuple(dict.fromkeys(parser.warnings)))


def _tokens(text: str) -> list[_Token]:
    tokens = []
    position = 0
    while match := _TOKEN.match(text, position):
        kind = next(name for name in _KINDS if match[name] is not None)
        position = match.end()
        if kind == "space":
            continue
        name = match["name"] or match["spaced"]
        if kind == "field" and name.lower() not in FIELD_NAMES:
            # "Betreff:Radweg" is one word to the person who typed it.
            rest = re.compile(rf"[^\s(){QUOTES}]*").match(text, match.end())
            position = rest.end() if rest else match.end()
            tokens.append(_Token("unknown_field", text[match.start() : position], match.start(), position))
            continue
        content = match["inside"] if kind == "phrase" else name if kind == "field" else match.group()
        if kind == "word" and content in _OPERATORS:
            kind = _OPERATORS[content]
        slop = max(1, int(match["slop"] or 1))
        tokens.append(_Token(kind, content, match.start(), match.end(), slop))
    return tokens


@dataclass
class _Parser:
    """Recursive descent: any := all (OR all)*; all := part+; part := [-] [field:] (word | phrase | "(" any ")")."""

    source: str
    tokens: list[_Token] = field(default_factory=list)
    warnings: list[SearchWarning] = field(default_factory=list)
    at: int = 0
    depth: int = 0
    words: int = 0

    def parse(self) -> Node:
        self.tokens = _tokens(self.source)
        if len(self.tokens) == 1 and self.tokens[0].kind in _OPERATORS.values():
            self.tokens = [replace(self.tokens[0], kind="word")]  # an abbreviation: OR, the Ortschaftsrat
        parts = []
        while self.at < len(self.tokens):
            parts.append(self._any())
            if self.at < len(self.tokens):  # a parenthesis that closes nothing
                self._warn("unbalanced_parenthesis", "a parenthesis has no partner and was ignored", ")")
                self.at += 1
        return _all(parts)

    def _any(self) -> Node:
        alternatives = [self._all()]
        while self._peek() == "or":
            self.at += 1
            alternatives.append(self._all())
        if any(alternative == EMPTY for alternative in alternatives) and len(alternatives) > 1:
            self._warn("dangling_operator", "OR needs something on both sides", "OR")
        return _any([alternative for alternative in alternatives if alternative != EMPTY])

    def _all(self) -> Node:
        parts: list[Node] = []
        while (kind := self._peek()) not in (None, "or", "close"):
            if kind == "and":
                self.at += 1
                continue
            parts.append(self._part())
        return _all(parts)

    def _part(self) -> Node:
        token = self.tokens[self.at]
        self.at += 1
        if token.kind in ("minus", "not"):
            return self._without(token)
        if token.kind == "field":
            return self._fielded(token)
        if token.kind == "open":
            return self._group()
        if token.kind == "phrase":
            return self._phrase(token)
        if token.kind == "quote":
            self._warn("unbalanced_quote", "a quotation mark has no partner and was ignored", token.text)
            return EMPTY
        if token.kind == "unknown_field":
            self._warn(
                "unknown_field",
                f"there is no such field; known are {', '.join(FIELD_NAMES)}; searched as words",
                token.text,
            )
        return self._word(token)

    def _without(self, token: _Token) -> Node:
        negated = True
        while self._peek() in ("minus", "not"):
            self.at += 1
            negated = not negated
        if self._peek() in (None, "or", "and", "close"):
            self._warn("dangling_operator", "nothing follows the minus sign or NOT", token.text)
            return EMPTY
        part = self._part()
        return Without(part) if negated and part != EMPTY else part

    def _fielded(self, token: _Token) -> Node:
        if self._peek() not in ("word", "phrase", "open", "unknown_field"):
            self._warn("dangling_operator", "nothing follows the field's colon", token.text + ":")
            return self._word(replace(token, end=token.start + len(token.text)))
        part = self._part()
        if isinstance(part, (Without, Fielded)):
            return part
        return Fielded(token.text.lower(), part) if part != EMPTY else EMPTY

    def _group(self) -> Node:
        if self.depth >= MAX_DEPTH:
            self._warn("too_deep", f"more than {MAX_DEPTH} levels of parentheses; the inner ones were ignored", "(")
            return EMPTY
        self.depth += 1
        inside = self._any()
        self.depth -= 1
        if self._peek() == "close":
            self.at += 1
        else:
            self._warn("unbalanced_parenthesis", "a parenthesis has no partner and was ignored", "(")
        return inside

    def _phrase(self, token: _Token) -> Node:
        if not token.text.strip() or not self._count(token):
            return EMPTY
        return Phrase(token.text, token.slop)

    def _word(self, token: _Token) -> Node:
        if not any(char.isalnum() for char in token.text) or not self._count(token):
            return EMPTY
        text = token.text
        if text.endswith("~") and sum(map(str.isalnum, text)) >= 3:
            return Word(text.rstrip("~"), token.start, token.end, is_fuzzy=True)
        if "*" in text:
            bare = text.strip("*").replace("*", "")
            if text[0] != "*" and bare.isalnum():
                return Word(text, token.start, token.end, is_pattern=True)
            self._warn(
                "unsupported_wildcard",
                "a word with * must begin with a letter or digit and hold no other signs; searched without *",
                text,
            )
            text = text.replace("*", " ")
        return Word(text, token.start, token.end)

    def _count(self, token: _Token) -> bool:
        self.words += 1
        if self.words <= MAX_WORDS:
            return True
        if self.words == MAX_WORDS + 1:
            self._warn("too_many_words", f"only the first {MAX_WORDS} words were searched", token.text)
        return False

    def _peek(self) -> str | None:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else None

    def _warn(self, code: str, message: str, detail: str) -> None:
        self.warnings.append(SearchWarning(code, message, detail[:100]))


def _all(parts: list[Node]) -> Node:
    return _flat(All, parts)


def _any(parts: list[Node]) -> Node:
    return _flat(Any, parts) if parts else EMPTY


def _flat(kind: Callable[[tuple[Node, ...]], All | Any], parts: list[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        if part == EMPTY:
            continue
        if isinstance(part, (All, Any)) and type(part) is kind:
            flat.extend(part.parts)
        else:
            flat.append(part)
    return flat[0] if len(flat) == 1 else kind(tuple(flat))
