"""Names of Kommunen, as people and other services write them."""

from __future__ import annotations

import pytest

from index.contract import Kommune
from index.query.kommunen import KommuneDirectory

DIRECTORY = KommuneDirectory(
    [
        Kommune("bruehl", "Brühl", "05362012"),
        Kommune("ffm", "Frankfurt am Main", "06412000"),
        Kommune("freiburg", "Freiburg im Breisgau", "08311000"),
        Kommune("rothenburg", "Rothenburg ob der Tauber", None),
        Kommune("halle-saale", "Halle (Saale)", None),
        Kommune("halle-westfalen", "Halle (Westfalen)", None),
        Kommune("koeln", "Stadt Köln", "05315000"),
    ]
)

RESOLVED = {
    "bruehl": "Brühl, Bruehl, BRÜHL, Stadt Brühl, 05362012, bruehl",
    "ffm": "Frankfurt a.M., Frankfurt a. M., Frankfurt/Main, Frankfurt (Main), Frankfurt am Main, frankfurt, 06412000",
    "freiburg": "Freiburg i. Br., Freiburg i.Br., Freiburg Breisgau, Freiburg",
    "rothenburg": "Rothenburg o.d.T., Rothenburg o. d. Tauber",
    "halle-saale": "Halle/Saale, Halle (S.), Halle an der Saale",
    "koeln": "Köln, Koeln, Stadt Köln",
}


@pytest.mark.parametrize(("kommune_id", "names"), RESOLVED.items())
def test_names_stand_for_one_kommune(kommune_id: str, names: str) -> None:
    """Each way of writing a name gives the same Kommune."""
    assert {name: DIRECTORY.resolve(name) for name in names.split(", ")} == {
        name: [kommune_id] for name in names.split(", ")
    }


@pytest.mark.parametrize("name", ["Halle", "Frank", "Frankfurt an der Oder", "Bonn", "", "...", "Freiburg im Saale"])
def test_what_is_unclear_stands_for_none(name: str) -> None:
    """A name that fits several, a beginning of the first word, another place: nothing is guessed."""
    assert DIRECTORY.resolve(name) == []
