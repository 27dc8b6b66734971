"""What ``searchsvc search --json`` prints: the answer of the HTTP interface."""

from __future__ import annotations

import json

from index.contract import SearchResult
from searchsvc.interface.links import DocumentLinks
from searchsvc.interface.serializers import search_result
from searchsvc.settings import Settings


def as_answered(result: SearchResult, settings: Settings) -> str:
    """Return a result as JSON."""
    links = DocumentLinks((settings.public_url or settings.web_url).rstrip("/"))
    return json.dumps(search_result(result, links), ensure_ascii=False, indent=2)
