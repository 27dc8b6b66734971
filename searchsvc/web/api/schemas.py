"""The JSON of the HTTP interface as models: what the API's document is made of, and what tests hold answers against.

Answers are written by ``serializers``, which is many times faster than writing them through these models.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from index.contract import COLLAPSED_DOCUMENTS, DateInterval, TextQuality


class Model(BaseModel):
    """What all models share: nothing but the fields named here."""

    model_config = ConfigDict(extra="forbid")


Count = Annotated[int, Field(ge=0)]


class Kommune(Model):
    """A municipality."""

    id: str
    name: str
    ags: str = Field(default="", pattern="^[0-9]{8}$", description="Official key of 8 digits; left out if unknown.")


class Paper(Model):
    """The Vorgang a document belongs to."""

    id: str | None
    name: str | None
    reference: str | None = Field(description="The number of the paper, such as 312/2013.")
    type: str | None


class Links(Model):
    """Addresses of a document: in the API, as a page, as a file."""

    self: str
    html: str
    file: str


class DocumentLinks(Links):
    """Addresses of a document and of what belongs to it."""

    text: str
    similar: str


class Snippet(Model):
    """An excerpt of a page (from 1); html is escaped text with <mark> elements."""

    page: int = Field(ge=1)
    html: str


class CollapsedDocument(Model):
    """Another document of a hit's Vorgang."""

    id: str
    title: str
    file_name: str | None
    page_count: Count | None
    links: Links


class Collapsed(Model):
    """The other documents of the hit's Vorgang that were found, and the first of them."""

    count: Count = Field(description="How many more documents the hit stands for.")
    documents: list[CollapsedDocument] = Field(max_length=COLLAPSED_DOCUMENTS)


class FoundBy(Model):
    """How a hit has a word of the query that it does not have as typed."""

    typed: str
    way: Literal["part", "span", "near", "synonym", "derived", "fuzzy"] | None = Field(
        description="null: the hit does not have it at all."
    )
    found: str = Field(description="What was looked for instead.")
    sentence: str = Field(description="The same in German, for people.")


class Hit(Model):
    """A found document, with all these fields or, if fields was given, those named there."""

    id: str = ""
    score: float = Field(default=0, description="Comparable within one answer; 0 when ordered by date.")
    title: str = ""
    kommune: Kommune | None = None
    date: dt.date | None = None
    paper: Paper | None = None
    file_name: str | None = None
    page_count: Count | None = None
    size: Count | None = None
    text_quality: TextQuality = TextQuality.EMPTY
    snippets: list[Snippet] = []
    missing: list[str] = Field(default=[], description="Words of the query that the document lacks.")
    links: Links = Links(self="", html="", file="")
    collapsed: Collapsed = Field(default=Collapsed(count=0, documents=[]), description="Only with collapse=paper.")
    found_by: list[FoundBy] = Field(
        default=[],
        description="Only with explain=true: how the hit has words of the query that it does not have as typed.",
    )


class Bucket(Model):
    """One value of a facet and how many documents have it."""

    value: str
    label: str
    count: Count
    selected: bool


class Facet(Model):
    """Exact counts under every filter but this facet's own."""

    buckets: list[Bucket]
    other: Count = Field(description="Occurrences of values that are not listed.")
    missing: Count = Field(description="Hits without a value.")


class DateBucket(Model):
    """One year or month, with its first and last day."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    value: str
    start: dt.date | None = Field(alias="from")
    end: dt.date | None = Field(alias="to")
    count: Count
    selected: bool


class DateFacet(Model):
    """Exact counts by year or month, oldest first."""

    interval: DateInterval | None
    buckets: list[DateBucket]
    missing: Count


class Facets(Model):
    """The facets that were asked for."""

    kommune: Facet | None = None
    date: DateFacet | None = None
    paper_type: Facet | None = None
    organization: Facet | None = None
    mime_type: Facet | None = None
    text_quality: Facet | None = None


class SearchWarning(Model):
    """Something about the query that the caller should know; the search was answered all the same."""

    code: str
    message: str
    detail: str


class DidYouMean(Model):
    """A better spelling of the query, and how many hits it has under the same filters."""

    q: str
    total: int = Field(ge=1)


class NamedKommune(Model):
    """A Kommune that the query names, as typed: its documents count for more, unless the name is in quotes."""

    typed: str
    kommune: Kommune


class SearchResult(Model):
    """The answer to a search."""

    total: Count = Field(description="Number of hits.")
    total_all_words: Count = Field(description="Number of hits that have all words of the query.")
    total_documents: Count = Field(
        default=0, description="Number of documents the hits stand for; only with collapse=paper."
    )
    took_ms: float
    page: int | None = Field(description="Null when a cursor was followed.")
    per_page: int
    next_cursor: str | None = Field(description="Parameter cursor of the next page; null on the last one.")
    relaxed: bool = Field(description="Some hits do not have all words as typed: few documents have.")
    warnings: list[SearchWarning]
    did_you_mean: DidYouMean | None
    hits: list[Hit]
    facets: Facets
    preferred: list[NamedKommune] = Field(default=[], description="Only where the query names a Kommune.")
    timings_ms: dict[str, float] = Field(default={}, description="Time by phase; only with explain=true.")


class ErrorDetail(Model):
    """What went wrong: a stable code, an English message, and the parameter or field it is about."""

    code: str
    message: str
    field: str | None


class Error(Model):
    """The shape of every error."""

    error: ErrorDetail
    request_id: str


class SearchError(Model):
    """A search of a multi-search that was refused."""

    error: ErrorDetail


class MultiSearchResult(Model):
    """The answers to several searches, in their order."""

    results: list[SearchResult | SearchError]


class CompletedDocument(Model):
    """The document that a title stands for."""

    id: str
    links: Links


class Completion(Model):
    """A completion, and how many documents it finds."""

    text: str
    kind: Literal["kommune", "title", "word", "reference"]
    count: Count
    paper_name: str = Field(
        default="", description="Name of the Vorgang of a title or a reference; left out if unknown."
    )
    document: CompletedDocument | None = Field(
        default=None, description="What a title means; left out where several Vorgänge have it."
    )


class Suggestions(Model):
    """Completions of what has been typed."""

    q: str
    suggestions: list[Completion]


class Metadata(Model):
    """A document without its text; unknown is null."""

    id: str
    title: str
    kommune: Kommune | None
    date: dt.date | None
    file_name: str | None
    mime_type: str | None
    size: Count | None
    sha256: str | None
    page_count: Count | None
    created: dt.datetime | None
    modified: dt.datetime | None
    indexed_at: dt.datetime | None = Field(description="When this version was stored here.")
    paper: Paper | None
    organizations: list[str]
    keywords: list[str]
    access_url: str | None
    download_url: str | None
    web_url: str | None
    text_quality: TextQuality


class Duplicate(Model):
    """A document with the same file or nearly the same text; similarity is the share of the text in common."""

    id: str
    title: str
    kommune: Kommune | None
    date: dt.date | None
    similarity: float = Field(ge=0, le=1)
    same_file: bool


class Document(Metadata):
    """A document without its text, with its addresses and the documents that are the same."""

    also_in: list[Duplicate] = Field(description="At most 20, the most similar first; new documents appear here soon.")
    links: DocumentLinks


class ChangedDocument(Document):
    """A document as it is now, with its pages if text was asked for."""

    pages: list[str] = []


class LoggedChange(Model):
    """The latest change of a document; there is none any more when it was deleted."""

    number: int = Field(ge=1)
    id: str
    changed_at: dt.datetime
    deleted: bool
    document: ChangedDocument | None


class ChangeList(Model):
    """The next changes, in order."""

    history: str = Field(description="Name of this series of numbers; another one after a restore.")
    last_change: Count = Field(description="Number of the newest change of all.")
    next: Count = Field(description="Parameter since of the next request.")
    more: bool = Field(description="Whether there are more changes already.")
    changes: list[LoggedChange]


class Page(Model):
    """The text of one page, from 1."""

    number: int = Field(ge=1)
    text: str


class DocumentText(Model):
    """A document's text by page."""

    id: str
    pages: list[Page]


class Similar(Model):
    """Documents like one, best first."""

    id: str
    hits: list[Hit]


class WriteResult(Model):
    """What a write did; it is durable when this comes."""

    id: str
    created: bool
    changed: bool = Field(description="False when the document was stored just so already.")
    change: int = Field(ge=1, description="Number of the document's last change.")
    searchable: bool = Field(description="Whether searches see the change already.")


class DeleteResult(Model):
    """What a deletion did."""

    id: str
    deleted: Literal[True]
    change: int = Field(ge=1)
    searchable: bool


class SavedSearch(Model):
    """A search whose new hits are told; search is its query string, error what went wrong last."""

    token: str
    search: str
    channel: Literal["webhook", "email"]
    target: str
    state: Literal["active", "unconfirmed"]
    created_at: dt.datetime
    error: str | None


class NewSavedSearch(SavedSearch):
    """A search that was saved. secret signs the webhook and is shown this once only."""

    secret: str | None


class SavedSearches(Model):
    """The searches saved with this key."""

    saved_searches: list[SavedSearch]


class EndedSearch(Model):
    """A saved search that is forgotten."""

    token: str
    deleted: Literal[True]


class BulkSuccess(Model):
    """A line that went through."""

    line: int = Field(ge=1)
    id: str
    status: Literal["created", "updated", "unchanged", "deleted"]
    change: int = Field(ge=1)


class BulkFailure(Model):
    """A line that did not, and why."""

    line: int = Field(ge=1)
    id: str | None
    status: Literal["error"]
    error: ErrorDetail


class BulkResult(Model):
    """What became of each line."""

    items: list[BulkSuccess | BulkFailure]
    count: Count
    errors: Count
    last_change: int | None
    searchable: bool
