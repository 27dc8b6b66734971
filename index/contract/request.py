"""What a search engine is asked: a search with its filters, order, page and facets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from index.contract.errors import InvalidRequest

MAX_PER_PAGE = 100
MAX_QUERY_CHARS = 1_000
"""Longest query, in characters; a longer one raises ``InvalidRequest("q", …)``. Encoded, it still fits into a URL."""
MAX_PAGED_HITS = 10_000
"""``page * per_page`` beyond this raises ``InvalidRequest("page", …)``; deeper hits are reached by ``cursor``."""


MAX_SNIPPETS = 10
MIN_SNIPPET_WORDS, MAX_SNIPPET_WORDS = 10, 100
MAX_FACET_QUERY_CHARS = 200


class Sort(StrEnum):
    """Orders of hits. Ties: relevance by date (newest first), then id; others by id. No date always comes last.

    ``indexed_at`` is when the document, as it is now, was stored here, to the millisecond.

    A date more than two years ahead is doubtful: it is given back, filtered and counted like all others, but the
    document has its place among those without a date.
    """

    RELEVANCE = "relevance"
    DATE = "date"
    DATE_DESC = "-date"
    INDEXED = "indexed_at"
    INDEXED_DESC = "-indexed_at"


class DateInterval(StrEnum):
    """Width of a bucket of the date facet. Weeks are those of ISO 8601: from Monday on, named like ``2013-W46``."""

    YEAR = "year"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


class Collapse(StrEnum):
    """What of a result becomes one hit: the documents of a Vorgang, of which one stands for all.

    It is the best-ranked, but no sheet of next to no words as long as another one has no fewer words of the query.
    """

    PAPER = "paper"


class FacetName(StrEnum):
    """What can be counted and (but for ``date``, which has its own fields) filtered by value."""

    KOMMUNE = "kommune"
    DATE = "date"
    PAPER_TYPE = "paper_type"
    ORGANIZATION = "organization"
    MIME_TYPE = "mime_type"
    TEXT_QUALITY = "text_quality"


MISSING = "_missing"
"""Filter value that selects documents without a value (for ``date``: ``SearchRequest.date_missing``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """A search. Filters of one facet are alternatives (or), different facets narrow each other (and).

    ``kommune`` values are ids, names in any spelling, or AGS; the other filters are exact values or ``MISSING``.
    ``date_from`` and ``date_to`` are inclusive; with either of them documents without date are excluded, unless
    ``date_missing`` asks for these (alone: only documents without date).
    ``cursor`` continues where a result's ``next_cursor`` left off and excludes ``page``.
    ``all_words`` leaves out what lacks a word of the query, ``exact`` what has it otherwise than as typed as well.
    ``boost_recent`` lets new documents count for more; ``explain`` asks for ``Hit.found_by``.
    ``facet_query`` is like ``organization:bau``: of this facet only values are listed in which a word begins so, folded
    (and selected ones); counts stay those of the facet. A hit has at most ``snippets`` snippets of about
    ``snippet_length`` words.
    ``collapse`` makes one hit of all documents of a Vorgang, in the place of the one that stands for them.
    """

    q: str = ""
    kommune: tuple[str, ...] = ()
    paper_type: tuple[str, ...] = ()
    organization: tuple[str, ...] = ()
    mime_type: tuple[str, ...] = ()
    text_quality: tuple[str, ...] = ()
    date_from: date | None = None
    date_to: date | None = None
    date_missing: bool = False
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    per_page: int = 10
    cursor: str | None = None
    facets: tuple[FacetName, ...] = (FacetName.KOMMUNE, FacetName.DATE)
    facet_size: int = 50
    facet_query: str = ""
    date_interval: DateInterval = DateInterval.YEAR
    highlight: bool = True
    snippets: int = 3
    snippet_length: int = 28
    exact: bool = False
    all_words: bool = False
    collapse: Collapse | None = None
    boost_recent: bool = False
    explain: bool = False


def validate(request: SearchRequest) -> None:
    """Raise ``InvalidRequest`` when a request's values are out of range or do not go together."""
    if len(request.q) > MAX_QUERY_CHARS:
        raise InvalidRequest(
            "q", f"the query has {len(request.q):,} characters; at most {MAX_QUERY_CHARS:,} are searched, shorten it"
        )
    if not 1 <= request.per_page <= MAX_PER_PAGE:
        raise InvalidRequest("per_page", f"per_page must be from 1 to {MAX_PER_PAGE}")
    if request.page < 1:
        raise InvalidRequest("page", "page counts from 1")
    if request.cursor is not None and request.page != 1:
        raise InvalidRequest("cursor", "cursor and page exclude each other")
    if request.page * request.per_page > MAX_PAGED_HITS:
        raise InvalidRequest("page", f"pages end at hit {MAX_PAGED_HITS:,}; go on with cursor, or narrow the search")
    if request.facet_size < 0:
        raise InvalidRequest("facet_size", "facet_size must not be negative")
    if not 1 <= request.snippets <= MAX_SNIPPETS:
        raise InvalidRequest("snippets", f"snippets must be from 1 to {MAX_SNIPPETS}")
    if not MIN_SNIPPET_WORDS <= request.snippet_length <= MAX_SNIPPET_WORDS:
        raise InvalidRequest(
            "snippet_length", f"snippet_length must be from {MIN_SNIPPET_WORDS} to {MAX_SNIPPET_WORDS} words"
        )
    if request.facet_query:
        _check_facet_query(request)
    if request.date_from and request.date_to and request.date_from > request.date_to:
        raise InvalidRequest("date_from", "date_from is after date_to")


def facet_query_of(request: SearchRequest, name: FacetName) -> str:
    """Return the beginning that the values of a facet are to have; empty: any."""
    wanted, _, beginning = request.facet_query.partition(":")
    return beginning if wanted == name.value else ""


def _check_facet_query(request: SearchRequest) -> None:
    name, _, beginning = request.facet_query.partition(":")
    searched = [facet.value for facet in FacetName if facet is not FacetName.DATE]
    if name not in searched or not beginning.strip() or len(beginning) > MAX_FACET_QUERY_CHARS:
        raise InvalidRequest(
            "facet_query",
            f"facet_query is a facet's name, a colon and a beginning of at most {MAX_FACET_QUERY_CHARS} characters, "
            f"like organization:bau; facets are: {', '.join(searched)}",
        )
    if FacetName(name) not in request.facets:
        raise InvalidRequest("facet_query", f"facet_query is about the facet {name}, which is not among facets")
