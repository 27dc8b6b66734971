"""What the views work with: the settings, the store and the engine of the running application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, g

from index.contract import SearchEngine
from searchsvc.ingest import FileReader
from searchsvc.settings import Settings
from searchsvc.store import Store

_KEY = "searchsvc"


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the service that views may use."""

    settings: Settings
    store: Store
    engine: SearchEngine
    extractor: FileReader


def init_app(app: Flask, parts: Services) -> None:
    """Make ``parts`` reachable from the views of ``app``."""
    app.extensions[_KEY] = parts


def services() -> Services:
    """Return the services of the current application, or those that the current request is to use instead."""
    return cast(Services, g.get(_KEY) or current_app.extensions[_KEY])


def use_services(parts: Services) -> None:
    """Let the current request use ``parts``."""
    setattr(g, _KEY, parts)
