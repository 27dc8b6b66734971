"""The JSON API for other services, version 1."""

from __future__ import annotations

from flask import Blueprint

from searchsvc.web.api import bulk, changes, documents, export, search, status

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
for _module in (search, export, changes, documents, bulk, status):
    _module.register(blueprint)

__all__ = ["blueprint"]
