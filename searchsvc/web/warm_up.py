"""Doing at the start of a process what its first visitors would wait for: templates, word lists, parts of the index."""

from __future__ import annotations

from dataclasses import replace

import structlog
from flask import Flask

from index.errors import SearchIndexError
from searchsvc.errors import ServiceError
from searchsvc.web.measured_engine import MeasuredEngine
from searchsvc.web.services import init_app, services

_PAGES = ("/", "/?q=", "/?q=Beschluss", "/?q=Beschlusss")
"""The last one is a typing error, for which the words of the index are looked through."""

_VIEW = "pages.search"

_log = structlog.get_logger(__name__)


def warm_up(app: Flask) -> None:
    """Make the pages that most visits begin with, for nobody; what is missing is left to the first visitor."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    with app.app_context():
        parts = services()
    # These searches must not be counted as if somebody had made them.
    engine = parts.engine.unmeasured if isinstance(parts.engine, MeasuredEngine) else parts.engine
    init_app(app, replace(parts, engine=engine))
    try:
        for path in _PAGES:
            with app.test_request_context(path):
                app.view_functions[_VIEW]()
    except (SearchIndexError, ServiceError) as error:
        _log.info("not_warmed_up", path=path, reason=str(error))
    finally:
        init_app(app, parts)
