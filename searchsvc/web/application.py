"""The Flask application, put together from its parts."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from index.contract import SearchEngine
from searchsvc.indexing.engines import open_engine
from searchsvc.ingest import FileReader
from searchsvc.settings import Settings, load_settings
from searchsvc.store import Store
from searchsvc.web import api, openapi, pages
from searchsvc.web.http import (
    auth,
    compression,
    conditional,
    cors,
    errors,
    headers,
    measured_engine,
    metrics,
    odd_requests,
    operations,
    path_prefix,
    rate_limits,
    reach,
    request_log,
    services,
    unread_bodies,
)
from searchsvc.web.http.converters import DocumentIdConverter
from searchsvc.web.http.uploads import UploadRequest
from searchsvc.web.pages import feed, static_files, subscriptions

_FORM_FIELD_BYTES = 2_000_000

__all__ = ["create_app"]


def create_app(
    settings: Settings | None = None, *, engine: SearchEngine | None = None, store: Store | None = None
) -> Flask:
    """Build the application; what is not given is opened as the settings say. Raises ``InvalidSettings``."""
    settings = settings or load_settings()
    app = Flask(__package__, static_folder=None)
    app.request_class = UploadRequest
    app.url_map.merge_slashes = False
    app.url_map.converters["document_id"] = DocumentIdConverter
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_mb * 1_000_000
    app.config["MAX_FORM_MEMORY_SIZE"] = _FORM_FIELD_BYTES
    measured = metrics.Metrics()
    # With proxies in front, the client's address is the one the outermost of them has seen.
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0)  # type: ignore[method-assign]
    parts = services.Services(
        settings=settings,
        store=store or Store.open(settings),
        engine=measured_engine.MeasuredEngine(engine or open_engine(settings), measured.searched),
        extractor=FileReader.from_settings(settings, processes=1),
    )
    services.init_app(app, parts)
    conditional.init_app(app, settings)
    request_log.init_app(app)
    metrics.init_app(app, measured)
    odd_requests.init_app(app)
    unread_bodies.init_app(app)
    # What runs last after a request is registered first: bodies are compressed when all else is done.
    compression.init_app(app)
    headers.init_app(app)
    cors.init_app(app, settings)
    errors.init_app(app)
    auth.init_app(app, settings)
    rate_limits.init_app(app, settings)
    reach.init_app(app)
    pages.init_app(app)
    static_files.init_app(app)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(feed.blueprint)
    app.register_blueprint(subscriptions.blueprint)
    app.register_blueprint(openapi.blueprint)
    app.register_blueprint(operations.blueprint)
    path_prefix.init_app(app, settings)
    return app
