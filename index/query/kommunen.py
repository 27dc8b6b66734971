"""The municipalities of a snapshot, and how what a person writes resolves to them."""

from __future__ import annotations

from collections.abc import Iterable

from analyzers import slug
from index.contract import Kommune

_TITLES = frozenset(
    ("stadt", "gemeinde", "markt", "landeshauptstadt", "hansestadt", "universitaetsstadt", "kreisstadt")
)
"""What may stand before a name."""

MIN_NAME_CHARS = 6
"""A first word of fewer letters names no Kommune by itself, unless it is the whole name."""

_SMALL_WORDS = frozenset(
    ("am", "an", "der", "den", "dem", "im", "in", "ob", "bei", "vor", "auf", "a", "i", "d", "o", "b")
)
"""What may be left out inside of a name: "Frankfurt (Main)"."""


class KommuneDirectory:
    """Every Kommune that occurs, by id, AGS and name in any spelling: "Bruehl", "Frankfurt a.M.", "Stadt Köln".

    A name may be shortened as long as it stands for one Kommune only: its first word whole, the others by their
    beginnings, small words or all that follows left out.
    """

    def __init__(self, kommunen: Iterable[Kommune]) -> None:
        """``kommunen`` are in order of preference: the first of an id decides its label."""
        self.by_id: dict[str, Kommune] = {}
        self._names: dict[str, list[str]] = {}
        for kommune in kommunen:
            self.by_id.setdefault(kommune.id, kommune)
            for key in {slug(kommune.name), slug(kommune.id), kommune.ags or ""} - {""}:
                ids = self._names.setdefault(key, [])
                if kommune.id not in ids:
                    ids.append(kommune.id)

    def named(self, text: str) -> list[str]:
        """Return the ids of the Kommunen of this name, in any spelling, be it shortened; empty when none.

        A word that may stand before many names ("Bad", "Neu", "Sankt") is none.
        """
        if not any(map(str.isalpha, text)):
            return []
        words = _words(text)
        is_telling = len(words[0]) >= MIN_NAME_CHARS and words[0] not in _TITLES
        return self._names.get(slug(text)) or (self._shortened(words) if is_telling else [])

    def resolve(self, text: str) -> list[str]:
        """Return the ids that ``text`` (an id, a name in any spelling, or an AGS) stands for; empty when none."""
        if text in self.by_id:
            return [text]
        return self._names.get(slug(text) or text) or self._shortened(_words(text))

    def _shortened(self, typed: list[str]) -> list[str]:
        """Return the Kommune that shortened words stand for; empty when there is none or more than one."""
        ids = {kommune.id for kommune in self.by_id.values() if _shortens(typed, _words(kommune.name))}
        return list(ids) if len(ids) == 1 else []

    def label(self, kommune_id: str) -> str:
        """Return the name to show for an id; an unknown id stands for itself."""
        kommune = self.by_id.get(kommune_id)
        return kommune.name if kommune else kommune_id


def _words(name: str) -> list[str]:
    """Return the words of a name, folded, without a title before it and small words inside of it."""
    words = slug(name).split("-")
    if len(words) > 1 and words[0] in _TITLES:
        del words[0]
    return [words[0], *(word for word in words[1:] if word not in _SMALL_WORDS)]


def _shortens(typed: list[str], name: list[str]) -> bool:
    return (
        typed[0] == name[0] != ""
        and len(typed) <= len(name)
        and all(full.startswith(word) for word, full in zip(typed[1:], name[1:], strict=False))
    )
