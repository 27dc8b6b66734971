"""Health checks for those who run the service."""

from __future__ import annotations

from flask import Blueprint, Response

from searchsvc.errors import StoreUnavailable
from searchsvc.web.errors import RETRY_AFTER_S
from searchsvc.web.json_response import json_response
from searchsvc.web.services import services

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Tell that this process is alive, without asking anything of others."""
    return json_response({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Tell whether searches and documents can be answered now: 200, or 503 with what is missing.

    A stopped worker does not make the service unready, since what is indexed stays searchable.
    """
    problems = {}
    health = services().engine.health()
    if not health.ready:
        problems["index"] = health.reason or "the index cannot be read"
    try:
        services().store.documents.last_change()
    except StoreUnavailable:
        problems["store"] = "the document store cannot be reached"
    if not problems:
        return json_response({"status": "ready"})
    response = json_response({"status": "unready", "problems": problems}, 503)
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response
