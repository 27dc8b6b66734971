"""The help page: how to search, in a few examples that can be tried."""

from __future__ import annotations

from flask import Blueprint, render_template

from searchsvc.interface.search_url import page_search
from searchsvc.interface.translatable import N_
from searchsvc.web.pages.languages import gettext

EXAMPLES = (
    ("Spielplatz Sanierung", N_("beide Wörter, gleich an welcher Stelle")),
    ('"Sanierung des Spielplatzes"', N_("die Wörter in genau dieser Folge")),
    ("Spielplatz OR Bolzplatz", N_("eines von beiden, ebenso mit ODER")),
    ("Spielplatz -Sanierung", N_("ohne das zweite Wort")),
    ("(Kita OR Kindergarten) Neubau", N_("Klammern fassen zusammen")),
    ("integration*", N_("alle Wörter mit diesem Anfang")),
    ("Haushaltsplna~", N_("auch ähnlich geschriebene Wörter")),
    ("titel:Haushalt", N_("nur im Titel")),
    ("kommune:Bruehl Radweg", N_("nur in einer Kommune, in jeder Schreibweise")),
    ("typ:Antrag Radweg", N_("nur bei einem Dokumenttyp")),
    ("datum:2013 Haushalt", N_("nur aus einem Jahr, ebenso 2013-11 oder 2013-11-13")),
    ("nr:2013/0456", N_("ein Aktenzeichen oder die Nummer einer Vorlage")),
)


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/hilfe")(show)


def show() -> str:
    """Show the help page."""
    examples = [(typed, gettext(meaning)) for typed, meaning in EXAMPLES]
    return render_template("help.html", request=page_search(), examples=examples)
