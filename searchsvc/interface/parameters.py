"""Query parameters -> ``SearchRequest``, strictly: what is unknown or invalid becomes a problem with a name and a code.

The API raises the first problem; the pages search without the parameter and show the problem in German.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from index.contract import (
    MAX_PAGED_HITS,
    MAX_PER_PAGE,
    MAX_QUERY_CHARS,
    MAX_SNIPPET_WORDS,
    MAX_SNIPPETS,
    MIN_SNIPPET_WORDS,
    MISSING,
    Collapse,
    DateInterval,
    FacetName,
    SearchRequest,
    Sort,
    TextQuality,
)
from searchsvc.documents.text import clean_line
from searchsvc.errors import ServiceError

MAX_FACET_SIZE = 1_000
MAX_SUGGESTIONS = 20
MAX_CHANGES = 1_000
MAX_CHANGE_NUMBER = 10**15
NOT_COLLAPSED = "none"
"""What ``collapse`` says where each document is to be a hit, which is what the API does unasked."""

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

Arguments: TypeAlias = Mapping[str, Sequence[str]]
"""Query parameters as sent: every name with all its values in order."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a parameter. ``code`` is stable; ``hint`` has what would be right (names, limits)."""

    parameter: str
    code: str
    message: str
    value: str = ""
    hint: str = ""


class InvalidParameter(ServiceError):
    """A query parameter is unknown or invalid; ``field`` names it."""

    kind = "invalid_parameter"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message, field=problem.parameter)
        self.problem = problem


class _Invalid(Exception):
    def __init__(self, code: str, expected: str, hint: str = "") -> None:
        super().__init__(expected)
        self.code = code
        self.expected = expected
        self.hint = hint


def _text(value: str) -> str:
    if not value.strip():
        raise _Invalid("empty", "must not be empty")
    return value


def _line(value: str) -> str:
    """Read the value of a field of documents, in the form in which those have it."""
    return _text(clean_line(_text(value)))


def _query(value: str) -> str:
    if len(value) > MAX_QUERY_CHARS:
        raise _Invalid("too_long", f"must not be longer than {MAX_QUERY_CHARS} characters", str(MAX_QUERY_CHARS))
    return value


def _day(value: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _Invalid("invalid_date", "must be a date like 2013-11-30")


def flag(value: str) -> bool:
    """Read true or false."""
    if value not in ("true", "false"):
        raise _Invalid("invalid_choice", "must be true or false", "true, false")
    return value == "true"


def number(lowest: int, highest: int | None) -> Callable[[str], int]:
    """Return a converter of whole numbers in a range."""
    limits = f"{lowest} or more" if highest is None else f"from {lowest} to {highest}"
    hint = f"ab {lowest}" if highest is None else f"{lowest} bis {highest}"

    def convert(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,15}", value) or not lowest <= int(value) <= (highest or int(value)):
            raise _Invalid("invalid_number", f"must be a whole number, {limits}", hint)
        return int(value)

    return convert


def choice(kind: type[E]) -> Callable[[str], E]:
    """Return a converter of the values of an enumeration."""
    names = ", ".join(kind)

    def convert(value: str) -> E:
        try:
            return kind(value)
        except ValueError:
            raise _Invalid("invalid_choice", f"must be one of {names}", names) from None

    return convert


def _collapse(value: str) -> Collapse | None:
    if value == NOT_COLLAPSED:
        return None
    try:
        return Collapse(value)
    except ValueError:
        names = ", ".join((*Collapse, NOT_COLLAPSED))
        raise _Invalid("invalid_choice", f"must be one of {names}", names) from None


def _facets(value: str) -> tuple[FacetName, ...]:
    convert = choice(FacetName)
    return tuple(dict.fromkeys(convert(name) for name in value.split(","))) if value else ()


def _text_quality(value: str) -> str:
    return value if value == MISSING else choice(TextQuality)(value).value


SINGLE: dict[str, Callable[[str], Any]] = {
    "q": _query,
    "date_from": _day,
    "date_to": _day,
    "date_missing": flag,
    "sort": choice(Sort),
    "page": number(1, None),
    "per_page": number(1, MAX_PER_PAGE),
    "cursor": _text,
    "facets": _facets,
    "facet_size": number(1, MAX_FACET_SIZE),
    "facet_query": _text,
    "date_interval": choice(DateInterval),
    "highlight": flag,
    "snippets": number(1, MAX_SNIPPETS),
    "snippet_length": number(MIN_SNIPPET_WORDS, MAX_SNIPPET_WORDS),
    "exact": flag,
    "all_words": flag,
    "boost_recent": flag,
    "collapse": _collapse,
}
REPEATABLE: dict[str, Callable[[str], str]] = {
    "kommune": _line,
    "paper_type": _line,
    "organization": _line,
    "mime_type": _text,
    "text_quality": _text_quality,
}
SEARCH_PARAMETERS = (*SINGLE, *REPEATABLE)


def lenient_search_request(arguments: Arguments) -> tuple[SearchRequest, tuple[Problem, ...]]:
    """Return the search that the usable ``arguments`` ask for, and what is wrong with the others.

    Unknown names and the empty fields that HTML forms send count as not given.
    """
    return read_search(_given(arguments))


def _given(arguments: Arguments) -> dict[str, Sequence[str]]:
    known = {name: values for name, values in arguments.items() if name in SEARCH_PARAMETERS}
    given = {name: [value for value in values if value.strip()] for name, values in known.items()}
    return {name: values for name, values in given.items() if values}


def page_search_request(arguments: Arguments) -> tuple[SearchRequest, tuple[Problem, ...]]:
    """Return what ``lenient_search_request`` does, for a page: there the documents of a Vorgang are one hit unasked."""
    given = _given(arguments)
    request, problems = lenient_search_request(given)
    if "collapse" in given and all(problem.parameter != "collapse" for problem in problems):
        return request, problems
    return replace(request, collapse=Collapse.PAPER), problems


def read_search(arguments: Arguments) -> tuple[SearchRequest, tuple[Problem, ...]]:
    """Convert the known ``arguments``; the invalid ones are left at their defaults and reported."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, given in arguments.items():
        try:
            if name in REPEATABLE:
                values[name] = tuple(dict.fromkeys(_convert(name, REPEATABLE[name], value) for value in given))
            elif name in SINGLE:
                values[name] = single(name, SINGLE[name], given)
        except InvalidParameter as error:
            problems.append(error.problem)
    problems += _settle_conflicts(values)
    return SearchRequest(**values), tuple(problems)


def check_names(arguments: Arguments, allowed: Collection[str]) -> None:
    """Raise ``InvalidParameter`` for the first name that is not ``allowed``, with the closest one that is."""
    for name in arguments:
        if name not in allowed:
            close = difflib.get_close_matches(name.lower(), allowed, n=1)
            hint = close[0] if close else ""
            advice = f"did you mean {hint!r}?" if hint else f"known are: {', '.join(allowed) or 'none'}"
            raise InvalidParameter(Problem(name, "unknown", f"unknown parameter {name!r}; {advice}", hint=hint))


def waits_for_refresh(arguments: Arguments) -> bool:
    """Tell whether a write's caller sent ``refresh=wait``. Raises ``InvalidParameter`` on anything else."""
    check_names(arguments, ("refresh",))
    return "refresh" in arguments and single("refresh", _refresh, arguments["refresh"])


def suggestion_request(arguments: Arguments) -> tuple[str, int]:
    """Return what was typed and how many completions are wanted. Raises ``InvalidParameter``."""
    check_names(arguments, ("q", "limit"))
    if "q" not in arguments:
        raise InvalidParameter(Problem("q", "missing", "parameter 'q' is required"))
    limit = single("limit", number(1, MAX_SUGGESTIONS), arguments["limit"]) if "limit" in arguments else 8
    return single("q", _query, arguments["q"]), limit


def similar_request(arguments: Arguments) -> int:
    """Return how many similar documents are wanted. Raises ``InvalidParameter``."""
    check_names(arguments, ("limit",))
    return single("limit", number(1, MAX_SUGGESTIONS), arguments["limit"]) if "limit" in arguments else 5


@dataclass(frozen=True, slots=True)
class ChangesRequest:
    """Changes after number ``since`` of ``history`` (None: of the current one), at most ``limit``."""

    since: int = 0
    history: str | None = None
    limit: int = 100
    text: bool = False


def changes_request(arguments: Arguments) -> ChangesRequest:
    """Return which changes are wanted. Raises ``InvalidParameter``."""
    converters: dict[str, Callable[[str], Any]] = {
        "since": number(0, MAX_CHANGE_NUMBER),
        "history": _text,
        "limit": number(1, MAX_CHANGES),
        "text": flag,
    }
    check_names(arguments, converters)
    return ChangesRequest(**{name: single(name, converters[name], given) for name, given in arguments.items()})


def _refresh(value: str) -> bool:
    if value != "wait":
        raise _Invalid("invalid_choice", "must be 'wait' if given", "wait")
    return True


def single(name: str, convert: Callable[[str], T], given: Sequence[str]) -> T:
    """Convert the one value of a parameter. Raises ``InvalidParameter``."""
    if len(given) > 1:
        raise InvalidParameter(Problem(name, "repeated", f"parameter {name!r} may be given only once"))
    return _convert(name, convert, given[0])


def _convert(name: str, convert: Callable[[str], T], value: str) -> T:
    try:
        return convert(value)
    except _Invalid as error:
        shown = value[:80]
        message = f"parameter {name!r} {error.expected}, got {shown!r}"
        raise InvalidParameter(Problem(name, error.code, message, value=shown, hint=error.hint)) from error


def _settle_conflicts(values: dict[str, Any]) -> list[Problem]:
    """Drop from ``values`` what cannot go together and report it."""
    problems = []
    if "cursor" in values and "page" in values:
        del values["page"]
        problems.append(Problem("page", "conflict", "parameter 'page' cannot be combined with 'cursor'", hint="cursor"))
    date_from, date_to = values.get("date_from"), values.get("date_to")
    if date_from and date_to and date_to < date_from:
        del values["date_to"]
        message = f"parameter 'date_to' must not be before 'date_from' ({date_from})"
        problems.append(Problem("date_to", "before_start", message, value=str(date_to)))
    page, per_page = values.get("page", 1), values.get("per_page", SearchRequest().per_page)
    if page * per_page > MAX_PAGED_HITS:
        del values["page"]
        message = f"parameter 'page' reaches only the first {MAX_PAGED_HITS} hits; continue with 'cursor'"
        problems.append(Problem("page", "too_deep", message, value=str(page), hint=str(MAX_PAGED_HITS)))
    return problems
