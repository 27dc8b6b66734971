"""Which stretches of a text snippets show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.search.snippet_windows import Window, best_windows

MAX_SNIPPETS = 3


def windows(*positions: list[int], pages: tuple[int, ...] = (0, 1_000)) -> list[Window]:
    terms: dict[int, int] = {}
    for number, part in enumerate(positions):
        for position in part:
            terms[position] = terms.get(position, 0) | 1 << number
    return best_windows(sorted(terms), [terms[position] for position in sorted(terms)], pages, 20, 28, MAX_SNIPPETS)


def test_the_window_with_most_different_terms_comes_first_in_choice() -> None:
    """Two terms side by side are shown rather than many occurrences of one."""
    assert windows([1, 2, 3, 4, 500], [505])[-1] == Window(500, 505)


def test_windows_are_apart_and_in_order() -> None:
    """Windows do not overlap, and come as they stand in the text."""
    assert windows([10, 12, 100, 101, 102, 300]) == [Window(10, 12), Window(100, 102), Window(300, 300)]


def test_windows_end_with_their_page() -> None:
    """No window runs over the end of a page."""
    assert windows([8, 11], pages=(0, 10, 30)) == [Window(8, 8)]


@given(st.lists(st.sets(st.integers(0, 200), min_size=1).map(sorted), min_size=1, max_size=4))
def test_some_window_is_found_and_all_begin_with_a_term(positions: list[list[int]]) -> None:
    """There is always a window; each begins and ends with a term of the query and is no longer than allowed."""
    found = windows(*positions)
    every = {position for part in positions for position in part}
    assert 1 <= len(found) <= MAX_SNIPPETS
    for window in found:
        assert {window.first, window.last} <= every
        assert 0 <= window.last - window.first < 20
