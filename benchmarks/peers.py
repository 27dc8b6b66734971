"""Other programs to be measured beside ours: extras, of which a missing one is left out with a line that says so."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def available(names: Iterable[str], load: Callable[[str], T]) -> dict[str, T]:
    """Load what is installed; tell of each that is not. Only a missing library counts as that."""
    found = {}
    for name in names:
        try:
            found[name] = load(name)
        except ImportError as error:
            print(f"{name} is left out: {error}; `make bench-engine` installs peers", file=sys.stderr)
    return found
