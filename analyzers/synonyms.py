"""Synonyms and abbreviations, applied to queries only, so that editing them needs no new index.

One group per line, its members separated by commas: each is searched for the others, at a lower weight. With ``=>`` the
left side is searched for the right side, not the other way round; ``~>`` is the same for what does not mean quite the
same, at a lower weight still. "#" starts a comment.

    Kita, Kindertagesstätte, Kindertageseinrichtung
    B-Plan, Bebauungsplan
    Schnake => Stechmücke
    Blitzer ~> Geschwindigkeitsmessung, Verkehrsüberwachung

A member may be several words. Members are compared by their stems, so that plurals are found too.

Limits: what a synonym's synonyms are is not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

Stems = tuple[str, ...]


class Synonyms(NamedTuple):
    """What else to search for, by the stems of what was typed: in its place, and what is only ``related``."""

    same: Mapping[Stems, tuple[str, ...]]
    related: Mapping[Stems, tuple[str, ...]]


_BUILT_IN = Path(__file__).parent / "synonyms.txt"


class SynonymsError(ValueError):
    """A line of a list of synonyms makes no sense; ``line_number`` counts from 1."""

    def __init__(self, line_number: int, reason: str) -> None:
        super().__init__(f"line {line_number}: {reason}")
        self.line_number = line_number


def parse_synonyms(lines: Iterable[str], stems_of: Callable[[str], Stems]) -> Synonyms:
    """Return what else to search for, by the stems of what was typed. Raises ``SynonymsError``."""
    same: dict[Stems, dict[str, None]] = {}
    related: dict[Stems, dict[str, None]] = {}
    for number, line in enumerate(lines, start=1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        left, arrow, right = content.partition("~>" if "~>" in content else "=>")
        found = related if arrow == "~>" else same
        sources, targets = _members(left), _members(right if arrow else left)
        if not sources or not targets or (not arrow and len(targets) < 2):
            raise SynonymsError(number, "expected at least two members separated by commas, A => B or A ~> B")
        for source in sources:
            if not (key := stems_of(source)):
                raise SynonymsError(number, f"{source!r} has no letters or digits")
            for target in targets:
                if stems_of(target) != key:
                    found.setdefault(key, {})[target] = None
    return Synonyms(*({key: tuple(targets) for key, targets in found.items()} for found in (same, related)))


def check_synonyms(lines: Iterable[str]) -> None:
    """Raise ``SynonymsError`` for the first line that makes no sense."""
    parse_synonyms(lines, lambda text: tuple(text.split()) if any(map(str.isalnum, text)) else ())


def built_in_synonyms() -> list[str]:
    """Return the lines of the built-in list, which ``config/synonyms.txt`` shows."""
    return _BUILT_IN.read_text(encoding="utf-8").splitlines()


def _members(text: str) -> list[str]:
    return [member for part in text.split(",") if (member := " ".join(part.split()))]
