"""Recognising that a server has moved: the same paths under another scheme or host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_CONVINCING = 0.5
"""Share of what is missing that has to be there under the other address."""


@dataclass(frozen=True, slots=True)
class Move:
    """What addresses began with, and what they begin with now."""

    old: str
    new: str


def likely_move(missing: Sequence[str], present: Iterable[str]) -> Move | None:
    """Return where most of what is missing has gone to, if its paths are there under another scheme or host."""
    by_path: dict[str, str] = {}
    for one in present:
        if (split := _split(one)) is not None:
            by_path.setdefault(split[1], split[0])
    moves: Counter[Move] = Counter()
    for one in missing:
        split = _split(one)
        if split is not None and (new := by_path.get(split[1])) is not None and new != split[0]:
            moves[Move(split[0], new)] += 1
    if not moves:
        return None
    move, count = moves.most_common(1)[0]
    return move if count >= len(missing) * _CONVINCING else None


def _split(address: str) -> tuple[str, str] | None:
    """Return scheme with host, and the rest of an address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if not parts.scheme or not parts.netloc:
        return None
    root = f"{parts.scheme}://{parts.netloc}/"
    return root, address[len(root) :]
