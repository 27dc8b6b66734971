"""The engine interface: what the service asks of a search engine, and the requests and results it speaks in.

Nothing outside ``index`` knows which engine runs. An engine is opened read-only by any number of processes and for
writing by exactly one. Implementations must pass the acceptance tests in ``tests/test_engine_contract.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from index.documents import Document, Kommune, Paper, TextQuality

MAX_PER_PAGE = 100
MAX_QUERY_CHARS = 1_000
"""Longest query, in characters; a longer one raises ``InvalidRequest("q", …)``. Encoded, it still fits into a URL."""
COLLAPSED_DOCUMENTS = 3
"""So many of the documents that a collapsed hit stands for are named in it."""
MAX_PAGED_HITS = 10_000
"""``page * per_page`` beyond this raises ``InvalidRequest("page", …)``; deeper hits are reached by ``cursor``."""


class Sort(StrEnum):
    """Orders of hits. Ties: relevance by date (newest first), then id; dates by id. No date always comes last."""

    RELEVANCE = "relevance"
    DATE = "date"
    DATE_DESC = "-date"


class DateInterval(StrEnum):
    """Width of a bucket of the date facet."""

    YEAR = "year"
    MONTH = "month"


class Collapse(StrEnum):
    """What of a result becomes one hit: the documents of a Vorgang, of which the best-ranked stands for all."""

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
    ``boost_recent`` lets new documents count for more; ``explain`` asks for ``Hit.found_by``.
    ``collapse`` makes one hit of all documents of a Vorgang, in the place of the first of them.
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
    date_interval: DateInterval = DateInterval.YEAR
    highlight: bool = True
    exact: bool = False
    collapse: Collapse | None = None
    boost_recent: bool = False
    explain: bool = False


@dataclass(frozen=True, slots=True)
class SearchWarning:
    """Something about the request the caller should know; the search was answered all the same.

    ``code`` is stable (``unbalanced_quote``, ``unknown_field``, …); ``message`` is English, ``detail`` the part of the
    input it is about.
    """

    code: str
    message: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """An excerpt of page ``page`` (1-based). ``html`` is escaped text with ``<mark>`` elements."""

    page: int
    html: str


@dataclass(frozen=True, slots=True)
class CollapsedDocument:
    """A document that another one of its Vorgang stands for."""

    id: str
    title: str
    file_name: str | None
    page_count: int | None


@dataclass(frozen=True, slots=True)
class Collapsed:
    """The other documents of a hit's Vorgang that were found: how many, and the first of them in the result's order."""

    count: int
    documents: tuple[CollapsedDocument, ...]


@dataclass(frozen=True, slots=True)
class FoundBy:
    """How a hit has a word of the query that it does not have as typed.

    ``way``: ``part``, ``span``, ``near``, ``synonym``, ``derived`` or ``fuzzy``; None: the hit does not have it at all.
    ``found``: what was looked for instead.
    """

    typed: str
    way: str | None
    found: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One found document. ``score`` is comparable within one result only; 0.0 when not sorted by relevance.

    ``title_html`` is the escaped title with ``<mark>`` elements. ``collapsed`` is None unless that was asked for.
    """

    id: str
    score: float
    title: str
    title_html: str
    kommune: Kommune | None
    date: date | None
    paper: Paper | None
    organizations: tuple[str, ...]
    file_name: str | None
    mime_type: str | None
    page_count: int | None
    size: int | None
    text_quality: TextQuality
    indexed_at: datetime | None
    snippets: tuple[Snippet, ...] = ()
    sha256: str | None = None
    created: datetime | None = None
    modified: datetime | None = None
    keywords: tuple[str, ...] = ()
    access_url: str | None = None
    download_url: str | None = None
    web_url: str | None = None
    collapsed: Collapsed | None = None
    found_by: tuple[FoundBy, ...] = ()


@dataclass(slots=True)  # not frozen: an answer has a hundred of these, and frozen ones take three times as long to make
class Bucket:
    """One value of a facet. For the date facet ``start`` and ``end`` are its first and last day."""

    value: str
    label: str
    count: int
    selected: bool = False
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """Exact counts over all hits under every filter but this facet's own.

    ``buckets``: most frequent first, then by label (date: oldest first, complete); selected values are always
    present, at zero if need be. ``other``: number of counted values' occurrences not listed. ``missing``: hits
    without a value; ``missing_selected``: whether these are filtered for. ``interval``: for the date facet.
    """

    name: FacetName
    buckets: tuple[Bucket, ...]
    other: int = 0
    missing: int = 0
    missing_selected: bool = False
    interval: DateInterval | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A better spelling of a query, and how many hits it has under the same filters (always > 0)."""

    q: str
    total: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to a ``SearchRequest``.

    ``total`` counts hits, ``total_documents`` the documents they stand for; facets count documents. These differ only
    when the search was collapsed.
    ``relaxed``: no document has all words, so these are the best partial matches. ``generation`` identifies the
    state of the index that was searched. ``timings_ms`` has the time by phase.
    """

    total: int
    total_documents: int
    hits: tuple[Hit, ...]
    facets: tuple[Facet, ...]
    page: int | None
    per_page: int
    next_cursor: str | None
    relaxed: bool
    warnings: tuple[SearchWarning, ...]
    did_you_mean: Suggestion | None
    generation: str
    took_ms: float
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Completion:
    """A completion of what is being typed. ``kind``: ``title``, ``word``, ``reference`` or ``kommune``."""

    text: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Change:
    """One step of the change log: the document's new state, or None when it was deleted. ``number`` increases."""

    number: int
    document_id: str
    document: Document | None


@dataclass(frozen=True, slots=True)
class EngineStats:
    """What is in the index. ``documents_by_kommune`` is ordered by count, then name; None: without Kommune."""

    documents: int
    documents_by_kommune: tuple[tuple[Kommune | None, int], ...]
    newest_date: date | None
    applied_change: int
    generation: str
    analyzer_fingerprint: str
    size_bytes: int
    segments: int


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """Whether the engine can answer searches now; ``reason`` says in English why not and what to do.

    ``generation`` identifies the state of the index the next search sees, as ``SearchResult.generation`` does.
    """

    ready: bool
    reason: str | None = None
    generation: str | None = None


class SearchEngine(Protocol):
    """Reading side: safe to use from any thread of any number of processes; picks up new commits by itself."""

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a search. Raises ``InvalidRequest``, ``IndexUnavailable`` or ``SearchTimeout``.

        What people type never raises, but for the time it may take.
        """
        ...

    def scan(self, request: SearchRequest) -> Iterator[Hit]:
        """Return all hits of a search, in its order, of one snapshot: later commits neither show nor disturb.

        Page, facets and snippets are not looked at. Memory does not grow with the hits but for a few numbers each.
        Raises at once what ``search`` raises; ``IndexUnavailable`` later on only when files are damaged.
        """
        ...

    def matching(self, request: SearchRequest, document_ids: Sequence[str]) -> Sequence[str]:
        """Return those of some documents that a search finds; partial matches do not count.

        Takes time by the number of ``document_ids``, not of all documents. Raises what ``search`` raises.
        """
        ...

    def suggest(self, prefix: str, *, limit: int = 8) -> Sequence[Completion]:
        """Complete what a person has typed so far; only completions that find something."""
        ...

    def similar(self, document_id: str, *, limit: int = 5) -> Sequence[Hit]:
        """Return documents like this one, best first. An unknown id gives none."""
        ...

    def highlight(self, pages: Sequence[str], q: str, *, exact: bool = False) -> Sequence[str]:
        """Return each page as escaped HTML with the words of ``q`` in ``<mark>`` elements."""
        ...

    def stats(self) -> EngineStats:
        """Count what is in the index. Raises ``IndexUnavailable``."""
        ...

    def health(self) -> EngineHealth:
        """Tell whether searches can be answered. Never raises."""
        ...

    def applied_change(self) -> int:
        """Return the number of the last change that searches of this process can see; 0: none."""
        ...

    def close(self) -> None:
        """Release files. The engine must not be used afterwards."""
        ...


class IndexWriter(Protocol):
    """Writing side; at most one at a time per index, others get ``IndexLocked``."""

    @property
    def applied_change(self) -> int:
        """Number of the last change that is durably in the index; 0: none."""
        ...

    @property
    def needs_rebuild(self) -> str | None:
        """English reason why the index must be built anew (missing, damaged, other fingerprint); None: it need not."""
        ...

    def apply(self, changes: Sequence[Change]) -> None:
        """Put changes into the index, in order, and make them durable and visible as one.

        Applying a change again is harmless. Raises ``IndexStorageError``, ``IndexDamaged``, or
        ``DocumentRejected`` for a document that must be left out; then none of the batch is visible.
        """
        ...

    def tidy(self) -> bool:
        """Do what is due beside changes, such as merging, without holding changes up; tell whether more is going on.

        Call it now and then while there is nothing else to do. Raises like ``apply``; nothing is lost then.
        """
        ...

    def rebuild(
        self, documents: Iterable[Document], *, change_number: int, progress: Callable[[int], Any] | None = None
    ) -> None:
        """Build a new generation from all documents beside the serving one and switch to it atomically.

        ``change_number`` is the number up to which ``documents`` are current (later changes are applied as usual).
        ``progress`` is called with the number of documents so far. Raises like ``apply``; then the old generation
        keeps serving.
        """
        ...

    def close(self) -> None:
        """Release the writer's lock."""
        ...
