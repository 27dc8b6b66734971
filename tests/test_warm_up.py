"""What a web process does before its first visitor comes."""

from __future__ import annotations

from flask import Flask

from index.contract import IndexUnavailable
from searchsvc.web.http.warm_up import warm_up
from tests.fixtures_web import SetEngine


def test_templates_and_index_are_ready(web_app: Flask, set_engine: SetEngine) -> None:
    """Every template is loaded, the index has answered what most visits begin with, and that counts as no search."""
    warm_up(web_app)
    assert "searchsvc_searches_total{" not in web_app.test_client().get("/metrics").text
    assert web_app.jinja_env.cache is not None
    assert len(web_app.jinja_env.cache) >= len(web_app.jinja_env.list_templates())
    assert {request.q for request in set_engine.requests} >= {"", "Beschluss"}


def test_without_an_index_a_process_starts_all_the_same(web_app: Flask, set_engine: SetEngine) -> None:
    """There may be no index yet; the templates are ready then, and nothing is raised."""
    set_engine.error = IndexUnavailable("no index")
    warm_up(web_app)
    assert web_app.jinja_env.cache
