"""Where a Kommune is, as far as its official key (AGS) says it: two digits name the Land, five the Kreis.

Names of the 400 Kreise are not here: no list of them under a free licence is at hand. Their keys are shown instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from analyzers import slug
from index.contract import EngineStats, SearchEngine, SearchRequest

LAENDER = {
    "01": "Schleswig-Holstein",
    "02": "Hamburg",
    "03": "Niedersachsen",
    "04": "Bremen",
    "05": "Nordrhein-Westfalen",
    "06": "Hessen",
    "07": "Rheinland-Pfalz",
    "08": "Baden-Württemberg",
    "09": "Bayern",
    "10": "Saarland",
    "11": "Berlin",
    "12": "Brandenburg",
    "13": "Mecklenburg-Vorpommern",
    "14": "Sachsen",
    "15": "Sachsen-Anhalt",
    "16": "Thüringen",
}
_KREIS_DIGITS = 5
_WITHOUT_KREIS = "000"


class OfficialKeys:
    """The AGS of the Kommunen in the state of the index that was last looked at."""

    def __init__(self) -> None:
        self._known: tuple[str, Mapping[str, str]] | None = None

    def of(self, engine: SearchEngine, generation: str) -> Mapping[str, str]:
        """Return the AGS of each Kommune that has one, by its id."""
        if self._known is None or self._known[0] != generation:
            self._known = (generation, _keys(engine.stats()))
        return self._known[1]


def land_of(ags: str | None) -> str | None:
    """Return the name of the Land of an official key."""
    return LAENDER.get(ags[:2]) if ags else None


def kreis_key(ags: str | None) -> str | None:
    """Return the key of the Kreis; None for a city that is its own."""
    return ags[:_KREIS_DIGITS] if ags and ags[_KREIS_DIGITS:] != _WITHOUT_KREIS else None


def several_laender(keys: Iterable[str | None]) -> bool:
    """Tell whether official keys are of more than one Land, so that it helps to group by it."""
    return len({land_of(key) for key in keys} - {None}) > 1


def with_names(request: SearchRequest, stats: EngineStats) -> SearchRequest:
    """Return a search that names Kommunen as people do instead of by id, as far as each name is that of one only."""
    known = [kommune for kommune, _ in stats.documents_by_kommune if kommune]
    count = Counter(slug(kommune.name) for kommune in known)
    names = {kommune.id: kommune.name for kommune in known if count[slug(kommune.name)] == 1}
    return replace(request, kommune=tuple(dict.fromkeys(names.get(value, value) for value in request.kommune)))


def _keys(stats: EngineStats) -> Mapping[str, str]:
    return {kommune.id: kommune.ags for kommune, _ in stats.documents_by_kommune if kommune and kommune.ags}
