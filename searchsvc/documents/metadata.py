"""The metadata of a document as it is kept: which of it are lines that are compared, and these in one form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from searchsvc.documents.text import clean_line

_LINES: Mapping[str, tuple[str, ...]] = {"kommune": ("id", "name"), "paper": ("name", "reference", "type")}
_SINGLE = ("title", "file_name")
_LISTS = ("organizations", "keywords")


def with_clean_lines(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata with its lines as they would be stored today; ids and addresses stay as they are."""
    cleaned = dict(metadata)
    for name in _SINGLE:
        if value := cleaned.get(name):
            cleaned[name] = clean_line(value) or value
    for name, parts in _LINES.items():
        if value := cleaned.get(name):
            cleaned[name] = value | {part: clean_line(value[part]) or value[part] for part in parts if value.get(part)}
    for name in _LISTS:
        if value := cleaned.get(name):
            cleaned[name] = list(dict.fromkeys(filter(None, map(clean_line, value))))
    return cleaned
