"""A search request -> its address: the URL holds the whole state of the page, and every link is a new request.

Pages make one hit of a Vorgang's documents unless ``collapse=none``; the API, with the same parameters, only if asked.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from enum import Enum
from typing import Any
from urllib.parse import quote, urlencode

from index.contract import Collapse, FacetName, SearchRequest
from searchsvc.interface.links import encode_document_id
from searchsvc.interface.parameters import NOT_COLLAPSED, REPEATABLE, SEARCH_PARAMETERS

_DEFAULTS = SearchRequest()
_PAGE_DEFAULTS = replace(_DEFAULTS, collapse=Collapse.PAPER)
_FINDING = ("q", "date_from", "date_to", "date_missing", "exact", "all_words", *REPEATABLE)


def page_search(**values: Any) -> SearchRequest:
    """Return a search as a page makes it unless told otherwise."""
    return replace(_PAGE_DEFAULTS, **values)


def parameters(request: SearchRequest, *, without: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Return the parameters of a page that say what ``request`` says; ``q`` always, others unless they are a page's."""
    pairs: list[tuple[str, str]] = []
    for name in SEARCH_PARAMETERS:
        value = getattr(request, name)
        if name in without or (name != "q" and value == getattr(_PAGE_DEFAULTS, name)):
            continue
        if name in REPEATABLE:
            pairs += [(name, item) for item in value]
        else:
            pairs.append((name, _written(value)))
    return pairs


def search_url(base: str, request: SearchRequest) -> str:
    """Return the address of the search page for ``request``, below ``base``."""
    return f"{base}/?{urlencode(parameters(request), quote_via=quote)}"


def query_string(request: SearchRequest) -> str:
    """Return what ``request`` finds as a query string, without what is about order, pages and facets."""
    pairs = [(name, value) for name, value in parameters(request) if name in _FINDING and value]
    return urlencode(pairs, quote_via=quote)


def feed_url(base: str, request: SearchRequest) -> str:
    """Return the address of the feed of a search, below ``base``."""
    query = query_string(request)
    return f"{base}/feed.atom" + (f"?{query}" if query else "")


def subscription_url(base: str, request: SearchRequest) -> str:
    """Return the address of the form for following a search by e-mail, below ``base``."""
    query = query_string(request)
    return f"{base}/abo" + (f"?{query}" if query else "")


def document_url(base: str, document_id: str, request: SearchRequest, page: int | None = None, *, part: int = 1) -> str:
    """Return the address of a document's page that marks what ``request`` searched, at text page ``page``.

    It has the whole search, so that there is a way back to the very hits that one came from.
    """
    kept = [(name, value) for name, value in parameters(request) if value]
    anchor = ""
    if page:
        # The parameter chooses what is shown of a long document, the anchor the place in it.
        kept += [("seite", str(page))] + ([("teil", str(part))] if part > 1 else [])
        anchor = f"#seite-{page}" + (f"-{part}" if part > 1 else "")
    query = "?" + urlencode(kept, quote_via=quote) if kept else ""
    return f"{base}/dokumente/{encode_document_id(document_id)}{query}{anchor}"


def export_url(base: str, request: SearchRequest, kind: str, *, semicolons: bool = False) -> str:
    """Return the address of all documents that a search finds as a file, below ``base``, in the order of the page."""
    pairs = [(name, value) for name, value in parameters(request) if name in (*_FINDING, "sort") and value]
    separator = [("separator", "semicolon")] if semicolons else []
    return f"{base}/api/v1/export?" + urlencode([("format", kind), *separator, *pairs], quote_via=quote)


def changed(request: SearchRequest, **values: Any) -> SearchRequest:
    """Return ``request`` with other values, back on its first page unless that is what changes."""
    return replace(request, **({"page": 1, "cursor": None} | values))


def toggled(request: SearchRequest, facet: FacetName, value: str) -> SearchRequest:
    """Return ``request`` with ``value`` of ``facet`` added to the filters or, if it is there, taken away."""
    values: tuple[str, ...] = getattr(request, facet.value)
    rest = tuple(item for item in values if item != value)
    return changed(request, **{facet.value: rest if len(rest) < len(values) else (*values, value)})


def default_of(name: str) -> Any:
    """Return the value of a field of a page's search that means "not given"."""
    return getattr(_PAGE_DEFAULTS, name)


def is_field(name: str) -> bool:
    """Tell whether a search request has a field of this name."""
    return name in {spec.name for spec in fields(SearchRequest)}


def _written(value: Any) -> str:
    if value is None:  # of all fields, only collapse is written then
        return NOT_COLLAPSED
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    return str(value)
