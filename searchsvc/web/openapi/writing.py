"""The operations of the API that write."""

from __future__ import annotations

from searchsvc.web.api import request_schemas as requests
from searchsvc.web.api import schemas
from searchsvc.web.openapi import examples
from searchsvc.web.openapi.operation import JSON, MEANINGS, Body, Example, Operation, Reply, replies
from searchsvc.web.openapi.reading import DOCUMENT

_CREATED = {201: Reply(MEANINGS[201], {JSON: schemas.WriteResult}, ("ETag", "Location"))}

WRITING = (
    Operation(
        "put", DOCUMENT, "storeDocument", "Documents", "Store a document",
        replies(schemas.WriteResult, 400, 401, 403, 412, 413, 415, 422, 429, 503, others=_CREATED),
        "Replaces what was there. Durable when answered, searchable within a second.",
        requests.WriteParameters,
        requests.Preconditions,
        Body({JSON: requests.DocumentBody}),
        scope="write",
        example=Example({"refresh": "wait"}, examples.DOCUMENT_BODY, 201, examples.WRITTEN),
    ),
    Operation(
        "delete", DOCUMENT, "deleteDocument", "Documents", "Delete a document",
        replies(schemas.DeleteResult, 400, 401, 403, 404, 412, 429, 503),
        parameters=requests.WriteParameters,
        headers=requests.Preconditions,
        scope="write",
        example=Example({"refresh": "wait"}, answer=examples.DELETED),
    ),
    Operation(
        "post", "/api/v1/documents", "uploadDocument", "Documents", "Upload a PDF",
        replies(schemas.WriteResult, 400, 401, 403, 413, 415, 422, 429, 503, others=_CREATED),
        "Without an id in metadata, the SHA-256 of the file is the id.",
        requests.WriteParameters,
        body=Body({"multipart/form-data": requests.UploadForm}),
        scope="write",
    ),
    Operation(
        "post", "/api/v1/documents/bulk", "bulk", "Documents", "Store and delete many documents",
        replies(schemas.BulkResult, 400, 401, 403, 415, 429, 503),
        'One JSON object a line: a document with its id, or {"delete": "id"}. Each line has its own result.',
        requests.WriteParameters,
        body=Body({"application/x-ndjson": None}),
        scope="write",
        example=Example({}, examples.BULK_BODY, answer=examples.BULK),
    ),
)  # fmt: skip
