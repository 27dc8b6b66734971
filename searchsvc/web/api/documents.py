"""Single documents over HTTP: read, write, delete, upload."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

from index.contract import Document
from searchsvc.documents.input import parse_document
from searchsvc.documents.text import file_label
from searchsvc.errors import DocumentNotFound, InvalidDocument, cannot_write
from searchsvc.ingest import ingest_file
from searchsvc.interface import serializers
from searchsvc.interface.parameters import similar_request, waits_for_refresh
from searchsvc.store import UPLOAD_PREFIX, PutResult
from searchsvc.web.api.arguments import arguments, no_arguments
from searchsvc.web.api.bodies import json_object, json_object_body, require_media_type
from searchsvc.web.api.refresh import is_searchable
from searchsvc.web.http.auth import requires_scope
from searchsvc.web.http.conditional import answer_of_index, document_validator, precondition
from searchsvc.web.http.json_response import json_response
from searchsvc.web.http.links import public_links
from searchsvc.web.http.long_work import long_work
from searchsvc.web.http.reach import same_documents, stored_document
from searchsvc.web.http.services import services

FORM_FIELDS = ("file", "metadata")


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.post("/documents")(upload)
    blueprint.get("/documents/<document_id:document_id>")(document)
    blueprint.get("/documents/<document_id:document_id>/text")(text)
    blueprint.get("/documents/<document_id:document_id>/similar")(similar)
    blueprint.put("/documents/<document_id:document_id>")(put)
    blueprint.delete("/documents/<document_id:document_id>")(delete)


def document(document_id: str) -> Response:
    """Return what is known of a document, without its text."""
    no_arguments()
    stored = stored_document(document_id)
    also_in = same_documents(document_id)
    response = json_response(serializers.document(stored.document, public_links(), also_in))
    # Others come and go without a change of this document, whose version is the ETag of its writes.
    others = [(one.document.id, one.document.title, one.similarity) for one in also_in]
    return _with_etag(response, document_validator(stored.version, others))


def text(document_id: str) -> Response:
    """Return a document's text by page."""
    no_arguments()
    with long_work:
        stored = stored_document(document_id)
        return _with_etag(json_response(serializers.document_text(stored.document)), stored.version)


def similar(document_id: str) -> Response:
    """Return documents like this one."""
    limit = similar_request(arguments())
    stored_document(document_id)

    def make() -> dict[str, Any]:
        links = public_links()
        hits = services().engine.similar(document_id, limit=limit)
        return {"id": document_id, "hits": [serializers.hit(found, links) for found in hits]}

    return answer_of_index(("similar", document_id, limit), make)


@requires_scope("write")
def put(document_id: str) -> Response:
    """Store a document under the id of the path, replacing what was there."""
    wait = waits_for_refresh(arguments())
    value = parse_document(json_object_body(), document_id=document_id, max_text_bytes=_max_text_bytes())
    return _written(value, services().store.documents.put(value, precondition=precondition()), wait=wait)


@requires_scope("write")
def delete(document_id: str) -> Response:
    """Delete a document."""
    wait = waits_for_refresh(arguments())
    change = services().store.documents.delete(document_id, precondition=precondition())
    if change is None:
        raise DocumentNotFound("there is no document with this id")
    return json_response(
        {"id": document_id, "deleted": True, "change": change, "searchable": is_searchable(change, wait=wait)}
    )


@requires_scope("write")
def upload() -> Response:
    """Store an uploaded PDF with its metadata; its text is read out of it."""
    wait = waits_for_refresh(arguments())
    require_media_type(("multipart/form-data",))
    uploaded, metadata = _form()
    with _saved(uploaded) as path:
        value, result = ingest_file(
            services().store,
            services().extractor,
            path,
            file_name=file_label(uploaded.filename or "") or "dokument.pdf",
            metadata=metadata,
        )
    return _written(value, result, wait=wait)


@contextmanager
def _saved(uploaded: FileStorage) -> Iterator[Path]:
    """Keep an uploaded file where a killed process's is cleared away."""
    folder = services().settings.uploads_dir
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = (
                Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=UPLOAD_PREFIX, dir=folder))) / "upload.pdf"
            )
            uploaded.save(path)
        except OSError as error:
            raise cannot_write(error, folder) from error
        yield path


def _form() -> tuple[FileStorage, dict[str, Any]]:
    for name in (*request.form, *request.files):
        if name not in FORM_FIELDS:
            raise InvalidDocument(f"unknown form field {name!r}; known are: {', '.join(FORM_FIELDS)}", field=name)
    files = request.files.getlist("file")
    # Browsers and curl send a JSON part with a media type as if it were a file.
    texts = [*request.form.getlist("metadata"), *(part.read() for part in request.files.getlist("metadata"))]
    if len(files) != 1 or not files[0].filename:
        raise InvalidDocument("send exactly one file, with its name, as form field 'file'", field="file")
    if len(texts) > 1:
        raise InvalidDocument("send 'metadata' at most once", field="metadata")
    return files[0], json_object(texts[0]) if texts and texts[0].strip() else {}


def _written(value: Document, result: PutResult, *, wait: bool) -> Response:
    body = {
        "id": value.id,
        "created": result.created,
        "changed": result.changed,
        "change": result.change_number,
        "searchable": is_searchable(result.change_number, wait=wait),
    }
    response = json_response(body, 201 if result.created else 200)
    response.set_etag(result.version)
    if result.created:
        response.headers["Location"] = public_links().api(value.id)
    return response


def _with_etag(response: Response, version: str) -> Response:
    response.set_etag(version)
    response.make_conditional(request)
    return response


def _max_text_bytes() -> int:
    return services().settings.max_text_mb * 1_000_000
