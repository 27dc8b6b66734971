"""The body of a multi-search -> the parameters of each search, written as they would be in an address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from searchsvc.interface.parameters import Arguments, InvalidParameter, Problem

MAX_SEARCHES = 20
_LISTS = ("facets", "fields")
"""Parameters that are comma lists in an address and may be lists in JSON."""


def searches(body: Mapping[str, Any]) -> list[Arguments]:
    """Return the parameters of each search. Raises ``InvalidParameter`` when the body as a whole is wrong."""
    for name in body:
        if name != "searches":
            raise _invalid(name, f"unknown field {name!r}; known is: searches")
    given = body.get("searches")
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_SEARCHES:
        raise _invalid("searches", f"'searches' must be a list of 1 to {MAX_SEARCHES} objects of search parameters")
    return [dict(_arguments(number, item)) for number, item in enumerate(given)]


def _arguments(number: int, item: Any) -> Iterator[tuple[str, list[str]]]:
    if not isinstance(item, dict):
        raise _invalid(f"searches[{number}]", f"'searches[{number}]' must be an object of search parameters")
    for name, value in item.items():
        values = value if isinstance(value, list) else [value]
        path = f"searches[{number}].{name}"
        if not all(isinstance(one, (str, int, float, bool)) for one in values):
            raise _invalid(path, f"{path!r} must be a text, a number, true, false or a list of these")
        texts = [_written(one) for one in values]
        if name in _LISTS and isinstance(value, list):
            texts = [",".join(texts)]
        if texts:
            yield name, texts


def _written(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _invalid(field: str, message: str) -> InvalidParameter:
    return InvalidParameter(Problem(field, "invalid_body", message))
