"""Many documents in one request: NDJSON in, one result per item out, in bounded memory however many there are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from flask import Blueprint, Response, request

from index.contract import Document
from searchsvc.documents.input import parse_document
from searchsvc.errors import DocumentNotFound, InvalidDocument, ServiceError, StoreUnavailable
from searchsvc.interface.parameters import waits_for_refresh
from searchsvc.store import PutResult, Store
from searchsvc.web.api.arguments import arguments
from searchsvc.web.api.bodies import JSON_TYPES, NDJSON_TYPES, json_object, lines, require_media_type
from searchsvc.web.api.refresh import is_searchable
from searchsvc.web.http.auth import requires_scope
from searchsvc.web.http.errors import BodyTooLarge, MalformedBody, answer_for
from searchsvc.web.http.json_response import json_text
from searchsvc.web.http.services import services
from searchsvc.web.http.spools import text_spool

BATCH_ITEMS = 200
BATCH_BYTES = 8_000_000
SPOOL_BYTES = 1_000_000
SEND_BYTES = 64 * 1024


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.post("/documents/bulk")(bulk)


@requires_scope("write")
def bulk() -> Response:
    """Store and delete documents, each on its own: a bad item is reported and the others go through.

    The answer begins when the whole body has been read, so that clients that send everything before they read
    anything never wait for each other; results are kept on disk until then.
    """
    wait = waits_for_refresh(arguments())
    require_media_type((*NDJSON_TYPES, *JSON_TYPES))
    # None would mean the application's limit; here only each line is limited.
    request.max_content_length = sys.maxsize
    max_bytes = services().settings.max_text_mb * 1_000_000
    # Closed when it is sent, or with an answer that nobody waited for.
    results = text_spool(services().settings, SPOOL_BYTES)
    run = _BulkRun(services().store, results, max_bytes)
    try:
        for number, line in lines(request.stream.read, max_bytes):
            run.take(number, line)
        run.flush()
        results.seek(0)  # a full disk shows itself now, before the answer begins
        searchable = is_searchable(run.last_change, wait=wait) if run.last_change else True
    except BaseException:
        results.close()
        raise
    response = Response(
        _answer(results, run, searchable), mimetype="application/json", headers={"Cache-Control": "no-cache"}
    )
    response.call_on_close(results.close)
    return response


@dataclass(frozen=True, slots=True)
class _Item:
    """One line: a document to store, or what was wrong with it."""

    line: int
    document_id: str | None
    document: Document | None = None
    error: ServiceError | None = None


@dataclass(slots=True)
class _BulkRun:
    """Items on their way into the store: they wait to be written together, in the order they came."""

    store: Store
    results: IO[str]
    max_text_bytes: int
    items: int = 0
    errors: int = 0
    last_change: int = 0
    _waiting: list[_Item] = field(default_factory=list)
    _waiting_bytes: int = 0

    def take(self, number: int, line: bytes | ServiceError) -> None:
        """Handle one line; what is wrong with it becomes its result. Raises ``StoreUnavailable`` as ``flush`` does."""
        document_id: str | None = None
        try:
            if isinstance(line, ServiceError):
                raise line
            item = json_object(line)
            document_id = _id_of(item)
            if "delete" in item:
                self._delete(number, item)
            else:
                document = parse_document(item, max_text_bytes=self.max_text_bytes)
                self._waiting.append(_Item(number, document.id, document))
                self._waiting_bytes += len(line)
        except (MalformedBody, BodyTooLarge, InvalidDocument) as error:
            self._waiting.append(_Item(number, document_id, error=error))
        if len(self._waiting) >= BATCH_ITEMS or self._waiting_bytes >= BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write the waiting documents and all their results.

        Raises ``StoreUnavailable`` if nothing at all could be stored so far; later outages are results of their items.
        """
        batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
        stored = self._put([item.document for item in batch if item.document is not None])
        for item in batch:
            outcome = item.error or next(stored)
            if isinstance(outcome, ServiceError):
                self._fail(item.line, item.document_id, outcome)
            else:
                status = "created" if outcome.created else "updated" if outcome.changed else "unchanged"
                self._succeed(item.line, item.document_id, status, outcome.change_number)

    def _put(self, documents: list[Document]) -> Iterator[PutResult | ServiceError]:
        """Store documents together; if one of them spoils the batch, each on its own."""
        try:
            return iter(self.store.documents.put_many(documents) if documents else [])
        except InvalidDocument:
            return iter([self._put_one(document) for document in documents])
        except StoreUnavailable as error:
            if not self.last_change:
                raise
            return iter([error] * len(documents))

    def _put_one(self, document: Document) -> PutResult | ServiceError:
        try:
            return self.store.documents.put(document)
        except (InvalidDocument, StoreUnavailable) as error:
            return error

    def _delete(self, number: int, item: dict[str, Any]) -> None:
        if set(item) != {"delete"} or not isinstance(item["delete"], str):
            raise InvalidDocument('write a deletion as {"delete": "id"} and nothing else', field="delete")
        self.flush()
        try:
            change = self.store.documents.delete(item["delete"])
        except StoreUnavailable as error:
            if not self.last_change:
                raise
            self._fail(number, item["delete"], error)
            return
        if change is None:
            self._fail(number, item["delete"], DocumentNotFound("there is no document with this id"))
        else:
            self._succeed(number, item["delete"], "deleted", change)

    def _succeed(self, number: int, document_id: str | None, status: str, change: int) -> None:
        self.last_change = max(self.last_change, change)
        self._write({"line": number, "id": document_id, "status": status, "change": change})

    def _fail(self, number: int, document_id: str | None, error: ServiceError) -> None:
        self.errors += 1
        told = answer_for(error)
        what = {"code": told.code, "message": told.message, "field": told.field}
        self._write({"line": number, "id": document_id, "status": "error", "error": what})

    def _write(self, result: dict[str, Any]) -> None:
        self.results.write(("," if self.items else "") + "\n" + json_text(result))
        self.items += 1


def _answer(results: IO[str], run: _BulkRun, searchable: bool) -> Iterator[str]:
    with results:
        yield '{"items":['
        while part := results.read(SEND_BYTES):
            yield part
        total = json_text({"count": run.items, "errors": run.errors, "last_change": run.last_change or None})
        yield f'\n],{total[1:-1]},"searchable":{json_text(searchable)}}}\n'


def _id_of(item: dict[str, Any]) -> str | None:
    named = item.get("delete", item.get("id"))
    return named if isinstance(named, str) else None
