"""Doing at the start of a process what its first visitors would wait for: templates, word lists, parts of the index."""

from __future__ import annotations

import structlog
from flask import Flask, g

from index.contract import SearchIndexError
from searchsvc.errors import ServiceError

_PAGES = ("/", "/?q=", "/?q=Beschluss", "/?q=Beschlusss")
"""The last one is a typing error, for which the words of the index are looked through."""

_VIEW = "pages.search"

_log = structlog.get_logger(__name__)


def warm_up(app: Flask) -> None:
    """Make the pages that most visits begin with, for nobody; what is missing is left to the first visitor."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    for path in _PAGES:
        try:
            with app.test_request_context(path):
                g.is_rehearsal = True  # not counted
                app.view_functions[_VIEW]()
        except (SearchIndexError, ServiceError) as error:
            _log.info("not_warmed_up", path=path, reason=str(error))
            return
        except Exception:
            # A rehearsal is no condition for the performance: whoever asks will be answered as ever.
            _log.exception("not_warmed_up", path=path)
            return
