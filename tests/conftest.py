"""Fixtures of all tests, by package."""

# analyzers and index
from tests.fixtures_index import analysis, council, make_index

# OParl
from tests.fixtures_oparl import mirror, oparl_server, quick_retries

# service core
from tests.fixtures_service import extractor, make_pdf, service_settings, store

# web
from tests.fixtures_web import set_engine, web, web_app, web_settings, web_store, write_headers

__all__ = [
    "analysis",
    "council",
    "extractor",
    "make_index",
    "make_pdf",
    "mirror",
    "oparl_server",
    "quick_retries",
    "service_settings",
    "set_engine",
    "store",
    "web",
    "web_app",
    "web_settings",
    "web_store",
    "write_headers",
]
