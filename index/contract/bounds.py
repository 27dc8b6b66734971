"""What part of a collection somebody may know of: conditions that a document must fulfil, every one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from index.contract.documents import Document


class BoundField(StrEnum):
    """What bounds can be set by. ``source`` is the address of a server whose documents have ids below it."""

    KOMMUNE = "kommune"
    SOURCE = "source"
    PAPER_TYPE = "paper_type"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: ``values`` are alternatives, compared exactly (a Kommune by its id).

    A document has a ``source`` if its id is that address or is below it: ``https://rat.example`` has
    ``https://rat.example/files/1``, not ``https://rat.example.org/files/1``.
    """

    field: BoundField
    values: tuple[str, ...]

    def admits(self, document: Document) -> bool:
        """Tell whether a document fulfils this condition."""
        wanted = self.values
        if self.field is BoundField.KOMMUNE:
            return document.kommune is not None and document.kommune.id in wanted
        if self.field is BoundField.PAPER_TYPE:
            return document.paper is not None and document.paper.type in wanted
        if self.field is BoundField.ORGANIZATION:
            return not set(wanted).isdisjoint(document.organizations)
        return any(is_below(document.id, address) for address in wanted)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Conditions that hold together. Without any, the whole collection is within."""

    conditions: tuple[Condition, ...] = ()

    @classmethod
    def of(cls, filters: Mapping[str, Sequence[str]]) -> Bounds:
        """Read filters as they are written in JSON. Raises ``ValueError`` for a name that is none, or for no values.

        No values would mean no documents; whoever wrote that hardly meant it.
        """
        conditions = []
        for name, values in sorted(filters.items()):
            given = () if isinstance(values, str) or not isinstance(values, Sequence) else tuple(values)
            if not given or not all(isinstance(value, str) and value.strip() for value in given):
                raise ValueError(f"{name}: must be a list of texts that are not empty")
            try:
                field = BoundField(name)
            except ValueError:
                raise ValueError(f"unknown filter {name!r}; known are: {', '.join(BoundField)}") from None
            conditions.append(Condition(field, tuple(sorted(set(given)))))
        return cls(tuple(conditions))

    def __bool__(self) -> bool:
        return bool(self.conditions)

    def admits(self, document: Document) -> bool:
        """Tell whether a document is within."""
        return all(condition.admits(document) for condition in self.conditions)

    def within(self, others: Bounds) -> Bounds:
        """Return what is within both."""
        return Bounds(tuple(dict.fromkeys((*others.conditions, *self.conditions))))

    @property
    def mark(self) -> str:
        """A short text that is another one for other bounds."""
        written = json.dumps([[condition.field.value, *condition.values] for condition in self.conditions])
        return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def is_below(document_id: str, address: str) -> bool:
    """Tell whether an id is an address or one below it."""
    stem = address.rstrip("/")
    return document_id == stem or document_id.startswith(stem + "/")
