"""The filters of a request, as one bool per document and facet.

Filters of one facet are alternatives, filters of different facets narrow each other, and each facet is counted without
its own: hence one mask per facet instead of one for all.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt

from index.contract import MISSING, BoundField, Bounds, Condition, FacetName, SearchRequest, SearchWarning
from index.query.kommunen import KommuneDirectory
from index.segments.snapshot import Segment

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Filters:
    """The values asked for, by facet, with Kommunen resolved to ids. ``MISSING`` among them asks for none."""

    values: dict[FacetName, frozenset[str]]
    date_from: date | None
    date_to: date | None
    date_missing: bool
    warnings: tuple[SearchWarning, ...] = field(default=())

    @classmethod
    def of(cls, request: SearchRequest, kommunen: KommuneDirectory) -> Filters:
        """Read the filters of a request. A Kommune nobody knows matches nothing, with a warning."""
        warnings = []
        kommune_ids: set[str] = set()
        for text in request.kommune:
            ids = [MISSING] if text == MISSING else kommunen.resolve(text)
            if not ids:
                warnings.append(SearchWarning("unknown_kommune", "there are no documents of this Kommune", text))
            kommune_ids.update(ids or [text])
        values = {
            FacetName.KOMMUNE: frozenset(kommune_ids),
            FacetName.PAPER_TYPE: frozenset(request.paper_type),
            FacetName.ORGANIZATION: frozenset(request.organization),
            FacetName.MIME_TYPE: frozenset(request.mime_type),
            FacetName.TEXT_QUALITY: frozenset(request.text_quality),
        }
        return cls(
            {name: wanted for name, wanted in values.items() if wanted},
            request.date_from,
            request.date_to,
            request.date_missing,
            tuple(warnings),
        )

    @property
    def has_date(self) -> bool:
        """Whether documents are filtered by date."""
        return self.date_missing or self.date_from is not None or self.date_to is not None

    def masks(self, segment: Segment) -> dict[FacetName, Mask]:
        """Return a bool per document of the segment for each facet that is filtered by."""
        remembered = segment.data.masks.mask
        masks = {
            name: remembered((name, wanted), partial(_value_mask, segment, name, wanted))
            for name, wanted in self.values.items()
        }
        if self.has_date:
            key = (FacetName.DATE, self.date_from, self.date_to, self.date_missing)
            masks[FacetName.DATE] = remembered(key, partial(self._date_mask, segment))
        return masks

    def _date_mask(self, segment: Segment) -> Mask:
        days = segment.data.days
        mask = np.zeros(segment.doc_count, dtype=bool)
        if self.date_from is not None or self.date_to is not None:
            first = (self.date_from or date.min).toordinal()
            last = (self.date_to or date.max).toordinal()
            mask |= (days >= first) & (days <= last)
        if self.date_missing:
            mask |= days == 0
        return mask


def combined(masks: dict[FacetName, Mask]) -> Mask:
    """Return where all of the masks (at least one) hold."""
    mask: Mask = np.logical_and.reduce(list(masks.values()))
    return mask


def _value_mask(segment: Segment, name: FacetName, wanted: frozenset[str], *, with_missing: bool = True) -> Mask:
    column = segment.data.columns[name.value]
    selected = np.zeros(column.value_count + 1, dtype=bool)
    selected[column.value_count] = with_missing and MISSING in wanted
    for ordinal, values in enumerate(segment.data.facet_values(name.value)):
        selected[ordinal] = not wanted.isdisjoint(values)
    mask: Mask = selected[column.ordinals]
    return mask


def bounds_mask(segment: Segment, bounds: Bounds) -> Mask:
    """Return where the documents of a segment are within bounds, which have at least one condition."""
    masks = [
        segment.data.masks.mask(condition, partial(_condition_mask, segment, condition))
        for condition in bounds.conditions
    ]
    mask: Mask = np.logical_and.reduce(masks)
    return mask


def _condition_mask(segment: Segment, condition: Condition) -> Mask:
    if condition.field is BoundField.SOURCE:
        ids = segment.data.ids
        below = np.zeros(ids.value_count + 1, dtype=bool)
        for address in condition.values:
            stem = address.rstrip("/").encode("utf-8", "surrogatepass")
            for beginning, end in ((stem, stem + b"\0"), (stem + b"/", stem + b"0")):  # "0" follows "/"
                places = range(ids.value_count)
                below[bisect_left(places, beginning, key=ids.value) : bisect_left(places, end, key=ids.value)] = True
        mask: Mask = below[ids.ordinals]
        return mask
    return _value_mask(segment, FacetName(condition.field.value), frozenset(condition.values), with_missing=False)
