"""The operations of the API that read."""

from __future__ import annotations

from searchsvc.web.api import request_schemas as requests
from searchsvc.web.api import schemas, status_schemas
from searchsvc.web.openapi import examples
from searchsvc.web.openapi.operation import JSON, Body, Example, Operation, replies

DOCUMENT = "/api/v1/documents/{document_id}"

READING = (
    Operation(
        "get", "/api/v1/search", "search", "Search", "Search documents",
        replies(schemas.SearchResult, 304, 400, 429, 503),
        "Hits and exact facet counts. All words are wanted; the query knows phrases, OR, -word, parentheses, word*, "
        "word~ and the fields titel, kommune, datum, typ and nr.",
        requests.SearchParameters,
        example=Example({"q": "radweg", "kommune": ["Bruehl"], "per_page": 1}, answer=examples.SEARCH),
    ),
    Operation(
        "post", "/api/v1/msearch", "msearch", "Search", "Search several times at once",
        replies(schemas.MultiSearchResult, 400, 413, 415, 429, 503),
        "A search that is refused has an error in its place; the others are answered.",
        body=Body({JSON: requests.MultiSearchBody}),
        example=Example(body=examples.MULTI_SEARCH_BODY, answer=examples.MULTI_SEARCH),
    ),
    Operation(
        "get", "/api/v1/export", "export", "Search", "Export all hits",
        replies(None, 400, 429, 503, media_types=("application/x-ndjson", "text/csv")),
        "All hits of a search in its order, streamed, as they were when the answer began. NDJSON has each document's "
        "metadata, CSV is UTF-8 with a byte order mark and safe to open in a spreadsheet.",
        requests.ExportParameters,
        example=Example({"q": "radweg", "format": "ndjson"}),
    ),
    Operation(
        "get", "/api/v1/suggest", "suggest", "Search", "Complete what is being typed",
        replies(schemas.Suggestions, 304, 400, 429, 503),
        "Only completions that find something.",
        requests.SuggestParameters,
        example=Example({"q": "radw"}, answer=examples.SUGGESTIONS),
    ),
    Operation(
        "get", "/feed.atom", "feed", "Search", "Follow a search",
        replies(None, 304, 400, 429, 503, media_types=("application/atom+xml",)),
        "Atom feed of a search, the latest stored document first, in pages, with deletions.",
        requests.FeedParameters,
        example=Example({"q": "radweg"}),
    ),
    Operation(
        "get", DOCUMENT, "readDocument", "Documents", "Read a document's metadata",
        replies(schemas.Document, 304, 400, 404, 503),
        "Encode slashes in the id as %2F.",
        example=Example(answer=examples.DOCUMENT),
    ),
    Operation(
        "get", f"{DOCUMENT}/text", "readText", "Documents", "Read a document's text",
        replies(schemas.DocumentText, 304, 400, 404, 503),
        example=Example(answer=examples.TEXT),
    ),
    Operation(
        "get", f"{DOCUMENT}/similar", "similar", "Documents", "Find documents like one",
        replies(schemas.Similar, 304, 400, 404, 429, 503),
        parameters=requests.SimilarParameters,
        example=Example({"limit": 1}, answer=examples.SIMILAR),
    ),
    Operation(
        "get", "/api/v1/changes", "changes", "Documents", "Read what has changed",
        replies(schemas.ChangeList, 304, 400, 409, 429, 503),
        "The changes after a number, with deletions, in order: what a mirror needs. Each document appears once, as it "
        "is now. Ask again with next as since.",
        requests.ChangesParameters,
        example=Example({"limit": 1}, answer=examples.CHANGES),
    ),
    Operation(
        "get", "/api/v1/status", "status", "Status", "What is in the collection",
        replies(status_schemas.Status, 304, 400, 503),
        example=Example(answer=examples.STATUS),
    ),
)  # fmt: skip
