"""The row of page links below the hits."""

from __future__ import annotations

from dataclasses import dataclass

from index.contract import MAX_PAGED_HITS, SearchRequest, SearchResult
from searchsvc.interface.search_url import changed

NEIGHBOURS = 2


@dataclass(frozen=True, slots=True)
class PageLink:
    """One numbered page; ``gap`` before it when numbers are left out."""

    number: int
    target: SearchRequest
    current: bool
    gap: bool


@dataclass(frozen=True, slots=True)
class Paging:
    """Where one can go from here. ``last`` is the last page with hits that a number can reach."""

    links: tuple[PageLink, ...]
    previous: SearchRequest | None
    following: SearchRequest | None
    last: int
    last_page: SearchRequest
    beyond_end: bool
    first_hit: int
    last_hit: int


def paging(request: SearchRequest, result: SearchResult, *, is_too_deep: bool = False) -> Paging:
    """Lay out the page links for ``result``; after the last numbered page the engine's cursor leads on.

    ``is_too_deep``: the page that was asked for is beyond what a number can reach.
    """
    last = max(1, min(-(-result.total // request.per_page), MAX_PAGED_HITS // request.per_page))
    by_cursor = request.cursor is not None
    current = 0 if by_cursor else last + 1 if is_too_deep else request.page
    numbers = sorted({1, last} | {n for n in range(current - NEIGHBOURS, current + NEIGHBOURS + 1) if 1 <= n <= last})
    links = tuple(
        PageLink(number, changed(request, page=number), number == current, gap=number > previous + 1)
        for previous, number in zip([0, *numbers], numbers, strict=False)
    )
    following = None
    if not by_cursor and current < last:
        following = changed(request, page=current + 1)
    elif result.next_cursor and result.hits:
        following = changed(request, cursor=result.next_cursor)
    beyond_end = not by_cursor and current > last and result.total > 0
    first_hit = 0 if by_cursor or beyond_end else (current - 1) * request.per_page + 1
    return Paging(
        links=() if last == 1 or by_cursor else links,
        previous=changed(request, page=min(current - 1, last)) if current > 1 else None,
        following=following,
        last=last,
        last_page=changed(request, page=last),
        beyond_end=beyond_end,
        first_hit=first_hit,
        last_hit=first_hit + len(result.hits) - 1 if first_hit else 0,
    )
