"""Health checks for those who run the service."""

from __future__ import annotations

from flask import Blueprint, Response

from searchsvc.web.http.errors import RETRY_AFTER_S
from searchsvc.web.http.json_response import json_response
from searchsvc.web.http.readiness import readiness
from searchsvc.web.http.services import services

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Tell that this process is alive, without asking anything of others."""
    return json_response({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Tell whether searches and documents can be answered now: 200, or 503 with what is missing.

    A worker that lags behind and a disk that is nearly full are warnings unless the settings say otherwise, since what
    is indexed stays searchable.
    """
    found = readiness(services())
    if not found.problems:
        warnings = {"warnings": found.warnings} if found.warnings else {}
        return json_response({"status": "ready"} | warnings)
    response = json_response({"status": "unready", "problems": found.problems}, 503)
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response
