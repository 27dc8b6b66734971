"""Requests and answers shown in the API's document. Tests send the requests and compare the answers."""

from __future__ import annotations

import json
from typing import Any

_SERVER = "https://suche.example"
_API, _PAGE = f"{_SERVER}/api/v1/documents/vorlage-1", f"{_SERVER}/dokumente/vorlage-1"
_OTHER_API, _OTHER_PAGE = f"{_SERVER}/api/v1/documents/radwege-koeln", f"{_SERVER}/dokumente/radwege-koeln"
_KOMMUNE = {"id": "bruehl", "name": "Brühl", "ags": "05362012"}
_PAPER = {"id": None, "name": None, "reference": "312/2024", "type": "Vorlage"}
_OTHER_LINKS = {"self": _OTHER_API, "html": _OTHER_PAGE, "file": f"{_OTHER_PAGE}/datei"}
_LINKS = {"self": _API, "html": _PAGE, "file": f"{_PAGE}/datei"}
_YEAR = {"value": "2024", "from": "2024-01-01", "to": "2024-12-31", "count": 1, "selected": False}
_BUCKET = {"value": "bruehl", "label": "Brühl", "count": 1}

DOCUMENT_BODY: dict[str, Any] = {
    "title": "Radweg Römerstraße",
    "kommune": {"name": "Brühl", "ags": "05362012"},
    "date": "2024-05-13",
    "paper": {"reference": "312/2024", "type": "Vorlage"},
    "pages": ["Der Radweg an der Römerstraße wird ausgebaut."],
}
OTHER_DOCUMENT: dict[str, Any] = {
    "title": "Radwege in Köln",
    "kommune": {"name": "Köln", "ags": "05315000"},
    "date": "2023-02-01",
    "pages": ["Neue Radwege am Rhein, und einer an der Römerstraße."],
}
"""A second document, stored as ``radwege-koeln`` where the examples are sent."""

WRITTEN = {"id": "vorlage-1", "created": True, "changed": True, "change": 1, "searchable": True}
DELETED = {"id": "vorlage-1", "deleted": True, "change": 5, "searchable": True}

_HIT: dict[str, Any] = {
    "id": "vorlage-1",
    "score": 5.2,
    "title": "Radweg Römerstraße",
    "kommune": _KOMMUNE,
    "date": "2024-05-13",
    "paper": _PAPER,
    "file_name": None,
    "page_count": 1,
    "size": None,
    "text_quality": "digital",
    "snippets": [{"page": 1, "html": "Der <mark>Radweg</mark> an der Römerstraße wird ausgebaut."}],
    "missing": [],
    "links": _LINKS,
}
SEARCH = {
    "total": 1,
    "total_all_words": 1,
    "took_ms": 1.9,
    "page": 1,
    "per_page": 1,
    "next_cursor": None,
    "relaxed": False,
    "warnings": [],
    "did_you_mean": None,
    "hits": [_HIT],
    "facets": {
        "kommune": {
            "buckets": [
                _BUCKET | {"selected": True},
                {"value": "koeln", "label": "Köln", "count": 1, "selected": False},
            ],
            "other": 0,
            "missing": 0,
        },
        "date": {"interval": "year", "buckets": [_YEAR], "missing": 0},
    },
}
MULTI_SEARCH_BODY = {
    "searches": [
        {"q": "römerstraße", "kommune": ["Brühl"], "facets": [], "fields": ["id", "title"]},
        {"q": "radweg", "cursor": "WyJ4"},
    ]
}
MULTI_SEARCH = {
    "results": [
        SEARCH | {"per_page": 10, "hits": [{"id": "vorlage-1", "title": "Radweg Römerstraße"}], "facets": {}},
        {
            "error": {
                "code": "invalid_parameter",
                "message": "cursor is not one that a search returned as next_cursor",
                "field": "cursor",
            }
        },
    ]
}
SUGGESTIONS = {
    "q": "radw",
    "suggestions": [
        {
            "text": "Radweg Römerstraße",
            "kind": "title",
            "count": 1,
            "document": {"id": "vorlage-1", "links": _LINKS},
        },
        {
            "text": "Radwege in Köln",
            "kind": "title",
            "count": 1,
            "document": {"id": "radwege-koeln", "links": _OTHER_LINKS},
        },
        {"text": "Radweg", "kind": "word", "count": 2},
    ],
}
DOCUMENT: dict[str, Any] = {
    "id": "vorlage-1",
    "title": "Radweg Römerstraße",
    "kommune": _KOMMUNE,
    "date": "2024-05-13",
    "file_name": None,
    "mime_type": None,
    "size": None,
    "sha256": None,
    "page_count": 1,
    "created": None,
    "modified": None,
    "indexed_at": "2024-05-14T08:30:00.123000+00:00",
    "paper": _PAPER,
    "organizations": [],
    "keywords": [],
    "access_url": None,
    "download_url": None,
    "web_url": None,
    "text_quality": "digital",
    "also_in": [],
    "links": _LINKS | {"text": f"{_API}/text", "similar": f"{_API}/similar"},
}
SAVED_SEARCH = {
    "token": "Jm1Yk3dJ0cA2vY8Qf6s7dN4tX1eR9uWb",
    "search": "q=radweg",
    "channel": "webhook",
    "target": "https://rat.example/hook",
    "state": "active",
    "created_at": "2024-05-14T08:30:00.123000+00:00",
    "error": None,
}
CHANGES = {
    "history": "6e0f5f2b6c8e4a0f9d0b1a7c3e5d2f41",
    "last_change": 2,
    "next": 1,
    "more": True,
    "changes": [
        {
            "number": 1,
            "id": "vorlage-1",
            "changed_at": "2024-05-14T08:30:00.123000+00:00",
            "deleted": False,
            "document": DOCUMENT,
        }
    ],
}
TEXT = {"id": "vorlage-1", "pages": [{"number": 1, "text": DOCUMENT_BODY["pages"][0]}]}
SIMILAR = {
    "id": "vorlage-1",
    "hits": [
        _HIT
        | {
            "id": "radwege-koeln",
            "score": 3.1,
            "title": "Radwege in Köln",
            "kommune": {"id": "koeln", "name": "Köln", "ags": "05315000"},
            "date": "2023-02-01",
            "paper": None,
            "snippets": [],
            "links": _OTHER_LINKS,
        }
    ],
}
STATUS = {
    "documents": 2,
    "kommunen": [
        {"kommune": _KOMMUNE, "documents": 1},
        {"kommune": {"id": "koeln", "name": "Köln", "ags": "05315000"}, "documents": 1},
    ],
    "newest_date": "2024-05-13",
    "last_import": "2024-05-14T08:30:00.123000+00:00",
    "failures": 0,
    "oparl_sources": [],
    "changes": {"store": 2, "index": 2},
    "index": {
        "ready": True,
        "current": True,
        "documents": 2,
        "generation": "gen-000001.3",
        "size_bytes": 31_000,
        "segments": 2,
    },
    "worker": {
        "alive": True,
        "state": "idle",
        "seen_at": "2024-05-14T08:31:00+00:00",
        "done": 0,
        "total": 0,
        "troubles": [],
    },
    "backup": None,
}
BULK_BODY = "".join(
    json.dumps(line, ensure_ascii=False) + "\n"
    for line in (
        {"id": "antrag-7", "title": "Antrag", "text": "Mehr Bänke am Markt."},
        {"id": "antrag-8", "datum": "1.1."},
        {"delete": "antrag-7"},
    )
)
BULK = {
    "items": [
        {"line": 1, "id": "antrag-7", "status": "created", "change": 3},
        {
            "line": 2,
            "id": "antrag-8",
            "status": "error",
            "error": {
                "code": "invalid_document",
                "message": "datum: unknown field; did you mean 'date'?",
                "field": "datum",
            },
        },
        {"line": 3, "id": "antrag-7", "status": "deleted", "change": 4},
    ],
    "count": 3,
    "errors": 1,
    "last_change": 4,
    "searchable": False,
}
