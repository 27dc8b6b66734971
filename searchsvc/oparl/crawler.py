"""Walking through the pages of one list, whatever the server does with links, filters and empty answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urljoin

from searchsvc.oparl import values
from searchsvc.oparl.client import JsonAnswer, OParlClient
from searchsvc.oparl.list_pages import announced_total, list_entries, next_link
from searchsvc.oparl.list_urls import with_filter, with_parameters_of
from searchsvc.outbound.errors import FetchFailed

_PAGES_WITHOUT_NEWS = 10
"""After this many pages in a row that bring nothing new, a server is taken to repeat itself for ever."""

_FILTERED_ATTEMPTS = 2
"""Servers that break on the filter do so each time; the crawl without it is the better second try."""


class End(StrEnum):
    """How a list ended.

    ``COMPLETE``: the last page had no next link. ``ABSENT``: there is no such page (404), which some say of an empty
    list. ``REPEATED``: the next link led back, or pages repeated themselves.
    """

    COMPLETE = "complete"
    ABSENT = "absent"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Page:
    """One page. ``next_url`` is None at the end of the list, and ``end`` then says how it ended.

    ``date`` is the server's clock; ``announced`` how many objects it says the list has.
    """

    url: str
    entries: tuple[Any, ...]
    next_url: str | None
    end: End | None
    date: datetime | None
    announced: int | None = None


class Crawl:
    """One walk through a list, from its first page or from the page another walk has come to.

    Attributes:
        answered: whether the server has answered any page with a list.
    """

    def __init__(
        self, client: OParlClient, list_url: str, *, since: datetime | None = None, start_url: str | None = None
    ) -> None:
        self._client = client
        self._list_url = list_url
        self._since = since
        self._start_url = start_url
        self.answered = False

    def pages(self) -> Iterator[Page]:
        """Yield the pages. Raises ``FetchFailed``."""
        url: str | None = self._filtered(self._start_url or self._list_url)
        visited: set[str] = set()
        seen_ids: set[str] = set()
        without_news = 0
        while url is not None:
            visited.add(url)
            try:
                answer = self._get(url)
            except FetchFailed as error:
                if error.status != 404 or self.answered or self._start_url or self._since is not None:
                    raise
                # Some servers have no page for an empty list.
                yield Page(url, (), None, End.ABSENT, None)
                return
            entries, following = _page_content(answer, url)
            self.answered = True
            ids = {values.line(entry.get("id")) or "" for entry in entries if isinstance(entry, Mapping)}
            without_news = 0 if ids - seen_ids else without_news + 1
            seen_ids |= ids
            next_url = None if following is None else self._filtered(urljoin(answer.url, following))
            end = None
            if next_url is None:
                end = End.COMPLETE
            elif next_url in visited or without_news >= _PAGES_WITHOUT_NEWS:
                next_url, end = None, End.REPEATED
            yield Page(url, entries, next_url, end, answer.date, announced_total(answer.value))
            url = next_url

    def _get(self, url: str) -> JsonAnswer:
        if self._since is None:
            return self._client.get_json(url)
        return self._client.get_json(url, attempts=_FILTERED_ATTEMPTS, redirected=self._filtered)

    def _filtered(self, url: str) -> str:
        """Return the address as it is asked for: with our filter, if there is one, and what its list's address has."""
        return with_filter(with_parameters_of(self._list_url, url), self._since)


def _page_content(answer: JsonAnswer, url: str) -> tuple[tuple[Any, ...], str | None]:
    entries = list_entries(answer.value)
    if entries is None:
        more = ": it has no 'data'" if isinstance(answer.value, Mapping) else ""
        reason = f"the answer is no list of objects{more}"
        raise FetchFailed("not_json", url, reason, status=200)
    return tuple(entries), next_link(answer.value)
