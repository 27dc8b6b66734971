"""The help page: how to search, in a few examples that can be tried."""

from __future__ import annotations

from flask import Blueprint, render_template

from searchsvc.interface.search_url import page_search
from searchsvc.interface.translatable import N_
from searchsvc.web.pages.languages import gettext

EVERYDAY = (
    ("Spielplatz Sanierung", N_("ein Thema: die wichtigsten Wörter genügen")),
    ("Wie hoch ist die Hundesteuer?", N_("eine Frage, wie Sie sie stellen würden")),
    ("Bahnhofstr.", N_("eine Straße, ob abgekürzt oder nicht")),
    ("Radweg Brühl", N_("ein Thema und ein Ort: Dokumente von dort kommen zuerst")),
    ("13.11.2013", N_("ein Tag, ebenso „November 2013“: was von da ist")),
    ("312/2013", N_("das Aktenzeichen oder die Nummer einer Vorlage")),
    ('"Kommunales Integrationszentrum"', N_("in Anführungszeichen: genau dieser Wortlaut")),
)
"""What people type who know no syntax, and need none."""

EXAMPLES = (
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
    everyday, examples = ([(typed, gettext(meaning)) for typed, meaning in table] for table in (EVERYDAY, EXAMPLES))
    return render_template("help.html", request=page_search(), everyday=everyday, examples=examples)
