"""Options of a search, on each engine: values of facets by beginning, days and weeks, order of storing, snippets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.contract import (
    Bucket,
    DateInterval,
    Facet,
    FacetName,
    InvalidRequest,
    SearchRequest,
    Sort,
)
from tests.fixtures_index import BRUEHL, ENGINES, Engine, TestIndex, document

GREMIEN = (
    "Ausschuss für Soziales", "Sozialausschuß", "Straßen- und Wegeausschuss", "Rat", "Bezirksvertretung Köln-Süd",
    "AUSSCHUSS FÜR STRASSEN",
)  # fmt: skip


@pytest.fixture(params=ENGINES.values(), ids=ENGINES.keys(), autouse=True)
def engine_under_test(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    engine: Engine = request.param
    return engine


@pytest.fixture
def gremien(make_index: Callable[..., TestIndex]) -> TestIndex:
    """Documents of some Gremien, in two segments."""
    made = [document(f"{name}{at}", "Radweg", organizations=(name,)) for at in range(3) for name in GREMIEN[at:]]
    index = make_index(*made[:8])
    index.put(*made[8:])
    return index


def facet_of(index: TestIndex, **values: object) -> Facet:
    (facet,) = index.engine.search(SearchRequest(**values)).facets  # type: ignore[arg-type]
    assert isinstance(facet, Facet)
    return facet


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("soz", {"Ausschuss für Soziales", "Sozialausschuß"}),
        ("STRASSE", {"Straßen- und Wegeausschuss", "AUSSCHUSS FÜR STRASSEN"}),
        ("straße", {"Straßen- und Wegeausschuss", "AUSSCHUSS FÜR STRASSEN"}),
        ("ausschuss fur", set()),
        ("ausschuss für s", {"Ausschuss für Soziales", "AUSSCHUSS FÜR STRASSEN"}),
        ("ausschuss fuer so", {"Ausschuss für Soziales"}),
        ("su\u0308d", {"Bezirksvertretung Köln-Süd"}),
        ("koeln-s", {"Bezirksvertretung Köln-Süd"}),
        ("ausschuß", {"Ausschuss für Soziales", "AUSSCHUSS FÜR STRASSEN"}),
        ("eil", set()),
        ("%", set()),
        (".*", set()),
    ],
)
def test_values_of_a_facet_by_beginning(gremien: TestIndex, typed: str, found: set[str]) -> None:
    """Words are found by their beginnings in any spelling, and counts stay exact."""
    facets = (FacetName.ORGANIZATION,)
    every = facet_of(gremien, facets=facets)
    facet = facet_of(gremien, facets=facets, facet_query=f"organization:{typed}")
    assert {bucket.value for bucket in facet.buckets} == found
    counts = {bucket.value: bucket.count for bucket in every.buckets}
    assert all(bucket.count == counts[bucket.value] for bucket in facet.buckets)
    assert facet.other == sum(counts.values()) - sum(bucket.count for bucket in facet.buckets)


def test_size_counts_what_was_asked_for(gremien: TestIndex) -> None:
    """The size of a facet is that of what begins so; selected values stay listed."""
    facets = (FacetName.ORGANIZATION,)
    one = facet_of(gremien, facets=facets, facet_query="organization:soz", facet_size=1)
    assert [bucket.value for bucket in one.buckets] == ["Sozialausschuß"]
    selected = facet_of(gremien, facets=facets, facet_query="organization:soz", organization=("Rat",))
    assert [bucket.value for bucket in selected.buckets if bucket.selected] == ["Rat"]
    assert len(selected.buckets) == 3


@pytest.mark.parametrize(
    "asked", ["organization:", "organization", "date:2013", "ort:x", "kommune:b", "organization:  "]
)
def test_a_facet_query_says_which_facet(gremien: TestIndex, asked: str) -> None:
    """What is no facet, or one that is not counted, is refused rather than passed over."""
    with pytest.raises(InvalidRequest) as refused:
        gremien.engine.search(SearchRequest(facets=(FacetName.ORGANIZATION,), facet_query=asked))
    assert refused.value.field == "facet_query"


days = st.one_of(st.none(), st.dates(date(2012, 12, 20), date(2013, 1, 20)), st.sampled_from([date.max, date.min]))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(days, min_size=1, max_size=30), st.sampled_from([DateInterval.WEEK, DateInterval.DAY]))
def test_days_and_weeks_are_counted_exactly(
    make_index: Callable[..., TestIndex], dates: list[date | None], interval: DateInterval
) -> None:
    """Counts are those of the calendar, over all segments, also at the turn of a year."""
    made = [document(str(at), "Radweg", date=day) for at, day in enumerate(dates)]
    index = make_index(*made[: len(made) // 2])
    index.put(*made[len(made) // 2 :])
    facet = facet_of(index, facets=(FacetName.DATE,), date_interval=interval)
    form = "%G-W%V" if interval is DateInterval.WEEK else "%Y-%m-%d"
    expected = Counter(day.strftime(form).zfill(8 if interval is DateInterval.WEEK else 10) for day in dates if day)
    assert {bucket.value: bucket.count for bucket in facet.buckets} == expected
    assert facet.missing == dates.count(None)
    assert facet.interval is interval
    starts = [bucket.start for bucket in facet.buckets]
    assert starts == sorted(starts, key=lambda day: day or date.min)
    for bucket in facet.buckets:
        assert sum(1 for day in dates if day and is_in(bucket, day)) == bucket.count


def is_in(bucket: Bucket, day: date) -> bool:
    assert bucket.start is not None
    assert bucket.end is not None
    return bucket.start <= day <= bucket.end


def test_a_selected_week_shows_its_days(make_index: Callable[..., TestIndex]) -> None:
    """Days of a filtered period are listed also without hits, and marked."""
    index = make_index(document("a", "Radweg", date=date(2013, 11, 13)), document("b", "Weg", date=date(2014, 1, 1)))
    period = {"date_from": date(2013, 11, 11), "date_to": date(2013, 11, 17)}
    facet = facet_of(index, facets=(FacetName.DATE,), date_interval=DateInterval.DAY, **period)
    assert [bucket.count for bucket in facet.buckets] == [0, 0, 1, 0, 0, 0, 0, 1]
    assert [bucket.selected for bucket in facet.buckets] == [True] * 7 + [False]
    weeks = facet_of(index, facets=(FacetName.DATE,), date_interval=DateInterval.WEEK, **period)
    assert [(one.value, one.count, one.selected) for one in weeks.buckets] == [
        ("2013-W46", 1, True), ("2014-W01", 1, False),
    ]  # fmt: skip


def test_order_of_storing(make_index: Callable[..., TestIndex]) -> None:
    """By when they were stored, to the millisecond and across segments; pages and cursors go through all."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    made = [
        document(f"d{number}", "Radweg", kommune=BRUEHL, indexed_at=begin + timedelta(milliseconds=(number * 7) % 20))
        for number in range(20)
    ]
    index = make_index(*made[:9], document("nie", "Radweg"))
    index.put(*made[9:])
    expected = [one.id for one in sorted(made, key=lambda one: (one.indexed_at, one.id))]  # type: ignore[arg-type, return-value]
    for q in ("", "radweg"):
        for sort, wanted in ((Sort.INDEXED, expected), (Sort.INDEXED_DESC, expected[::-1])):
            request = SearchRequest(q=q, sort=sort, per_page=100)
            assert [hit.id for hit in index.engine.search(request).hits] == [*wanted, "nie"]
            assert [hit.id for hit in index.engine.scan(request)] == [*wanted, "nie"]
            found, cursor = [], None
            while True:
                result = index.engine.search(SearchRequest(q=q, sort=sort, per_page=3, cursor=cursor))
                found += [hit.id for hit in result.hits]
                if (cursor := result.next_cursor) is None:
                    break
            assert found == [*wanted, "nie"]


def test_number_and_length_of_snippets(make_index: Callable[..., TestIndex]) -> None:
    """As many as were asked for, each no longer than asked for, all with the word."""
    text = " ".join(("Radweg" if at % 60 == 0 else f"wort{at}") for at in range(1_200))
    index = make_index(document("a", text), document("b", "Kurz: der Radweg."))

    def cut(**values: int) -> list[str]:
        result = index.engine.search(SearchRequest(q="radweg", **values))  # type: ignore[arg-type]
        return [one.html for hit in result.hits if hit.id == "a" for one in hit.snippets]

    assert len(cut()) == 3
    for count in (1, 5, 10):
        for words in (10, 28, 100):
            snippets = cut(snippets=count, snippet_length=words)
            assert len(snippets) == count
            assert all("<mark>Radweg</mark>" in one for one in snippets)
            assert max(len(re.findall(r"\w+", re.sub("<[^>]+>", "", one))) for one in snippets) == words
    for wrong in ({"snippets": 0}, {"snippets": 11}, {"snippet_length": 9}, {"snippet_length": 101}):
        with pytest.raises(InvalidRequest):
            cut(**wrong)


def test_the_options_over_http(web: FlaskClient) -> None:
    """They have the same names there, and what is wrong is named."""
    facet = "facets=organization&facet_query=organization:b%C3%BC&date_interval=week"
    good = web.get(f"/api/v1/search?{facet}&sort=-indexed_at&snippets=5&snippet_length=40")
    assert good.status_code == 200
    for name, value in (("snippets", "11"), ("snippet_length", "9"), ("facet_query", ""), ("date_interval", "hour")):
        answer = web.get(f"/api/v1/search?{name}={value}")
        assert (answer.status_code, answer.get_json()["error"]["field"]) == (400, name)
    assert web.get("/api/v1/export?snippets=5").status_code == 400
    for interval in ("week", "day"):
        assert web.get(f"/?q=radweg&date_interval={interval}&sort=-indexed_at&snippets=2").status_code == 200
