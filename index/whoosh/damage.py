"""What reading damaged or missing index files raises, turned into one error that says what to do."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import zstandard
from whoosh.index import IndexError as WhooshIndexError

from index.contract import IndexDamaged
from index.segments.damage import SegmentDamaged

READ_ERRORS = (
    SegmentDamaged,
    EOFError,
    WhooshIndexError,
    OSError,
    pickle.UnpicklingError,
    struct.error,
    zstandard.ZstdError,
)
"""Errors that only damaged files cause."""

OPEN_ERRORS = (Exception,)
"""Opening only parses what is on the disk, so whatever it raises tells of damage: damaged headers fail in any way."""


@contextmanager
def reported(folder: Path, errors: tuple[type[BaseException], ...] = READ_ERRORS) -> Iterator[None]:
    """Turn ``errors`` into ``IndexDamaged`` naming ``folder``."""
    try:
        yield
    except errors as error:
        raise IndexDamaged(folder, f"{type(error).__name__}: {error}") from error
