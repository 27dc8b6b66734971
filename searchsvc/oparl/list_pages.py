"""What one page of a list has, whatever a server calls it: the objects, and the link to the next page.

The specification has ``data`` and ``links.next``. Some servers name the objects otherwise (``items``, ``papers``), or
write links as HAL and the like do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from searchsvc.oparl import values

_AROUND = frozenset({"links", "link", "pagination", "meta", "type", "id", "next", "page"})
"""Properties of a page that are not its objects."""


_OF_ERRORS = ("error", "errors", "message", "exception", "detail")
"""Properties of an answer that tells of an error."""


def list_entries(value: Any) -> list[Any] | None:
    """Return the objects of a page; None if a JSON value is none."""
    if isinstance(value, list):
        return value
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("data"), list):
        return list(value["data"])
    if value.get("data") is not None or not _is_enveloped(value):
        return None
    found = [one for name, one in value.items() if name.lstrip("_").lower() not in _AROUND and isinstance(one, list)]
    embedded = value.get("_embedded")
    if isinstance(embedded, Mapping):
        found += [one for one in embedded.values() if isinstance(one, list)]
    if len(found) == 1 and all(isinstance(one, (Mapping, str)) for one in found[0]):
        return list(found[0])
    return [] if not found and _has_no_lists(value) else None


def next_link(value: Any) -> str | None:
    """Return the link to the next page, if there is one."""
    if not isinstance(value, Mapping):
        return None
    return next((found for one in _candidates(value) if (found := _link(one))), None)


def named_list(data: Mapping[str, Any], kind: str) -> str | None:
    """Return the URL of a body's list of objects of a kind, also under another name: ``papers``, ``paperList``."""
    found = values.url(data.get(kind))
    if found is not None:
        return found
    stem = kind.replace("organization", "organi[sz]ation")
    plural = "bod(y|ies)" if kind == "body" else f"{stem}s?"
    pattern = re.compile(rf"{plural}(list|lists|url|uri|link|collection)?", re.IGNORECASE)
    others = (_link(value) for name, value in data.items() if pattern.fullmatch(re.sub(r"[_-]", "", name)))
    return next((url for one in others if (url := values.url(one))), None)


def _is_enveloped(value: Mapping[str, Any]) -> bool:
    return any(name in value for name in ("links", "_links", "pagination", "_embedded", "meta", "next", "data"))


def _has_no_lists(value: Mapping[str, Any]) -> bool:
    """Tell whether a page says nothing but how many pages there are: that of an empty list."""
    if any(name in value for name in _OF_ERRORS):
        return False
    return ("links" in value or "pagination" in value) and not any(isinstance(one, list) for one in value.values())


def _candidates(value: Mapping[str, Any]) -> Iterator[Any]:
    for name in ("links", "_links", "pagination"):
        links = value.get(name)
        if isinstance(links, Mapping):
            yield links.get("next")
        elif isinstance(links, list):
            yield from (one for one in links if isinstance(one, Mapping) and one.get("rel") == "next")
    yield value.get("next")


def _link(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = next((value[name] for name in ("href", "url") if isinstance(value.get(name), str)), None)
    return values.line(value) if isinstance(value, str) else None


def announced_total(value: Any) -> int | None:
    """Return how many objects a list says that it has."""
    pagination = value.get("pagination") if isinstance(value, Mapping) else None
    total = pagination.get("totalElements") if isinstance(pagination, Mapping) else None
    return 0 if total == 0 else values.count(total)
