"""Fixtures of all tests, by package."""

import signal

from hypothesis import settings

# analyzers and index
from tests.fixtures_index import analysis, council, engine_under_test, make_index

# OParl
from tests.fixtures_oparl import mirror, oparl_server, quick_retries

# service core
from tests.fixtures_service import extractor, make_pdf, service_settings, small_disk, store

# web
from tests.fixtures_web import set_engine, web, web_app, web_settings, web_store, write_headers

__all__ = [
    "analysis",
    "council",
    "engine_under_test",
    "extractor",
    "make_index",
    "make_pdf",
    "mirror",
    "oparl_server",
    "quick_retries",
    "service_settings",
    "set_engine",
    "small_disk",
    "store",
    "web",
    "web_app",
    "web_settings",
    "web_store",
    "write_headers",
]

# A generated example that fails is kept in .hypothesis and printed so that it can be run again anywhere.
settings.register_profile("kept", parent=settings.get_profile(settings.get_current_profile_name()), print_blob=True)
settings.load_profile("kept")

# In a shell's background Ctrl-C is ignored, and so it would be by the services that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
