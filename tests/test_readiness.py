"""GET /readyz tells the truth: about the index, the store, a worker that lags behind, and the disk."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from searchsvc.indexing.heartbeat import Heartbeat
from searchsvc.periodic import Troubles
from searchsvc.settings import Settings
from searchsvc.store import UNINDEXABLE, Store
from searchsvc.store.tables import documents
from searchsvc.web import create_app
from tests.fixtures_web import SetEngine, make_document

Usage = namedtuple("Usage", "total used free")


def asked(settings: Settings, engine: SetEngine, store: Store, **values: Any) -> tuple[int, dict[str, Any]]:
    """Return status and body of ``/readyz`` under some settings."""
    client: FlaskClient = create_app(settings.model_copy(update=values), engine=engine, store=store).test_client()
    answer = client.get("/readyz")
    return answer.status_code, answer.get_json()


@pytest.fixture
def late(web_store: Store, set_engine: SetEngine) -> None:
    """The index lacks a change of long ago."""
    web_store.documents.put(make_document("a"))
    web_store.documents.put(make_document("b"))
    with web_store.database.transaction() as connection:
        connection.execute(update(documents).values(indexed_at="2024-01-01T00:00:00.000+00:00"))
    set_engine.applied = 1


@pytest.mark.usefixtures("late")
def test_a_lagging_index_is_a_warning_or_a_problem(
    web_settings: Settings, web_store: Store, set_engine: SetEngine
) -> None:
    """A change that is not searchable for long is told, and the operator decides what that means."""
    status, body = asked(web_settings, set_engine, web_store)
    assert (status, body["status"], list(body["warnings"])) == (200, "ready", ["worker"])
    status, body = asked(web_settings, set_engine, web_store, ready_max_lag_s=10.0)
    assert (status, list(body["problems"])) == (503, ["worker"])
    set_engine.applied = 2
    assert asked(web_settings, set_engine, web_store, ready_max_lag_s=10.0) == (200, {"status": "ready"})


def test_a_change_of_a_moment_ago_is_no_lag(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """While the worker keeps up nothing is told."""
    web_store.documents.put(make_document())
    set_engine.applied = 0
    assert asked(web_settings, set_engine, web_store, ready_max_lag_s=10.0) == (200, {"status": "ready"})


def test_documents_left_out_of_the_index_are_a_warning(
    web_settings: Settings, web_store: Store, set_engine: SetEngine
) -> None:
    """Who looks whether the service is ready also learns what it cannot show; failed imports are another matter."""
    web_store.failures.record("a.pdf", "damaged", "cut off")
    assert asked(web_settings, set_engine, web_store) == (200, {"status": "ready"})
    web_store.failures.record("a.pdf", UNINDEXABLE, "cannot digest this")
    status, body = asked(web_settings, set_engine, web_store)
    assert (status, body["status"], list(body["warnings"])) == (200, "ready", ["documents"])
    assert body["warnings"]["documents"].startswith("1 document")


def test_upkeep_that_keeps_failing_is_a_warning(
    web_settings: Settings, web_store: Store, set_engine: SetEngine
) -> None:
    """What the worker cannot do beside its work is told where its operator looks."""
    troubles = Troubles()
    with Heartbeat(web_settings.data_dir, troubles) as heartbeat:
        assert asked(web_settings, set_engine, web_store) == (200, {"status": "ready"})
        troubles.tell("merging", "it has failed")
        heartbeat.update()
        status, body = asked(web_settings, set_engine, web_store)
        assert (status, body["warnings"]) == (200, {"merging": "the worker cannot do this at present: it has failed"})


def test_a_full_disk_is_a_warning_or_a_problem(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Little space is told; with a limit it makes the service unready."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**12, 10**12 - 10**8, 10**8))
    status, body = asked(web_settings, set_engine, web_store)
    assert (status, list(body["warnings"])) == (200, ["disk"])
    status, body = asked(web_settings, set_engine, web_store, ready_min_free_mb=200)
    assert (status, list(body["problems"])) == (503, ["disk"])
    assert asked(web_settings, set_engine, web_store, ready_min_free_mb=50) == (200, {"status": "ready"})


def test_an_unreadable_list_is_a_warning(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, tmp_path: Path
) -> None:
    """What the operator wrote and nobody can read is told; searching goes on."""
    path = tmp_path / "synonyms.txt"
    path.write_text("Kita\n", encoding="utf-8")
    status, body = asked(web_settings, set_engine, web_store, synonyms=path)
    assert (status, list(body["warnings"])) == (200, ["synonyms"])
