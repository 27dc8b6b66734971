"""Looking at a server before anything is imported: what it offers, how it behaves, and how much there is."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from searchsvc.oparl import values
from searchsvc.oparl.client import FileAnswer, OParlClient
from searchsvc.oparl.credentials import Credentials
from searchsvc.oparl.list_pages import announced_total, list_entries, next_link
from searchsvc.oparl.list_urls import FILTER, with_filter
from searchsvc.oparl.mapping import kommune_of
from searchsvc.oparl.objects import Body, File, Kind, read_entry
from searchsvc.oparl.places import Places
from searchsvc.oparl.recorder import Place
from searchsvc.outbound.errors import FetchFailed
from searchsvc.settings import Settings

_ANOTHER_SECOND = 1.1
_ALWAYS = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class ListProbe:
    """A list: how many objects it announces (None: it does not say), how many are on a page, and what it does with
    the question for changes: ``works``, ``ignored`` or what went wrong.
    """

    kind: str
    url: str
    announced: int | None = None
    page_size: int = 0
    more: bool = False
    changes: str | None = None
    next_keeps_filter: bool | None = None
    error: str | None = None


@dataclass(slots=True)
class Probe:
    """What was found. Each of the last facts is None when nothing could be said about it.

    Attributes:
        modified_is_time_of_request: whether objects are called modified at the time of each request.
        texts, checksums: whether files come with their text, and with checksums.
        conditional: whether a file that has not changed is not sent again.
    """

    version: str | None = None
    product: str | None = None
    kommunen: list[str] = field(default_factory=list)
    lists: list[ListProbe] = field(default_factory=list)
    newest: datetime | None = None
    modified_is_time_of_request: bool | None = None
    texts: bool | None = None
    checksums: bool | None = None
    conditional: bool | None = None
    requests: int = 0

    @property
    def list_requests(self) -> int | None:
        """How many requests for pages a first import takes; None: a list does not say how long it is."""
        found = [_pages(one) for one in self.lists if one.error is None]
        return None if None in found else sum(one for one in found if one is not None)


def probe_server(settings: Settings, url: str) -> Probe:
    """Look at a server with few requests; nothing is stored.

    Raises ``FetchFailed``, ``OParlError`` or ``InvalidCertificates``.
    """
    credentials = Credentials.read(settings.oparl_credentials, url)
    with OParlClient(settings, credentials=credentials) as client:
        return _probe(client, url)


def _probe(client: OParlClient, url: str) -> Probe:
    found = Probe()
    first = client.get_json(url).value
    if isinstance(first, Mapping):
        found.version = values.line(first.get("oparlVersion"))
        parts = (values.line(first.get(name)) for name in ("product", "vendor"))
        found.product = ", ".join(one for one in parts if one) or None
    bodies = _Bodies()
    places = Places(client, bodies).find(url)
    found.kommunen = bodies.names
    for place in places:
        one = ListProbe(place.kind.value, place.url)
        found.lists.append(one)
        try:
            entries = _look(client, place, one)
        except FetchFailed as error:
            one.error = error.reason
            continue
        _look_at_entries(client, place, entries, found)
    found.requests = client.requests
    return found


class _Bodies:
    """Takes the place of the directory of an import, which would write bodies down."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def know_body(self, body: Body) -> bool:
        """Note the name of a body."""
        kommune = kommune_of(body)
        self.names.append(kommune.name if kommune else body.id)
        return True


def _look(client: OParlClient, place: Place, one: ListProbe) -> Sequence[Any]:
    answer = client.get_json(place.url)
    entries = list_entries(answer.value)
    if entries is None:
        raise FetchFailed("not_json", place.url, "the answer is no list of objects", status=200)
    one.announced, one.page_size = announced_total(answer.value), len(entries)
    one.more = next_link(answer.value) is not None
    if not one.more:
        one.announced = len(entries)
    one.changes, one.next_keeps_filter = _changes(client, place.url, has_entries=bool(entries))
    return entries


def _changes(client: OParlClient, url: str, *, has_entries: bool) -> tuple[str, bool | None]:
    """Ask for the changes of a moment to come, and for those of all times."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    try:
        future = list_entries(client.get_json(with_filter(url, tomorrow), attempts=1).value)
        reason = "the answer is no list"
    except FetchFailed as error:
        future, reason = None, error.reason
    try:
        everything = client.get_json(with_filter(url, _ALWAYS), attempts=1)
    except FetchFailed as error:
        return error.reason, None
    link = next_link(everything.value)
    kept = None if link is None else FILTER in link and "%2B" in link.upper()
    if future is None:
        return f"works, but nothing new is an error ({reason})", kept
    return "ignored" if future and has_entries else "works", kept


def _look_at_entries(client: OParlClient, place: Place, entries: Sequence[Any], found: Probe) -> None:
    moments = _moments(entries)
    if moments:
        found.newest = max([*moments.values(), *filter(None, [found.newest])])
    if found.modified_is_time_of_request is None and moments:
        time.sleep(_ANOTHER_SECOND)
        again = _moments(list_entries(client.get_json(place.url).value) or [])
        same = [one for one in moments if one in again]
        found.modified_is_time_of_request = bool(same) and all(again[one] > moments[one] for one in same)
    files = list(_files(place, entries))
    if not files:
        return
    if place.kind is Kind.FILE or found.texts is None:
        found.texts = any(one.text for one in files)
        found.checksums = any(one.checksum for one in files)
    if found.conditional is None:
        found.conditional = _is_conditional(client, files)


def _is_conditional(client: OParlClient, files: Sequence[File]) -> bool | None:
    url = next((one.content_url for one in files if one.content_url), None)
    if url is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        try:
            first = client.get_file(url, Path(folder) / "file")
            if first.etag is None and first.last_modified is None:
                return False
            again = client.get_file(url, Path(folder) / "file", etag=first.etag, last_modified=first.last_modified)
        except FetchFailed:
            return None
    return again.outcome == FileAnswer.UNCHANGED


def _moments(entries: Sequence[Any]) -> dict[str, datetime]:
    read = (read_entry(one) for one in entries)
    return {one.id: one.modified for one in read if one is not None and one.modified is not None}


def _files(place: Place, entries: Sequence[Any]) -> list[File]:
    found: list[File] = []
    for one in entries:
        entry = read_entry(one, place.kind)
        if entry is not None and isinstance(entry.value, File):
            found.append(entry.value)
        elif entry is not None:
            found += [mention.file for mention in entry.mentions]
    return found


def _pages(one: ListProbe) -> int | None:
    if not one.more:
        return 1
    return None if one.announced is None else -(-one.announced // max(one.page_size, 1))
