"""The answers of the service. Fields it may add one day are passed over."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """What all models share."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Kommune(Answer):
    """A municipality; ``ags`` is its official key of 8 digits, if known."""

    id: str
    name: str
    ags: str | None = None


class Paper(Answer):
    """The Vorgang a document belongs to."""

    id: str | None = None
    name: str | None = None
    reference: str | None = None
    type: str | None = None


class Snippet(Answer):
    """An excerpt of page ``page`` (from 1); ``html`` is escaped text with ``<mark>`` elements."""

    page: int
    html: str


class CollapsedDocument(Answer):
    """Another document of a hit's Vorgang."""

    id: str
    title: str
    file_name: str | None = None
    page_count: int | None = None
    links: dict[str, str] = {}


class Collapsed(Answer):
    """How many more documents of its Vorgang a hit stands for, and the first of them."""

    count: int
    documents: tuple[CollapsedDocument, ...] = ()


class Hit(Answer):
    """A found document. Fields left out by ``fields`` have their defaults; ``collapsed`` comes with ``collapse``."""

    id: str = ""
    score: float = 0.0
    title: str = ""
    kommune: Kommune | None = None
    date: dt.date | None = None
    paper: Paper | None = None
    file_name: str | None = None
    page_count: int | None = None
    size: int | None = None
    text_quality: str = "empty"
    snippets: tuple[Snippet, ...] = ()
    links: dict[str, str] = {}
    collapsed: Collapsed | None = None


class Bucket(Answer):
    """One value of a facet. Those of the date facet have their first and last day, and no label."""

    value: str
    label: str = ""
    count: int
    selected: bool = False
    start: dt.date | None = Field(default=None, alias="from")
    end: dt.date | None = Field(default=None, alias="to")


class Facet(Answer):
    """Exact counts; ``other`` of values that are not listed, ``missing`` of documents without a value."""

    buckets: tuple[Bucket, ...]
    other: int = 0
    missing: int = 0
    interval: str | None = None


class SearchWarning(Answer):
    """Something about the query that the caller should know."""

    code: str
    message: str
    detail: str = ""


class DidYouMean(Answer):
    """A better spelling, and how many hits it has."""

    q: str
    total: int


class NamedKommune(Answer):
    """A Kommune that the query names, as typed: its documents count for more."""

    typed: str
    kommune: Kommune


class SearchResult(Answer):
    """The answer to a search."""

    total: int
    total_all_words: int = 0
    total_documents: int | None = None
    hits: tuple[Hit, ...]
    facets: dict[str, Facet] = {}
    page: int | None = None
    per_page: int
    next_cursor: str | None = None
    relaxed: bool = False
    warnings: tuple[SearchWarning, ...] = ()
    did_you_mean: DidYouMean | None = None
    preferred: tuple[NamedKommune, ...] = ()
    took_ms: float
    timings_ms: dict[str, float] = {}


class CompletedDocument(Answer):
    """The document that a title stands for."""

    id: str
    links: dict[str, str] = {}


class Completion(Answer):
    """A completion of what is being typed, and how many documents it finds; a title of one Vorgang has a document."""

    text: str
    kind: str
    count: int
    paper_name: str | None = None
    document: CompletedDocument | None = None


class Metadata(Answer):
    """A document without its text."""

    id: str
    title: str
    kommune: Kommune | None = None
    date: dt.date | None = None
    file_name: str | None = None
    mime_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    page_count: int | None = None
    created: dt.datetime | None = None
    modified: dt.datetime | None = None
    indexed_at: dt.datetime | None = None
    paper: Paper | None = None
    organizations: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    access_url: str | None = None
    download_url: str | None = None
    web_url: str | None = None
    text_quality: str = "empty"


class Document(Metadata):
    """A document with its addresses and ``etag``, the validator for ``if_match``; ``pages`` in changes only."""

    links: dict[str, str] = {}
    etag: str | None = None
    pages: tuple[str, ...] | None = None


class Page(Answer):
    """The text of one page, from 1."""

    number: int
    text: str


class WriteResult(Answer):
    """What a write did; it is durable. ``etag`` is the validator of the document's new state."""

    id: str
    created: bool = False
    changed: bool = True
    deleted: bool = False
    change: int
    searchable: bool
    etag: str | None = None


class BulkError(Answer):
    """Why an item was not stored."""

    code: str
    message: str
    field: str | None = None


class BulkItem(Answer):
    """What became of an item; ``line`` counts all items of the call from 1."""

    line: int
    id: str | None = None
    status: Literal["created", "updated", "unchanged", "deleted", "error"]
    change: int | None = None
    error: BulkError | None = None


class Change(Answer):
    """The latest change of a document; ``document`` is None when it was deleted."""

    number: int
    id: str
    changed_at: dt.datetime
    deleted: bool
    document: Document | None = None


class ChangeList(Answer):
    """A portion of the changes; go on with ``next`` and ``history``."""

    history: str
    last_change: int
    next: int
    more: bool
    changes: tuple[Change, ...]
