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

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from index.contract import SearchWarning
from index.query.tokens import FIELD_NAMES, OPERATORS, Token, tokens_of

MAX_WORDS = 64
"""Words and phrases of a query that are looked at; the rest is left out with a warning."""

MAX_DEPTH = 20
"""Levels of parentheses; deeper ones are read as blanks."""


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
    """A part that is looked for in one field only, but for what inside of it has a field of its own."""

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

_MINUS = ("-", "−")


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query's tree (``EMPTY``: nothing to look for) and what could not be understood in it."""

    root: Node
    warnings: tuple[SearchWarning, ...]
    wants_all: bool = False
    """Whether words are joined by AND: then none of them may be missing."""


def parse(text: str) -> ParsedQuery:
    """Read a query. Total: any string gives a tree."""
    parser = _Parser(text)
    root = parser.parse()
    return ParsedQuery(root, tuple(dict.fromkeys(parser.warnings)), parser.has_and)


def written(node: Node) -> str:
    """Return a part of a query as one would type it."""
    match node:
        case Word(text):
            return f"{text}~" if node.is_fuzzy else text.strip(",.;:!?") or text
        case Phrase(text):
            return f'"{text}"'
        case Fielded(name, part):
            return f"{name}:{written(part)}"
        case Without(part):
            return f"-{written(part)}"
        case All(parts):
            return f"({' '.join(map(written, parts))})"
        case Any(parts):
            return f"({' OR '.join(map(written, parts))})"


@dataclass
class _Parser:
    """Recursive descent: any := all (OR all)*; all := part+; part := [-] [field:] (word | phrase | "(" any ")")."""

    source: str
    tokens: list[Token] = field(default_factory=list)
    warnings: list[SearchWarning] = field(default_factory=list)
    at: int = 0
    depth: int = 0
    words: int = 0
    is_in_field: bool = False
    has_and: bool = False

    def parse(self) -> Node:
        self.tokens = tokens_of(self.source)
        if len(self.tokens) == 1 and self.tokens[0].kind in OPERATORS.values():
            self.tokens = [replace(self.tokens[0], kind="word")]  # an abbreviation: OR, the Ortschaftsrat
        parts = []
        while self.at < len(self.tokens):
            parts.append(self._any())
            if self.at < len(self.tokens):  # a parenthesis that closes nothing
                self._warn("unbalanced_parenthesis", "a parenthesis has no partner and was ignored", ")")
                self.at += 1
        root = _all(parts)
        if root == EMPTY and not self.warnings and self.source.strip():
            self._warn("no_words", "there are no words in it, so everything was found", self.source.strip())
        return root

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
                if all(part == EMPTY for part in parts) or self._peek() in (None, "and", "or", "close"):
                    self._warn("dangling_operator", "AND needs something on both sides", "AND")
                else:
                    self.has_and = True
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

    def _without(self, token: Token) -> Node:
        negated = True
        while self._peek() in ("minus", "not"):
            self.at += 1
            negated = not negated
        if self._peek() in (None, "or", "and", "close"):
            self._warn("dangling_operator", "nothing follows the minus sign or NOT", token.text)
            return EMPTY
        part = self._searched("dangling_operator", "nothing follows the minus sign or NOT", token.text)
        return Without(part) if negated and part != EMPTY else part

    def _fielded(self, token: Token) -> Node:
        label = token.text + ":"
        if self._peek() not in ("word", "phrase", "open", "unknown_field", "field"):
            self._warn("dangling_operator", "nothing follows the field's colon", label)
            return EMPTY
        if self.is_in_field:
            self._warn(
                "nested_field", "a field inside of another one; only the inner one counts for what follows", label
            )
        is_in_field, self.is_in_field = self.is_in_field, True
        part = self._searched("dangling_operator", "nothing follows the field's colon", label)
        self.is_in_field = is_in_field
        return _in_field(token.text.lower(), part)

    def _searched(self, code: str, message: str, detail: str) -> Node:
        """Read a part; where that leaves nothing to search and nothing said so, warn."""
        warned = len(self.warnings)
        part = self._part()
        if part == EMPTY and len(self.warnings) == warned:
            self._warn(code, message, detail)
        return part

    def _group(self) -> Node:
        if self.depth >= MAX_DEPTH:
            self._warn("too_deep", f"more than {MAX_DEPTH} levels of parentheses; the inner ones were ignored", "(")
            return EMPTY
        self.depth += 1
        warned = len(self.warnings)
        inside = self._any()
        self.depth -= 1
        if self._peek() == "close":
            self.at += 1
        else:
            self._warn("unbalanced_parenthesis", "a parenthesis has no partner and was ignored", "(")
        if inside == EMPTY and len(self.warnings) == warned:
            self._warn("nothing_inside", "there are no words inside, so it was ignored", "()")
        return inside

    def _phrase(self, token: Token) -> Node:
        if not any(char.isalnum() for char in token.text):
            self._warn(
                "nothing_inside", "there are no words inside, so it was ignored", self.source[token.start : token.end]
            )
            return EMPTY
        if not self._count(token):
            return EMPTY
        return Phrase(token.text, token.slop)

    def _word(self, token: Token) -> Node:
        if not any(char.isalnum() for char in token.text):
            self._warn_of_sign(token)
            return EMPTY
        if not self._count(token):
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

    def _warn_of_sign(self, token: Token) -> None:
        """Warn of a sign that means something in a query, but not where it stands; others are punctuation."""
        if "*" in token.text:
            self._warn(
                "unsupported_wildcard", "a star needs the beginning of a word before it; it was ignored", token.text
            )
        elif token.text in _MINUS and not self._is_between_parts():
            self._warn("dangling_operator", "the minus sign stands alone and was ignored", token.text)

    def _is_between_parts(self) -> bool:
        """Tell whether what was read last has something to search on both sides: "Rhein - Erft"."""
        before = self.tokens[self.at - 2].kind if self.at > 1 else None
        return before not in (None, "open", *OPERATORS.values()) and self._peek() not in (None, "close", "or", "and")

    def _count(self, token: Token) -> bool:
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


def _in_field(name: str, part: Node) -> Node:
    """Return a part as looked for in a field; a field or a minus sign around all of it stays outside."""
    if isinstance(part, Without):
        return Without(_in_field(name, part.part))
    return part if isinstance(part, Fielded) or part == EMPTY else Fielded(name, part)


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
