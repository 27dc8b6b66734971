"""What the HTTP benchmark asks for: the same list of addresses in every run."""

from __future__ import annotations

import random
from urllib.parse import urlencode

from benchmarks.real_collection import QUERIES

TOPICS = (
    "Radverkehr", "Spielplatz", "Kindergarten", "Haushalt", "Straßenbahn", "Klimaschutz", "Bebauungsplan", "Schule",
    "Sanierung", "Feuerwehr", "Bürgerbeteiligung", "Parkplätze", "Wohnungsbau", "Lärmschutz", "Friedhof", "Schwimmbad",
    "Jugendhilfe", "Digitalisierung", "Grünflächen", "Zuschuss", "Satzung", "Verkehrssicherheit", "Bibliothek",
    "Barrierefreiheit", "Photovoltaik", "Gewerbegebiet", "Theater", "Sportplatz", "Müllabfuhr", "Denkmalschutz",
)  # fmt: skip
PLACES = ("Durlach", "Neureut", "Wettersbach", "Grötzingen", "Südstadt", "Oststadt", "Innenstadt", "Hagsfeld")
SEED = 7


def addresses(count: int = 2_000) -> list[str]:
    """Return paths of searches with facets and snippets; the same ones for the same ``count``.

    One in three asks one of the thirty questions of ``benchmarks.real_collection``, the others a topic, with a place,
    a year, or a second topic. Filters, pages, orders and facets are spread over them as on a search page.
    """
    chance = random.Random(SEED)
    return [f"/api/v1/search?{urlencode(_search(chance), doseq=True)}" for _ in range(count)]


def _search(chance: random.Random) -> dict[str, object]:
    topic = chance.choice(TOPICS)
    asked = [
        chance.choice(QUERIES),
        f"{topic} {chance.choice(PLACES)}",
        chance.choice([topic, f"{topic} {chance.choice(TOPICS)}", f"{topic} {chance.randrange(2005, 2025)}"]),
    ]
    search: dict[str, object] = {"q": chance.choice(asked)}
    kind = chance.random()
    if kind < 0.15:
        search["kommune"] = chance.choice(["Karlsruhe", "Magdeburg", ["karlsruhe", "koeln"]])
    elif kind < 0.25:
        year = chance.randrange(2005, 2025)
        search |= {"date_from": f"{year}-01-01", "date_to": f"{year + chance.randrange(3)}-12-31"}
    elif kind < 0.35:
        search["facets"] = "kommune,date,paper_type,organization"
    elif kind < 0.4:
        search["page"] = chance.randrange(2, 5)
    elif kind < 0.45:
        search["sort"] = chance.choice(["date", "-date"])
    elif kind < 0.5:
        search["collapse"] = "paper"
    return search
