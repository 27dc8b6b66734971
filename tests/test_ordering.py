"""Names in lists are in the order that German readers look them up in: DIN 5007-1."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date

import pytest

from analyzers import name_key
from index.contract import FacetName, Kommune, Paper, SearchRequest
from tests.fixtures_index import TestIndex, document

PLACES = (
    "Aachen", "Ahaus", "Ähnlingen", "Bad Aibling", "Bad-Laer", "Bad Zwischenahn", "Baden-Baden", "Badenweiler",
    "Ober-Olm", "Oberhausen", "Öhringen", "Oldenburg", "Ølstadt", "Soest", "Söst", "Straße 2", "Strasse A", "Straßen",
    "Übach-Palenberg", "Uelzen", "Ulm", "Žatec", "Zwickau",
)  # fmt: skip


def test_umlauts_stand_with_their_letters() -> None:
    """Not behind Z; words end before letters begin; of equal names those without umlauts or accents come first."""
    mixed = list(PLACES)
    random.Random(5).shuffle(mixed)
    assert tuple(sorted(mixed, key=name_key)) == PLACES
    assert sorted(["rat", "RAT", "Rat", "Ràt"], key=name_key) == ["RAT", "Rat", "rat", "Ràt"]
    assert sorted(["Muße", "Müsse", "Musse"], key=name_key) == ["Musse", "Muße", "Müsse"]


@pytest.mark.parametrize("name", ["", "§ 5", "„Nordring“", "٣", "İzmir", "\U0001d504x"])
def test_any_text_has_a_place(name: str) -> None:
    """Whatever names are made of, they can be sorted, and equal ones only are equal."""
    assert name_key(name) == name_key(name)
    assert name_key(name) != name_key(name + "a")
    assert sorted([name, "Ulm"], key=name_key) == sorted(["Ulm", name], key=name_key)


def test_everything_that_lists_names_is_in_their_order(make_index: Callable[..., TestIndex]) -> None:
    """Facets with equal counts, selected values at zero, Kommunen of the collection, and completions."""
    names = ["Übach", "Zülpich", "Öhringen", "Aachen", "Ähnlingen", "Oldenburg"]
    ordered = ["Aachen", "Ähnlingen", "Öhringen", "Oldenburg", "Übach", "Zülpich"]
    index = make_index(
        *(
            document(
                name, f"Haus{name}weg", kommune=Kommune(f"k{at}", name), organizations=(f"Rat {name}",),
                date=date(2020, 1, 1), paper=Paper(type=name),
            )
            for at, name in enumerate(names)
        ),
        split=True,
    )  # fmt: skip
    facets = (FacetName.KOMMUNE, FacetName.ORGANIZATION, FacetName.PAPER_TYPE)
    request = SearchRequest(facets=facets)
    labels = [[bucket.label for bucket in facet.buckets] for facet in index.engine.search(request).facets]
    assert labels == [ordered, [f"Rat {name}" for name in ordered], ordered]
    chosen = SearchRequest(q="nirgends", paper_type=("Zülpich", "Öhringen", "Oldenburg"), facets=facets)
    assert [bucket.label for bucket in index.engine.search(chosen).facets[2].buckets] == [
        "Öhringen", "Oldenburg", "Zülpich",
    ]  # fmt: skip
    stats = index.engine.stats().documents_by_kommune
    assert [kommune.name for kommune, _ in stats if kommune] == ordered
    assert [one.text for one in index.engine.suggest("haus")] == [f"Haus{name}weg" for name in ordered]
