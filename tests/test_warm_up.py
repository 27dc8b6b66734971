"""What a web process does before its first visitor."""

from __future__ import annotations

import pytest
from flask import Flask

from index.errors import IndexUnavailable
from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.web import create_app
from searchsvc.web.warm_up import warm_up
from tests.fixtures_web import SetEngine


@pytest.fixture
def app(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> Flask:
    """An application that has not answered anything yet."""
    return create_app(web_settings, engine=set_engine, store=web_store)


def test_the_first_page_compiles_no_template(app: Flask) -> None:
    """What pages are made from is ready, and no search was counted."""
    warm_up(app)
    compiled = {name for _, name in app.jinja_env.cache or ()}
    assert {"start.html", "search.html", "document.html"} <= compiled
    assert "searchsvc_searches_total{" not in app.test_client().get("/metrics").text


def test_a_process_begins_without_an_index(app: Flask, set_engine: SetEngine) -> None:
    """While the worker builds the first index, web processes start all the same and say that they wait."""
    set_engine.error = IndexUnavailable("no index yet")
    warm_up(app)
    assert app.test_client().get("/readyz").status_code == 503
