"""Atom feeds of searches (RFC 4287): the latest documents first, in pages (RFC 5005), with deletions (RFC 6721)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from heapq import nlargest
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template

from index.contract import Collapse, Document, Hit, Sort
from searchsvc.interface.links import DocumentLinks
from searchsvc.interface.search_parameters import FEED_ENTRIES, Feed, feed
from searchsvc.interface.search_url import feed_url, query_string, search_url
from searchsvc.store import Deletion
from searchsvc.web.api.arguments import arguments
from searchsvc.web.http.conditional import answer_unless_known, etag
from searchsvc.web.http.links import public_links
from searchsvc.web.http.reach import bounds
from searchsvc.web.http.services import services
from searchsvc.web.pages.site import site_name

MEDIA_TYPE = "application/atom+xml"
MAX_DELETIONS = 200
"""Most deletions named on one page of a feed; latest first."""

_NAMESPACE = uuid.UUID("6f0d3c52-6f0c-5b0e-9a39-2f7e6d1f8c11")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZONE = ZoneInfo("Europe/Berlin")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

blueprint = Blueprint("feed", __name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of a feed. ``published`` is the beginning of the document's own day."""

    urn: str
    title: str
    url: str
    source_url: str | None
    updated: datetime
    published: datetime | None
    author: str | None
    summary: str
    categories: tuple[str, ...]


@blueprint.get("/feed.atom")
def atom() -> Response:
    """Send one page of the feed of a search."""
    wanted = feed(arguments())
    # What the index knows comes later than what the store knows.
    parts = (services().store.documents.position(), services().engine.state().generation)
    return answer_unless_known(etag("feed", *parts, wanted), lambda: _page(wanted))


def _page(wanted: Feed) -> Response:
    section = _section(wanted)
    links = public_links()
    entries = [_entry(document, links) for document in section.documents]
    deletions = _deletions(section)
    body = render_template(
        "feed.xml",
        urn=urn("feed", query_string(wanted.search)),
        title=_clean(site_name() + (f": {wanted.search.q.strip()}" if wanted.search.q.strip() else "")),
        updated=max(
            [*(entry.updated for entry in entries), *(item.deleted_at for item in deletions)],
            default=(None if bounds() else services().store.documents.last_changed_at()) or _EPOCH,
        ),
        html_url=search_url(links.base, replace(wanted.search, sort=Sort.DATE_DESC, collapse=Collapse.PAPER)),
        entries=entries,
        deletions=[(urn("document", item.document_id), item.deleted_at) for item in deletions],
        pages={
            "self": _page_url(links, wanted, wanted.page),
            "first": _page_url(links, wanted, 1),
            "previous": _page_url(links, wanted, wanted.page - 1) if wanted.page > 1 else None,
            "next": _page_url(links, wanted, wanted.page + 1) if section.more and wanted.has_next else None,
        },
    )
    return Response(body, mimetype=MEDIA_TYPE)


def urn(kind: str, name: str) -> str:
    """Return an id that depends on nothing but its arguments: not on this service's address, nor on the day."""
    return uuid.uuid5(_NAMESPACE, f"{kind}:{name}").urn


@dataclass(frozen=True, slots=True)
class _Section:
    """The documents of one page. ``until``: when the last one of the page before was stored; None on the first page."""

    documents: Sequence[Document | Hit]
    until: datetime | None
    more: bool


def _section(wanted: Feed) -> _Section:
    end = wanted.page * FEED_ENTRIES
    before = 1 if wanted.page > 1 else 0
    start = end - FEED_ENTRIES - before
    found: Sequence[Document | Hit]
    if wanted.is_of_everything and not bounds():
        found = services().store.recent.documents(skip=start, limit=end + 1 - start)
    else:
        hits = services().engine.scan(wanted.search)
        found = nlargest(end + 1, hits, key=lambda hit: (_moment(hit), hit.id))[start:]
    documents = found[before : before + FEED_ENTRIES]
    # Beyond the end there is nothing, deletions neither.
    until = None if not before else _moment(found[0]) if found else _EPOCH
    return _Section(documents, until, len(found) > before + FEED_ENTRIES)


def _deletions(section: _Section) -> Sequence[Deletion]:
    """Return the deletions between the last document of the page before and the last one of this page.

    What a deleted document was about is not kept, so every feed names all of them; readers pass over unknown ones.
    """
    if bounds():
        return ()  # nobody knows any more whether they were within
    after = _moment(section.documents[-1]) if section.more else None
    return services().store.recent.deletions(after=after, until=section.until, limit=MAX_DELETIONS)


def _moment(document: Document | Hit) -> datetime:
    return document.indexed_at or _EPOCH


def _entry(document: Document | Hit, links: DocumentLinks) -> Entry:
    paper = document.paper
    kind = " ".join(filter(None, (paper.type, paper.reference))) if paper else ""
    facts = (
        kind,
        paper.name if paper else None,
        document.kommune.name if document.kommune else None,
        document.date.strftime("%d.%m.%Y") if document.date else None,
        f"{document.page_count} {'Seite' if document.page_count == 1 else 'Seiten'}" if document.page_count else None,
    )
    categories = dict.fromkeys(filter(None, (paper.type if paper else None, *document.organizations)))
    return Entry(
        urn=urn("document", document.id),
        title=_clean(document.title),
        url=links.html(document.id),
        source_url=document.web_url or document.access_url,
        updated=_moment(document),
        published=_published(document.date) if document.date else None,
        author=_clean(document.kommune.name) if document.kommune else None,
        summary=_clean(" · ".join(filter(None, facts))),
        categories=tuple(map(_clean, categories)),
    )


def _published(day: date) -> datetime:
    """Return the first moment of a day in Germany; before zones were of whole minutes (April 1893), in UTC.

    RFC 3339, which Atom's dates follow, has no seconds in a zone.
    """
    begin = datetime.combine(day, time(), _ZONE)
    offset = begin.utcoffset()
    return begin if offset is not None and not offset % timedelta(minutes=1) else begin.replace(tzinfo=UTC)


def _page_url(links: DocumentLinks, wanted: Feed, page: int) -> str:
    url = feed_url(links.base, wanted.search)
    return url if page == 1 else f"{url}{'&' if '?' in url else '?'}page={page}"


def _clean(text: str) -> str:
    """Leave out the characters that XML cannot hold."""
    return _NOT_XML.sub("", text)
