"""What the first visitor of a process would have to wait for, done before there is one."""

from __future__ import annotations

from babel import localedata
from flask import Flask

from index.errors import SearchIndexError
from searchsvc.web.languages import LOCALES
from searchsvc.web.services import services


def warm_up(app: Flask) -> None:
    """Compile templates, read how dates and numbers are written, load what queries are analysed with, open the index.

    Without an index that is left to the first search after there is one.
    """
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    for name in LOCALES.values():
        localedata.load(name)
    with app.app_context():
        engine = services().engine
    try:
        engine.highlight(["Radwege"], "Radwege")
        engine.stats()
        engine.suggest("rad")
    except SearchIndexError:
        return
