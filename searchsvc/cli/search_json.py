"""What ``searchsvc search --json`` prints: the answer of the HTTP interface."""

from __future__ import annotations

import json

from index.engine import SearchResult
from searchsvc.settings import Settings
from searchsvc.web.links import DocumentLinks
from searchsvc.web.serializers import search_result


def as_answered(result: SearchResult, settings: Settings) -> str:
    """Return a result as JSON."""
    links = DocumentLinks((settings.public_url or settings.web_url).rstrip("/"))
    return json.dumps(search_result(result, links), ensure_ascii=False, indent=2)
