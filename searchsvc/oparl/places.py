"""Which lists a URL leads to: it may be a system, a body or a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from searchsvc.oparl import values
from searchsvc.oparl.client import OParlClient
from searchsvc.oparl.crawler import Crawl
from searchsvc.oparl.errors import NotOParl
from searchsvc.oparl.list_pages import list_entries, named_list
from searchsvc.oparl.objects import Body, Entry, Kind, kind_of, read_entry
from searchsvc.oparl.recorder import Place

_ORDER = (Kind.ORGANIZATION, Kind.MEETING, Kind.PAPER, Kind.FILE)
"""Names first, then what files belong to, files last: so each document is complete when it is first stored."""


class Bodies(Protocol):
    """Whoever wants to know of the bodies that are met."""

    def know_body(self, body: Body) -> bool: ...


class Places:
    """Finds the lists of a source. ``changed`` tells whether a municipality is not what it was in the last import."""

    def __init__(self, client: OParlClient, directory: Bodies) -> None:
        self._client = client
        self._directory = directory
        self.changed = False

    def find(self, url: str) -> list[Place]:
        """Ask a URL what it is and return the lists it leads to. Raises ``FetchFailed`` or ``NotOParl``."""
        answer = self._client.get_json(url).value
        if kind_of(answer) is None and (entries := list_entries(answer)) is not None:
            return self._of_list(url, entries)
        match kind_of(answer):
            case Kind.BODY:
                return self._of_body(self._complete(answer, url))
            case Kind.SYSTEM:
                return self._of_system(answer, url)
            case _:
                raise NotOParl(f"{url} is neither an OParl system, nor a body, nor a list")

    def _of_system(self, answer: Any, url: str) -> list[Place]:
        bodies = answer.get("body", answer.get("bodies"))
        found = list(bodies) if isinstance(bodies, list) else None
        if found is None:
            list_url = named_list(answer, "body")
            if list_url is None:
                raise NotOParl(f"{url} is an OParl system that names no list of bodies")
            found = list(self._entries(list_url))
        return self._of_bodies(found, url)

    def _of_list(self, url: str, data: list[Any]) -> list[Place]:
        kinds = {kind for item in data if (kind := kind_of(item)) is not None}
        if kinds == {Kind.BODY}:
            return self._of_bodies(list(self._entries(url)), url)
        if len(kinds) == 1 and (kind := kinds.pop()) in _ORDER:
            return [Place(kind, url)]
        guess = next((kind for kind in _ORDER if kind.value in url.partition("?")[0].rpartition("/")[2].lower()), None)
        if not data and guess is not None:
            return [Place(guess, url)]
        raise NotOParl(f"{url} is a list, but not one of papers, meetings, files, organizations or bodies")

    def _of_bodies(self, bodies: list[Any], url: str) -> list[Place]:
        found: list[Place] = []
        for item in bodies:
            body_url = values.identifier(item if isinstance(item, str) else item.get("id"))
            entry = read_entry(item, Kind.BODY) if not isinstance(item, str) else None
            if body_url is None or (entry is not None and entry.deleted):
                continue
            found += self._of_body(self._complete(item, body_url))
        if not found:
            raise NotOParl(f"{url} leads to no body with lists of papers, meetings or files")
        # Bodies of one city may share a list.
        return list({place.url: place for place in reversed(found)}.values())[::-1]

    def _complete(self, item: Any, url: str) -> Body:
        """Return a body, asking for it when it is only named or abridged."""
        entry: Entry | None = None if isinstance(item, str) else read_entry(item, Kind.BODY)
        if entry is None or not isinstance(entry.value, Body) or not entry.value.lists:
            entry = read_entry(self._client.get_json(url).value, Kind.BODY)
        if entry is None or not isinstance(entry.value, Body):
            raise NotOParl(f"{url} should be an OParl body, but has no usable id")
        return entry.value

    def _of_body(self, body: Body) -> list[Place]:
        self.changed |= not self._directory.know_body(body)
        lists = dict(body.lists)
        return [Place(kind, lists[kind], body.id, Kind.FILE in lists) for kind in _ORDER if kind in lists]

    def _entries(self, url: str) -> Iterator[Any]:
        for page in Crawl(self._client, url).pages():
            yield from (item for item in page.entries if isinstance(item, (dict, str)))
