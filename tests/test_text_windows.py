"""Long texts in windows, references as links, and bars of years: whatever the text, nothing is lost."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from index.contract import Bucket, DateInterval, Facet, FacetName, SearchRequest
from searchsvc.documents.references import REFERENCE, core_of
from searchsvc.web.pages.histogram import MAX_BARS, histogram
from searchsvc.web.pages.linked_references import linked
from searchsvc.web.pages.text_windows import shown, window_of, windows

_WORDS = st.lists(st.sampled_from(["Rat", "Radweg", "<b>", "\n", " ", "x" * 40, "&amp;"]), max_size=60)


@given(st.lists(_WORDS.map("".join), max_size=6), st.integers(20, 400))
def test_windows_lose_nothing(pages: list[str], window_chars: int) -> None:
    """All parts in order are the pages; words are cut only if they are longer than a window; each part is found."""
    found = windows(pages, window_chars=window_chars)
    parts = [part for window in found for part in window.parts]
    for number, page in enumerate(pages, start=1):
        own = [part for part in parts if part.number == number]
        assert "".join(part.text for part in own) == page
        assert [part.part for part in own] == list(range(1, own[-1].parts + 1))
        for part, following in pairwise(own):
            assert part.text[-1] in " \n" or part.chars == window_chars
            assert following.chars
        for part in own:
            assert part in found[window_of(found, part.number, part.part)].parts
    assert all(window.chars <= window_chars for window in found)
    assert bool(found) is bool(pages)
    assert window_of(found, 10**6, 1) == 0


def test_marks_are_limited_and_counted_all_the_same() -> None:
    """Of many marks in a window the first stay; each part says how many there were."""
    parts = windows(["a b a", "a"])[0].parts
    first, second = shown(parts, ["<mark>a</mark> b <mark>a</mark>", "<mark>a &amp;</mark>"], max_marks=1)
    assert (first.html, first.marks, first.anchor) == ("<mark>a</mark> b a", 2, "seite-1")
    assert (second.html, second.marks) == ("a &amp;", 1)


def test_references_are_recognised_and_told_from_other_numbers() -> None:
    """References have a slash; decimals, paths and parts of longer numbers are none."""
    text = "siehe Vorlage 2013/0456, DS0123/13-1 und VO/2014/12; 1/2 kg, a/b, 1.2/3, https://x.example/2013/0456"
    assert REFERENCE.findall(text) == ["2013/0456", "DS0123/13-1", "VO/2014/12", "1/2"]
    assert core_of("Vorlage Nr. 2013/0456") == "2013/0456"
    assert core_of("ds0123/13") == core_of("DS0123/13")
    assert core_of("Antrag 7") == "antrag7"


def test_known_references_become_links() -> None:
    """Only known ones, within marks too; the rest of the text stays as it is."""
    html = "Vorlage <mark>2013/0456</mark> &amp; 2013/0457"
    assert linked(html, {"2013/0456": '/?q="&a'}) == (
        'Vorlage <mark><a href="/?q=&#34;&amp;a">2013/0456</a></mark> &amp; 2013/0457'
    )
    assert linked(html, {}) == html


@given(st.dictionaries(st.integers(1, 9999), st.integers(1, 1000), min_size=1, max_size=30), st.booleans())
def test_bars_count_what_the_buckets_do(counts: dict[int, int], by_month: bool) -> None:
    """However far years lie apart there are few bars, without gaps or overlaps, that add up to all documents."""
    buckets = tuple(
        Bucket(str(year), str(year), count, start=date(year, 1, 1), end=date(year, 1 if by_month else 12, 31))
        for year, count in sorted(counts.items())
    )
    interval = DateInterval.MONTH if by_month else DateInterval.YEAR
    view = histogram(SearchRequest(q="x"), Facet(FacetName.DATE, buckets, missing=3, interval=interval))
    assert sum(bar.count for bar in view.bars) == sum(counts.values())
    for bar in view.bars:
        assert bar.count == sum(bucket.count for bucket in buckets if bar.first <= bucket.start <= bar.last)
    for before, after in pairwise(view.bars):
        assert after.first == before.last + timedelta(days=1)
    assert len(view.bars) <= MAX_BARS + 1
    assert max(bar.height for bar in view.bars) == 56
    assert all((bar.height > 0) == (bar.count > 0) for bar in view.bars)


def test_gaps_of_many_lines_are_one() -> None:
    """What a letterhead leaves empty is not read: of several lines without text one is shown, none at the ends."""
    page = "\n \n\n Stadt\nRat \n \t\n\n\u00a0\nText\n\nEnde\n\n"
    (window,) = windows([page])
    (part,) = shown(window.parts, [page])
    assert part.html == "Stadt\nRat \n\nText\n\nEnde"
