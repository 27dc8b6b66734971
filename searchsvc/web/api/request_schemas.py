"""Parameters and bodies of requests as models: what the API's document says of them.

``searchsvc.interface.parameters`` and ``searchsvc.documents.input`` read them; tests see to it that both say the same.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from index.contract import (
    MAX_PER_PAGE,
    MAX_QUERY_CHARS,
    MAX_SNIPPET_WORDS,
    MAX_SNIPPETS,
    MIN_SNIPPET_WORDS,
    DateInterval,
    FacetName,
    Sort,
    TextQuality,
)
from searchsvc.documents.fields import MAX_ID_CHARS, MAX_LINE_CHARS, MAX_LIST_ITEMS, MAX_PAGES, MAX_URL_CHARS
from searchsvc.interface.multi_search import MAX_SEARCHES
from searchsvc.interface.parameters import MAX_CHANGE_NUMBER, MAX_CHANGES, MAX_FACET_SIZE, MAX_SUGGESTIONS
from searchsvc.interface.search_parameters import FEED_PAGES, ExportFormat, HitField, Separator
from searchsvc.web.api.schemas import Count, Model

Value = Annotated[str, StringConstraints(pattern=r"\S")]
"""A text with more than white space in it."""

Line = Annotated[str, Field(max_length=MAX_LINE_CHARS)]
Url = Annotated[str, Field(max_length=MAX_URL_CHARS, pattern="^https?://")]

Collapsing = Literal["paper", "none"]


class WordParameters(Model):
    """What is searched."""

    q: str = Field(default="", max_length=MAX_QUERY_CHARS, description="The query. Empty: all documents, newest first.")
    kommune: list[Value] = Field(
        default=[], description="Kommunen: id, name in any spelling, or AGS; _missing: documents without one."
    )
    paper_type: list[Value] = Field(default=[], description="Types of the Vorgang, exactly, or _missing.")
    organization: list[Value] = Field(default=[], description="Gremien, exactly, or _missing.")
    mime_type: list[Value] = Field(default=[], description="Media types, exactly, or _missing.")
    text_quality: list[TextQuality | Literal["_missing"]] = Field(default=[], description="Where the text is from.")
    date_from: dt.date | None = Field(default=None, description="First day.")
    date_to: dt.date | None = Field(default=None, description="Last day, included.")
    date_missing: bool = Field(default=False, description="Documents without a date, alone or besides the period's.")
    exact: bool = Field(default=False, description="Only the forms as typed.")
    all_words: bool = Field(default=False, description="Only documents that have all words of the query.")


class ExportParameters(WordParameters):
    """What is exported, in which order and form."""

    sort: Sort = Field(default=Sort.RELEVANCE, description="Order of the hits; documents without a date come last.")
    boost_recent: bool = Field(default=False, description="Lets new documents count for more, by relevance only.")
    collapse: Collapsing = Field(default="none", description="paper: one document of each Vorgang only.")
    format: ExportFormat = Field(default=ExportFormat.NDJSON, description="One JSON object or one row for each hit.")
    separator: Separator = Field(default=Separator.COMMA, description="What stands between columns; format=csv only.")


class FeedParameters(WordParameters):
    """What a feed is of; ``page`` follows the feed's own links."""

    page: int = Field(default=1, ge=1, le=FEED_PAGES, description="Page of the feed, from 1.")


class SearchParameters(WordParameters):
    """What is searched, and what of it is shown."""

    sort: Sort = Field(default=Sort.RELEVANCE, description="Order of the hits; documents without a date come last.")
    page: int = Field(default=1, ge=1, description="From 1; page × per_page at most 10,000. Not with cursor.")
    per_page: int = Field(default=10, ge=1, le=MAX_PER_PAGE, description="Hits on a page.")
    cursor: Value | None = Field(default=None, description="next_cursor of the answer before.")
    facets: list[FacetName] = Field(
        default=[FacetName.KOMMUNE, FacetName.DATE], description="What is counted; empty: nothing."
    )
    facet_size: int = Field(default=50, ge=1, le=MAX_FACET_SIZE, description="Most buckets; dates are complete.")
    facet_query: str | None = Field(
        default=None,
        pattern=r"^(kommune|paper_type|organization|mime_type|text_quality):.*\S",
        description="Facet and beginning, like organization:bau: only values in which a word begins so.",
    )
    date_interval: DateInterval = Field(default=DateInterval.YEAR, description="Width of the date facet's buckets.")
    highlight: bool = Field(default=True, description="Whether hits have snippets.")
    snippets: int = Field(default=3, ge=1, le=MAX_SNIPPETS, description="Most snippets of a hit.")
    snippet_length: int = Field(
        default=28, ge=MIN_SNIPPET_WORDS, le=MAX_SNIPPET_WORDS, description="Most words of a snippet, about."
    )
    boost_recent: bool = Field(default=False, description="Lets new documents count for more, by relevance only.")
    collapse: Collapsing = Field(default="none", description="paper: one hit for all documents of a Vorgang.")
    fields: list[HitField] = Field(default=[], min_length=1, description="Fields of the hits; left out: all.")
    explain: bool = Field(default=False, description="Adds found_by to hits, and timings_ms.")


class SuggestParameters(Model):
    """What has been typed."""

    q: str = Field(max_length=MAX_QUERY_CHARS, description="What has been typed so far.")
    limit: int = Field(default=8, ge=1, le=MAX_SUGGESTIONS, description="Most completions.")


class SimilarParameters(Model):
    """How many documents."""

    limit: int = Field(default=5, ge=1, le=MAX_SUGGESTIONS, description="Most documents.")


class WriteParameters(Model):
    """Whether to wait."""

    refresh: Literal["wait"] | None = Field(default=None, description="Answer when searches see the write.")


class Preconditions(Model):
    """What must be true of the document before it is written."""

    if_match: str | None = Field(
        default=None, alias="If-Match", description="ETag of the state that is replaced; *: any, so that there is one."
    )
    if_none_match: str | None = Field(default=None, alias="If-None-Match", description="*: there must be no document.")


class ChangesParameters(Model):
    """Which changes."""

    since: int = Field(default=0, ge=0, le=MAX_CHANGE_NUMBER, description="Number of the last change that is known.")
    history: Value | None = Field(default=None, description="history of the answers before.")
    limit: int = Field(default=100, ge=1, le=MAX_CHANGES, description="Most changes.")
    text: bool = Field(default=False, description="Whether documents come with their pages.")


class DocumentPageParameters(Model):
    """What is marked on a document's page."""

    q: str = Field(default="", description="The query whose words are marked.")
    exact: bool = Field(default=False, description="Mark only the forms as typed.")
    seite: int = Field(default=1, ge=1, description="Page that is shown; of a long text only what is around it.")
    teil: int = Field(default=1, ge=1, description="Part of that page, if it is shown in parts.")
    gehe: Literal["1"] | None = Field(default=None, description="Lead to the place of that page.")


class FileParameters(Model):
    """How the file comes."""

    download: Literal["1"] | None = Field(default=None, description="Save the file instead of showing it.")


class PictureParameters(Model):
    """How wide the picture is."""

    breite: Literal["300", "1200"] = Field(default="300", description="Width in pixels.")


class MultiSearchBody(Model):
    """Up to twenty searches, each with the parameters of GET /api/v1/search."""

    searches: list[SearchParameters] = Field(min_length=1, max_length=MAX_SEARCHES)


class SavedSearchBody(Model):
    """A search, and where its new hits are told: exactly one of webhook and email."""

    search: WordParameters = Field(default=WordParameters(), description="What is searched; left out: everything.")
    webhook: Url | None = Field(default=None, description="Where new hits are posted to.")
    email: str | None = Field(default=None, description="Who is asked, and then told.")


class SubscriptionParameters(WordParameters):
    """The search that is followed."""


class SubscriptionForm(WordParameters):
    """The search that is followed, and by whom."""

    email: str = Field(default="", description="E-mail address.")


class KommuneBody(Model):
    """A municipality; the id is made from the name if missing."""

    id: Line | None = None
    name: Annotated[Line, StringConstraints(pattern=r"\S")]
    ags: str | None = Field(default=None, pattern="^[0-9]{8}$")


class PaperBody(Model):
    """The Vorgang."""

    id: Line | None = None
    name: Line | None = None
    reference: Line | None = None
    type: Line | None = None


class DocumentBody(Model):
    """A document to store. Fields left out are empty afterwards; send pages or text, not both."""

    id: str = Field(default="", max_length=MAX_ID_CHARS, description="In a PUT the id of the address, or left out.")
    title: Line | None = Field(default=None, description="Else the name of the Vorgang, the file name or the id.")
    kommune: KommuneBody | str | None = Field(default=None, description="The municipality, or its name.")
    date: dt.date | None = Field(default=None, description="The document's own date.")
    file_name: Line | None = None
    mime_type: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.+-]+/[A-Za-z0-9_.+-]+$")
    size: Count | None = None
    sha256: str | None = Field(default=None, pattern="^[0-9a-fA-F]{64}$")
    page_count: Count | None = None
    created: dt.datetime | None = Field(default=None, description="Time at the source.")
    modified: dt.datetime | None = Field(default=None, description="Time at the source.")
    paper: PaperBody | None = None
    organizations: list[Line] | None = Field(default=None, max_length=MAX_LIST_ITEMS, description="Gremien.")
    keywords: list[Line] | None = Field(default=None, max_length=MAX_LIST_ITEMS)
    access_url: Url | None = None
    download_url: Url | None = None
    web_url: Url | None = None
    text_quality: TextQuality | None = None
    pages: list[str] | None = Field(default=None, max_length=MAX_PAGES, description="Text of page 1, 2, …")
    text: str | None = Field(default=None, description="The text of a document of one page.")


class UploadForm(Model):
    """A PDF and what is known of it."""

    file: Annotated[str, Field(json_schema_extra={"format": "binary"})]
    metadata: DocumentBody | None = None


class ReportForm(Model):
    """A reader's report about a document."""

    grund: str = Field(default="sonstiges", min_length=1, description="Reason.")
    nachricht: str = Field(pattern=r"\S", description="What is wrong.")
    kontakt: str = Field(default="", description="Address for an answer.")
