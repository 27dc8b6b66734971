"""OParl sources in the status of the API."""

from __future__ import annotations

from flask.testing import FlaskClient

from searchsvc.store import Store
from searchsvc.web.api.status_schemas import Status


def test_the_status_tells_of_oparl_sources(web: FlaskClient, web_store: Store):
    """Each source has its state, last result, next import and coverage, as the description says."""
    url = "https://ratsinfo.example.de/oparl"
    web_store.oparl_sources.add(url, every_hours=12)
    (source,) = web.get("/api/v1/status").get_json()["oparl_sources"]
    assert (source["state"], source["error"], source["counts"]) == ("new", None, {})
    assert source["next_at"] is not None
    web_store.oparl_sources.begin(url)
    web_store.oparl_sources.finish(url, "failed", "the connection failed", {"stored": 3})
    body = web.get("/api/v1/status").get_json()
    (source,) = body["oparl_sources"]
    assert (source["state"], source["error"], source["counts"]) == ("failed", "the connection failed", {"stored": 3})
    assert source["coverage"] == dict.fromkeys(("papers", "meetings", "files", "documents", "lists", "lists_read"), 0)
    Status.model_validate(body)
