"""What the routes around the plain search take: the API adds to it, exports and feeds leave out what is
about pages of hits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import parse_qs

from index.contract import MAX_PAGED_HITS, SearchRequest
from searchsvc.interface.parameters import (
    SEARCH_PARAMETERS,
    Arguments,
    InvalidParameter,
    Problem,
    check_names,
    choice,
    flag,
    number,
    read_search,
    single,
)

PAGE_PARAMETERS = (
    "page", "per_page", "cursor", "facets", "facet_size", "facet_query", "date_interval", "highlight", "snippets",
    "snippet_length",
)  # fmt: skip
"""Parameters of a search that choose what of its answer is shown, not what is found."""


class ExportFormat(StrEnum):
    """How the hits of an export are written."""

    NDJSON = "ndjson"
    CSV = "csv"


class Separator(StrEnum):
    """What stands between the columns of a CSV file; spreadsheets set to German take semicolons only for columns."""

    COMMA = "comma"
    SEMICOLON = "semicolon"

    @property
    def sign(self) -> str:
        """The separator itself."""
        return ";" if self is Separator.SEMICOLON else ","


class HitField(StrEnum):
    """The fields of a hit."""

    ID = "id"
    SCORE = "score"
    TITLE = "title"
    KOMMUNE = "kommune"
    DATE = "date"
    PAPER = "paper"
    FILE_NAME = "file_name"
    PAGE_COUNT = "page_count"
    SIZE = "size"
    TEXT_QUALITY = "text_quality"
    SNIPPETS = "snippets"
    MISSING = "missing"
    LINKS = "links"
    COLLAPSED = "collapsed"
    FOUND_BY = "found_by"


@dataclass(frozen=True, slots=True)
class ApiSearch:
    """A search over the API: ``fields`` are those wanted of each hit (None: all)."""

    search: SearchRequest
    fields: tuple[HitField, ...] | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """All hits of ``search`` are wanted, written as ``format``; ``separator``: of CSV."""

    search: SearchRequest
    format: ExportFormat
    separator: Separator = Separator.COMMA


@dataclass(frozen=True, slots=True)
class Feed:
    """Page ``page`` (1-based) of the feed of ``search``."""

    search: SearchRequest
    page: int

    @property
    def is_of_everything(self) -> bool:
        """Whether all documents are in the feed."""
        return replace(self.search, exact=False) == SearchRequest(q=self.search.q) and not self.search.q.strip()

    @property
    def has_next(self) -> bool:
        """Whether there may be a page after this one."""
        return self.page < FEED_PAGES


FEED_ENTRIES = 50
"""Entries on one page of a feed."""

FEED_PAGES = MAX_PAGED_HITS // FEED_ENTRIES
"""Pages of a feed that can be reached."""

EXPORT_PARAMETERS = ("format", "separator", *(name for name in SEARCH_PARAMETERS if name not in PAGE_PARAMETERS))

FEED_PARAMETERS = (
    "page",
    *(name for name in SEARCH_PARAMETERS if name not in (*PAGE_PARAMETERS, "sort", "boost_recent", "collapse")),
)

API_PARAMETERS = (*SEARCH_PARAMETERS, "fields", "explain")


def api_search(arguments: Arguments) -> ApiSearch:
    """Return the search that ``arguments`` ask for. Raises ``InvalidParameter`` for the first that is wrong."""
    check_names(arguments, API_PARAMETERS)
    search = _search({name: values for name, values in arguments.items() if name in SEARCH_PARAMETERS})
    fields = single("fields", _fields, arguments["fields"]) if "fields" in arguments else None
    if fields is not None and HitField.SNIPPETS not in fields:
        search = replace(search, highlight=False)
    if "explain" in arguments:
        search = replace(search, explain=single("explain", flag, arguments["explain"]))
    return ApiSearch(search, fields)


def export(arguments: Arguments) -> Export:
    """Return the export that ``arguments`` ask for. Raises ``InvalidParameter``."""
    check_names(arguments, EXPORT_PARAMETERS)
    kind = single("format", choice(ExportFormat), arguments["format"]) if "format" in arguments else ExportFormat.NDJSON
    search = _search({name: values for name, values in arguments.items() if name not in ("format", "separator")})
    if "separator" not in arguments:
        return Export(search, kind)
    separator = single("separator", choice(Separator), arguments["separator"])
    if kind is not ExportFormat.CSV:
        raise InvalidParameter(Problem("separator", "conflict", "parameter 'separator' is for format=csv only"))
    return Export(search, kind, separator)


def feed(arguments: Arguments) -> Feed:
    """Return the page of a feed that ``arguments`` ask for. Raises ``InvalidParameter``."""
    check_names(arguments, FEED_PARAMETERS)
    pages = number(1, FEED_PAGES)
    page = single("page", pages, arguments["page"]) if "page" in arguments else 1
    return Feed(_search({name: values for name, values in arguments.items() if name != "page"}), page)


SAVED_PARAMETERS = tuple(name for name in FEED_PARAMETERS if name != "page")


def saved_search(arguments: Arguments) -> SearchRequest:
    """Return the search that is to be saved. Raises ``InvalidParameter``."""
    check_names(arguments, SAVED_PARAMETERS)
    return _search(arguments)


def request_of(query: str) -> SearchRequest:
    """Return the search of a query string that was saved; what this version does not know of it is left out."""
    return read_search(parse_qs(query, keep_blank_values=True))[0]


def _fields(value: str) -> tuple[HitField, ...]:
    convert = choice(HitField)
    return tuple(dict.fromkeys(convert(name) for name in value.split(",")))


def _search(arguments: Arguments) -> SearchRequest:
    request, problems = read_search(arguments)
    if problems:
        raise InvalidParameter(problems[0])
    return request
