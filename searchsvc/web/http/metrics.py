"""What is measured of the web processes, for Prometheus: requests, searches and their phases.

Under gunicorn each process counts in files of its own (``metrics_files``), and whichever process is asked adds them up.
Without that folder one process counts for itself. Whatever goes wrong with measuring, requests do not notice.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, cast

import structlog
from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from index.contract import SearchResult
from searchsvc.web.http import metrics_files
from searchsvc.web.http.services import services
from searchsvc.web.http.state_metrics import StateCollector

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"})
NO_ROUTE = "none"
REQUEST_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
PHASE_BUCKETS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
MAX_ROUTES = 700
"""Most methods and routes told apart; times of as many fit into a process's file. There are far fewer."""

_P = ParamSpec("_P")
_KEY = "searchsvc_metrics"
_CONVERTER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")

blueprint = Blueprint("metrics", __name__)
_log = structlog.get_logger(__name__)


def harmless(measure: Callable[_P, None]) -> Callable[_P, None]:
    """Make of a function that measures one that never fails; the first failure of each kind is logged."""
    told: set[type[Exception]] = set()

    @wraps(measure)
    def measured(*arguments: _P.args, **named: _P.kwargs) -> None:
        try:
            measure(*arguments, **named)
        except Exception as error:
            if type(error) not in told:
                told.add(type(error))
                _log.exception("not_measured", what=measure.__name__)
            if isinstance(error, FileNotFoundError) and (folder := os.environ.get(metrics_files.VARIABLE)):
                metrics_files.reserve(Path(folder), os.getpid())  # somebody has removed it

    return measured


class Metrics:
    """The counters and histograms of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "searchsvc_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "searchsvc_http_request_duration_seconds",
            "Time until an answer began, in seconds.",
            ("method", "route"),
            buckets=REQUEST_BUCKETS_S,
            registry=self.registry,
        )
        self.searches = Counter(
            "searchsvc_searches",
            "Searches answered, by outcome: hits, relaxed (only partial matches) or none.",
            ("outcome",),
            registry=self.registry,
        )
        self.kept = Counter(
            "searchsvc_kept_answers",
            "Answers that were given again without searching.",
            ("route",),
            registry=self.registry,
        )
        self.phases = Histogram(
            "searchsvc_search_phase_duration_seconds",
            "Time of each phase of a search, in seconds.",
            ("phase",),
            buckets=PHASE_BUCKETS_S,
            registry=self.registry,
        )

        # Looking labels up costs more than counting.
        self._request_counter = cache(self.requests.labels)
        self._request_histogram = cache(self.seconds.labels)
        self._search_counter = cache(self.searches.labels)
        self._phase_histogram = cache(self.phases.labels)
        self._routes: set[tuple[str, str]] = set()

    @harmless
    def searched(self, result: SearchResult) -> None:
        """Count a search, unless it is a rehearsal of the current process."""
        if g.get("is_rehearsal"):
            return
        outcome = "none" if not result.total else "relaxed" if result.relaxed else "hits"
        self._search_counter(outcome).inc()
        for phase, ms in result.timings_ms.items():
            self._phase_histogram(phase).observe(ms / 1000)

    @harmless
    def answered(self, response: Response, seconds: float) -> None:
        """Count the current request."""
        rule = request.url_rule
        # Neither addresses nor methods that anyone can make up become label values.
        route = NO_ROUTE if rule is None else _template(rule.rule)
        method = request.method if request.method in METHODS else "other"
        if (method, route) not in self._routes:
            if len(self._routes) >= MAX_ROUTES:
                method, route = "other", NO_ROUTE
            self._routes.add((method, route))
        self._request_counter(method, route, str(response.status_code)).inc()
        if g.get("is_kept_answer"):
            self.kept.labels(route).inc()
        self._request_histogram(method, route).observe(seconds)


def init_app(app: Flask, metrics: Metrics) -> None:
    """Measure every request of ``app`` and offer what was measured at ``/metrics``."""
    app.extensions[_KEY] = metrics
    app.before_request(_begin)
    app.after_request(_end)
    app.register_blueprint(blueprint)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Tell Prometheus what was measured, and the state of store, index and worker now."""
    state = CollectorRegistry()
    state.register(StateCollector(services()))
    text = [generate_latest(state)]
    _add_counted(text)
    return Response(b"".join(reversed(text)), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


@harmless
def _add_counted(text: list[bytes]) -> None:
    """Add what all web processes have counted."""
    registry = cast(Metrics, current_app.extensions[_KEY]).registry
    if metrics_files.VARIABLE in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    text.append(generate_latest(registry))


@cache
def _template(rule: str) -> str:
    """Return a route as its description writes it."""
    return _CONVERTER.sub(r"{\1}", rule)


def _begin() -> None:
    g.measured_from = time.perf_counter()


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.measured_from
    cast(Metrics, current_app.extensions[_KEY]).answered(response, seconds)
    return response
