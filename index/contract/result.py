"""What a search engine answers: hits, facets, completions, what is in the index and how it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from index.contract.documents import Kommune, Paper, TextQuality
from index.contract.request import DateInterval, FacetName

COLLAPSED_DOCUMENTS = 3
"""So many of the documents that a collapsed hit stands for are named in it."""


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

    ``title_html`` is the escaped title with ``<mark>`` elements, ``paper_name_html`` the name of the Vorgang; that is
    None where there is none or no highlighting was asked for. ``collapsed`` is None unless that was asked for.
    ``missing``: the words of the query that the document lacks, as typed.
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
    missing: tuple[str, ...] = ()
    paper_name_html: str | None = None


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

    ``buckets``: most frequent first, then by label as DIN 5007-1 orders names (date: oldest first, complete); selected
    values are always present, at zero if need be. ``other``: number of counted values' occurrences not listed.
    ``missing``: hits without a value; ``missing_selected``: whether these are filtered for. ``interval``: for the date
    facet.
    """

    name: FacetName
    buckets: tuple[Bucket, ...]
    other: int = 0
    missing: int = 0
    missing_selected: bool = False
    interval: DateInterval | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A better spelling of a query, and how many hits it has under the same filters (always > 0).

    ``searched``: its hits are among those of the result.
    """

    q: str
    total: int
    searched: bool = False


@dataclass(frozen=True, slots=True)
class NamedKommune:
    """A Kommune that the query names, as ``typed``: its documents count for more, unless the name is in quotes."""

    typed: str
    kommune: Kommune


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to a ``SearchRequest``.

    ``total`` counts hits, ``total_documents`` the documents they stand for; facets count documents. These differ only
    when the search was collapsed. ``total_all_words``: so many hits, the first ones, have all words, if need be in the
    spelling of ``did_you_mean``.
    ``relaxed``: there are hits that do not have all words as typed, because few documents have. ``generation``
    identifies the state of the index that was searched. ``timings_ms`` has the time by phase.
    """

    total: int
    total_all_words: int
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
    preferred: tuple[NamedKommune, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Completion:
    """A completion of what is being typed. ``kind``: ``title``, ``word``, ``reference`` or ``kommune``.

    A title is that of one document or the name of its Vorgang, or one that several have: ``document_id`` is what to
    open, None if there is not one that is meant. ``paper_name`` is the name of the Vorgang of titles and references.
    """

    text: str
    kind: str
    count: int
    document_id: str | None = None
    paper_name: str | None = None


@dataclass(frozen=True, slots=True)
class EngineStats:
    """What is in the index. ``documents_by_kommune`` is ordered by count, then name (DIN 5007-1); None: without one."""

    documents: int
    documents_by_kommune: tuple[tuple[Kommune | None, int], ...]
    newest_date: date | None
    applied_change: int
    generation: str
    analyzer_fingerprint: str
    size_bytes: int
    segments: int


@dataclass(frozen=True, slots=True)
class EngineState:
    """Whether the engine can answer searches now, and on what; ``reason`` says in English why not and what to do.

    ``generation`` identifies the state of the index the next search sees, as ``SearchResult.generation`` does.
    ``applied_change``: number of the last change in it; 0: none. Both are None when searches cannot be answered.
    """

    ready: bool
    reason: str | None = None
    generation: str | None = None
    applied_change: int | None = None

    def has(self, change_number: int) -> bool:
        """Tell whether searches see a change."""
        return self.applied_change is not None and self.applied_change >= change_number
