"""The help page: how to search, in a few examples."""

from __future__ import annotations

from flask import Blueprint, render_template

from index.engine import SearchRequest


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/hilfe")(show)


def show() -> str:
    """Show the help page."""
    return render_template("help.html", request=SearchRequest())
