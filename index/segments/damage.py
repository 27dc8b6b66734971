"""The error of a segment's file that cannot be what was written."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager

import zstandard


class SegmentDamaged(Exception):
    """A segment's file was cut short, changed, or is of another format; the message names what and where."""


@contextmanager
def damage_reported(segment_id: str) -> Iterator[None]:
    """Turn what parsing damaged values raises into one error."""
    try:
        yield
    except (LookupError, TypeError, ValueError, struct.error, zstandard.ZstdError) as error:
        raise SegmentDamaged(f"segment {segment_id}: {error}") from error
