"""The description of the HTTP interface: complete, true, and shown without anything from elsewhere."""

from __future__ import annotations

import gc
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from index.contract import Collapsed, FoundBy, IndexUnavailable
from searchsvc.documents.input import DocumentInput, KommuneInput, PaperInput
from searchsvc.indexing.engines import open_engine, open_writer
from searchsvc.indexing.worker import Worker
from searchsvc.interface.links import DocumentLinks
from searchsvc.interface.parameters import ChangesRequest
from searchsvc.interface.search_parameters import API_PARAMETERS, EXPORT_PARAMETERS, FEED_PARAMETERS, HitField
from searchsvc.interface.serializers import hit, metadata
from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.web import create_app
from searchsvc.web.api import request_schemas, schemas
from searchsvc.web.openapi import OPERATIONS, described, examples
from searchsvc.web.openapi.operation import JSON, Operation
from tests.fixtures_web import SetEngine, make_document, make_hit

SERVER = "https://suche.example"
VOLATILE = {
    "took_ms": 0, "timings_ms": {}, "score": 0, "indexed_at": "", "last_import": "", "seen_at": "", "size_bytes": 0,
    "generation": "", "segments": 0, "history": "", "changed_at": "",
    "token": "", "created_at": "", "secret": "", "total_ms": 0, "worker": {},
}  # fmt: skip


def service_settings(data_dir: Path) -> Settings:
    """Return the settings of a service that the examples were made for."""
    pages = {name: f"https://stadt.example/{name}" for name in ("imprint", "privacy")}
    return Settings(data_dir=data_dir, refresh_timeout_s=20, public_url=SERVER, max_upload_mb=2, max_text_mb=1, **pages)


@contextmanager
def running(chosen: Settings) -> Iterator[tuple[Flask, dict[str, str]]]:
    """Run the application with store, index and worker; also give the headers of those who may write."""
    stop = threading.Event()
    with Store.open(chosen) as store:
        store.migrate()
        writer = open_writer(chosen)
        worker = threading.Thread(target=Worker(store, writer, chosen).run, args=[stop])
        worker.start()
        engine = open_engine(chosen)
        try:
            key = store.keys.create("tests", ["write"])
            yield create_app(chosen, engine=engine, store=store), {"Authorization": f"Bearer {key}"}
        finally:
            stop.set()
            worker.join()
            writer.close()
            engine.close()


def stable(value: Any) -> Any:
    """Return a JSON value without what differs from time to time."""
    if isinstance(value, dict):
        return {name: VOLATILE.get(name, stable(item)) for name, item in value.items()}
    return [stable(item) for item in value] if isinstance(value, list) else value


def rule_paths(app: Flask) -> set[tuple[str, str]]:
    """Return method and path, written as in OpenAPI, of every route but that of static files."""
    return {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }


def test_every_route_is_described_and_every_description_is_a_route(web_app: Flask) -> None:
    """The document has exactly the application's routes and methods, each under a name of its own."""
    assert {(operation.method, operation.path) for operation in OPERATIONS} == rule_paths(web_app)
    names = [operation.id for operation in OPERATIONS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (request_schemas.SearchParameters, API_PARAMETERS),
        (request_schemas.ExportParameters, EXPORT_PARAMETERS),
        (request_schemas.FeedParameters, FEED_PARAMETERS),
        (request_schemas.SuggestParameters, ("q", "limit")),
        (request_schemas.SimilarParameters, ("limit",)),
        (request_schemas.WriteParameters, ("refresh",)),
        (request_schemas.ChangesParameters, tuple(ChangesRequest.__dataclass_fields__)),
        (request_schemas.DocumentBody, DocumentInput.model_fields),
        (request_schemas.KommuneBody, KommuneInput.model_fields),
        (request_schemas.PaperBody, PaperInput.model_fields),
        (schemas.Hit, tuple(HitField)),
        (
            schemas.Hit,
            hit(make_hit(collapsed=Collapsed(0, ()), found_by=(FoundBy("Rat", None, ""),)), DocumentLinks("")),
        ),
        (schemas.Metadata, metadata(make_document())),
    ],
)
def test_models_have_the_names_that_the_service_reads_and_writes(model: type[BaseModel], names: Any) -> None:
    """What is described is what is parsed and sent."""
    assert set(model.model_fields) == set(names)


def test_defaults_are_described_as_they_are(web: FlaskClient, set_engine: SetEngine) -> None:
    """Sending every described default is the same as sending nothing."""
    described_defaults = {
        parameter["name"]: parameter["schema"]["default"]
        for parameter in described(SERVER)["paths"]["/api/v1/search"]["get"]["parameters"]
        if "default" in parameter["schema"] and parameter["name"] != "fields"
    }
    query: list[tuple[str, str]] = []
    for name, value in described_defaults.items():
        if isinstance(value, list):
            query += [(name, ",".join(value))] if value else []
        else:
            query.append((name, str(value).lower()))
    assert web.get("/api/v1/search", query_string=query).status_code == 200
    sent = set_engine.requests.pop()
    set_engine.generation = "g2"
    assert web.get("/api/v1/search").status_code == 200
    assert set_engine.requests == [sent]


def models_of(operation: Operation, status: int) -> type[BaseModel] | None:
    return operation.replies[status].models.get(JSON)


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.example], ids=lambda operation: operation.id)
def test_examples_fit_their_models(operation: Operation) -> None:
    """Each example of a body and of an answer is one its model accepts as JSON."""
    example = operation.example
    assert example is not None
    if example.answer is not None:
        model = models_of(operation, example.status)
        assert model is not None
        model.model_validate_json(json.dumps(example.answer), strict=True)
    body = operation.body.models.get(JSON) if operation.body else None
    if body is not None:
        body.model_validate_json(json.dumps(example.body), strict=True)


def test_examples_are_answered_as_shown(tmp_path: Path) -> None:
    """All examples, sent in order to a real service, get exactly the answers shown, but for times and sizes."""
    with running(service_settings(tmp_path / "data")) as (app, write_headers):
        send_examples(app.test_client(), write_headers)


def send_examples(client: FlaskClient, write_headers: dict[str, str]) -> None:
    def send(operation: Operation) -> None:
        example = operation.example
        assert example is not None
        body = {"json": example.body} if isinstance(example.body, dict) else {"data": example.body}
        media_type = next(iter(operation.body.models)) if operation.body else None
        response = client.open(
            operation.path.format(document_id="vorlage-1", number=1),
            method=operation.method.upper(),
            query_string=dict(example.parameters),
            headers=write_headers if operation.scope else {},
            content_type=media_type,
            **(body if operation.body else {}),
        )
        assert response.status_code == example.status, (operation.id, response.text)
        assert response.mimetype in operation.replies[example.status].models, operation.id
        for name in operation.replies[example.status].headers:
            assert name in response.headers, operation.id
        if example.answer is not None:
            model = models_of(operation, example.status)
            assert model is not None
            model.model_validate_json(response.data, strict=True)
            assert stable(response.get_json()) == stable(example.answer), operation.id

    chosen = {operation.id: operation for operation in OPERATIONS if operation.example}
    send(chosen["storeDocument"])
    url = "/api/v1/documents/radwege-koeln?refresh=wait"
    assert client.put(url, json=examples.OTHER_DOCUMENT, headers=write_headers).status_code == 201
    last = ("bulk", "deleteDocument")
    for name, operation in chosen.items():
        if name not in ("storeDocument", *last):
            send(operation)
    for name in last:
        send(chosen[name])


def test_answers_of_every_kind_fit_their_models(
    web: FlaskClient, web_store: Store, set_engine: SetEngine, write_headers: dict[str, str]
) -> None:
    """Full documents, errors and outages are described just as well as the examples."""
    web_store.documents.put(make_document())
    set_engine.similar_hits = (make_hit("a"),)
    schemas.Document.model_validate_json(web.get("/api/v1/documents/vorlage-1").data, strict=True)
    schemas.Similar.model_validate_json(web.get("/api/v1/documents/vorlage-1/similar").data, strict=True)
    schemas.Error.model_validate_json(web.get("/api/v1/search?page=0").data, strict=True)
    set_engine.error = IndexUnavailable("no index")
    for path in ("/api/v1/status", "/readyz"):
        response = web.get(path)
        (operation,) = (one for one in OPERATIONS if one.path == path)
        model = models_of(operation, response.status_code)
        assert model is not None
        model.model_validate_json(response.data, strict=True)


def test_document_is_served_and_names_this_service(web: FlaskClient) -> None:
    """The document comes as JSON, with the address it was called by, and is not sent twice."""
    response = web.get("/openapi.json")
    document = response.get_json()
    assert (response.mimetype, document["openapi"]) == (JSON, "3.1.0")
    assert document["servers"] == [{"url": "http://localhost"}]
    assert web.get("/openapi.json", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    assert web.get("/openapi.json?x=1").get_json()["error"]["field"] == "x"


def test_references_lead_somewhere_and_nothing_is_left_over(web: FlaskClient) -> None:
    """Every model that is referred to exists, and every model is referred to."""
    text = web.get("/openapi.json").text
    named = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert named == set(json.loads(text)["components"]["schemas"])


def test_page_shows_everything_without_anything_from_elsewhere(web: FlaskClient) -> None:
    """All operations, models and statuses are on the page; no script, no inline style, no other host."""
    page = web.get("/docs").text
    text = unescape(page)
    document = web.get("/openapi.json").get_json()
    for operation in OPERATIONS:
        assert f"{operation.method.upper()} {operation.path}" in text
        assert f'id="{operation.id}"' in page
        assert f'href="#{operation.id}"' in page
    targets = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= targets
    assert len(re.findall(r'\bid="', page)) == len(targets)
    for name in document["components"]["schemas"]:
        assert name in text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|<iframe", page)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "curl" in text


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, dict[str, str]]]:
    """A service with two documents that can be found, and the headers of those who may write.

    What is written to it stays in the store: Hypothesis seeds the random numbers that name the index's files.
    """
    chosen = service_settings(tmp_path_factory.mktemp("described") / "data")
    with running(chosen) as (app, write_headers):
        for name, body in (("vorlage-1", examples.DOCUMENT_BODY), ("radwege-koeln", examples.OTHER_DOCUMENT)):
            app.test_client().put(f"/api/v1/documents/{name}?refresh=wait", json=body, headers=write_headers)
    with Store.open(chosen) as store:
        engine = open_engine(chosen)
        yield create_app(chosen.model_copy(update={"refresh_timeout_s": 0}), engine=engine, store=store), write_headers
        engine.close()


SENT = [
    (operation, generation)
    for operation in OPERATIONS
    for generation in GenerationMode
    if generation is GenerationMode.POSITIVE or operation.parameters or operation.body
    if operation.id != "bulk"  # its lines have tests of their own
]


@pytest.mark.parametrize(("operation", "generation"), SENT, ids=[f"{one.id}-{how.value}" for one, how in SENT])
def test_whatever_is_sent_is_answered_as_described(
    filled: tuple[Flask, dict[str, str]], operation: Operation, generation: GenerationMode
) -> None:
    """Right and wrong requests of every kind get described statuses, types and models, and never a defect."""
    app, write_headers = filled
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    cases = schema[operation.path][operation.method].as_strategy(generation_mode=generation)

    @settings(max_examples=8, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def send(case: schemathesis.Case) -> None:
        if operation.id == "report":
            case.path_parameters = {"document_id": "vorlage-1"}
        headers = {"Accept-Encoding": "identity"} | (write_headers if operation.scope else {})
        case.call_and_validate(checks=CHECKS, headers=headers)

    send()
    gc.collect()  # whatever was left open is found here, not in another test
