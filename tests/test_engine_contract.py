"""What every search engine behind the protocol must do; run on each of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.contract import (
    MAX_PAGED_HITS,
    MAX_QUERY_CHARS,
    MISSING,
    Change,
    Collapse,
    DateInterval,
    Document,
    FacetName,
    InvalidRequest,
    Kommune,
    Paper,
    SearchRequest,
    SearchResult,
    Sort,
    Suggestion,
    TextQuality,
)
from tests.fixtures_index import BRUEHL, ENGINES, KOELN, Engine, TestIndex, document


@pytest.fixture(params=ENGINES.values(), ids=ENGINES.keys(), autouse=True)
def engine_under_test(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    engine: Engine = request.param
    return engine


def ids(result: SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]


def search(index: TestIndex, q: str = "", **values: object) -> SearchResult:
    return index.engine.search(SearchRequest(q=q, **values))  # type: ignore[arg-type]


def counts(result: SearchResult, name: FacetName) -> dict[str, int]:
    (facet,) = [facet for facet in result.facets if facet.name is name]
    return {bucket.value: bucket.count for bucket in facet.buckets}


def test_empty_query_lists_everything_newest_first(council: TestIndex) -> None:
    """Without a query all documents come, newest first, those without a date last."""
    result = search(council)
    assert ids(result) == ["steuer", "radweg", "zentrum", "heimatlos", "scan"]
    assert result.total == 5
    assert all(hit.score == 0 for hit in result.hits)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("Hundesteuer", {"steuer"}),
        ("hundesteuern", {"steuer"}),
        ("Radweg", {"radweg", "heimatlos"}),
        ("Radwege", {"radweg", "heimatlos"}),
        ("Haus", {"zentrum"}),
        ("Haeuser", {"zentrum"}),
        ("Integrationszentrums", {"zentrum"}),
        ("Radweg Brühl", {"radweg"}),
        ("bruehl radweg", {"radweg"}),
        ('"Kommunalen Integrationszentrums"', {"zentrum"}),
        ('"Integrationszentrums Kommunalen"', set()),
        ('"Integrationszentrum Seite zwei"', {"zentrum"}),
        ("Rhein-Erft-Kreis", {"zentrum"}),
        ("2013/0456", {"radweg"}),
        ("nr:2013/0456", {"radweg"}),
        ("nr:0456/2013", set()),
        ("titel:Radweg", {"radweg"}),
        ("typ:Satzung", {"steuer"}),
        ("kommune:BRUEHL", {"radweg", "steuer"}),
        ("kommune:05315000", {"zentrum", "scan"}),
        ("kommune:(Brühl Köln)", {"radweg", "steuer", "zentrum", "scan"}),
        ("datum:2013", {"radweg", "zentrum"}),
        ("datum:2013-11", {"radweg"}),
        ("datum:13.11.2013", {"radweg"}),
        ("datum:2013..2014", {"radweg", "steuer", "zentrum"}),
        ("datum:..2013-06-01", {"zentrum"}),
        ("Radweg -Brühl", {"heimatlos"}),
        ("-Radweg", {"steuer", "zentrum", "scan"}),
        ("Hundesteuer OR Integrationszentrum", {"steuer", "zentrum"}),
        ("(Hund OR Haus) Satzung", {"steuer"}),
        ("hunde*", {"steuer"}),
        ("integr*zentrum", {"zentrum"}),
        ("Hundestuer~", {"steuer"}),
        ("Hnud~", {"steuer"}),
        ("Hudnesteure~", {"steuer"}),
        ("Hudnesetuer~", {"steuer"}),
        ("Hudneseture~", set()),
        ("Verkehrsausschuss", {"radweg"}),
        ("Einladung", {"scan"}),
        ("350.000", {"radweg"}),
        ("der", {"radweg", "steuer"}),
        ("Was kostet der Radweg", {"radweg"}),
    ],
)
def test_queries(council: TestIndex, q: str, found: set[str]) -> None:
    """Each construct of the query language finds exactly what it should."""
    result = search(council, q, all_words=True)
    assert set(ids(result)) == found
    assert not result.relaxed


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("kommune:(Brühl -Köln)", {"radweg", "steuer"}),
        ("kommune:(Brühl OR Köln)", {"radweg", "steuer", "zentrum", "scan"}),
        ("kommune:(Brühl Köln)", {"radweg", "steuer", "zentrum", "scan"}),
        ("kommune:(Brühl Köln -Brühl)", {"zentrum", "scan"}),
        ("kommune:(Brühl OR (Köln -Köln))", {"radweg", "steuer"}),
        ("kommune:(-Köln)", {"radweg", "steuer", "heimatlos"}),
        ("-kommune:(-Köln)", {"zentrum", "scan"}),
        ("kommune:(-Köln -Brühl)", {"heimatlos"}),
        ("kommune:(Brühl titel:Radweg)", {"radweg"}),
        ("datum:(2013 -2013-05)", {"radweg"}),
        ("datum:(2013 -2013-11)", {"zentrum"}),
        ("datum:(2013-05 OR 2014)", {"zentrum", "steuer"}),
        ("datum:(2013.. -(2013-05 OR 2014-02))", {"radweg"}),
        ("typ:(Satzung OR Bericht)", {"steuer", "zentrum"}),
        ("typ:(-Satzung) kommune:Brühl", {"radweg"}),
        ("typ:(Beschlussvorlage -Römerstraße)", {"radweg"}),
        ("titel:(Radweg OR Hundesteuer)", {"radweg", "steuer"}),
        ("titel:(Römerstraße -Kosten)", {"radweg"}),
        ("titel:(Römerstraße -Radweg)", set()),
        ("titel:(Radweg kommune:Brühl)", {"radweg"}),
        ("nr:(2013/0456 OR 2014/0001)", {"radweg", "steuer"}),
    ],
)
def test_groups_behind_a_field(council: TestIndex, q: str, found: set[str]) -> None:
    """Inside of a field's parentheses alternatives, exclusions and groups mean what they mean outside of them."""
    assert set(ids(search(council, q))) == found


def test_exact_search_neither_stems_nor_finds_other_forms(council: TestIndex) -> None:
    """Exact finds the word as written (in any spelling of case and umlauts), not its other forms."""
    assert ids(search(council, "Häuser", exact=True)) == ["zentrum"]
    assert ids(search(council, "haeuser", exact=True)) == ["zentrum"]
    assert not search(council, "Haus", exact=True).total


def test_partial_matches_when_no_document_has_all_words(council: TestIndex) -> None:
    """If no document has all words, the best partial matches come, marked as relaxed; exclusions still hold."""
    result = search(council, "Hundesteuer Bebauungsplan")
    assert result.relaxed
    assert ids(result) == ["steuer"]
    assert not search(council, "Hundesteuer Bebauungsplan -Satzung").total
    assert not search(council, "Hundesteuer Bebauungsplan datum:2020").total


def test_filters_never_widen_a_search(make_index: Callable[..., TestIndex]) -> None:
    """A filter that leaves nothing is not made up for by documents with fewer words; the facet shows where they are."""
    both = [document(f"d{number}", "Radweg Römerstraße", kommune=BRUEHL) for number in range(60)]
    index = make_index(*both, document("k", "Radweg", kommune=KOELN))
    result = search(index, "Radweg Römerstraße", kommune=("Köln",))
    assert (result.total, result.relaxed) == (0, False)
    assert counts(result, FacetName.KOMMUNE) == {"bruehl": 60, "koeln": 0}


@pytest.fixture
def few(make_index: Callable[..., TestIndex]) -> TestIndex:
    """Documents of which two have all of three words, others most of them, one very long; in two segments."""
    return make_index(
        document("alle", "Feuerwehr Nachwuchs Mangel", kommune=BRUEHL, date=date(2012, 1, 1)),
        document("zwei", "Feuerwehr Nachwuchs", title="Nachwuchs der Feuerwehr", date=date(2014, 1, 1)),
        document("fast", "Nachwuchs und Mangel", kommune=KOELN, date=date(2015, 1, 1)),
        document("lang", "Feuerwehr " + "Anderes " * 4_000 + "Nachwuchs " + "Mehr " * 4_000 + "Mangel"),
        document("eins", "Ein Mangel", date=date(2016, 1, 1)),
        *(document(f"m{number}", "Mangel an Zeit", date=date(2000, 1, 1)) for number in range(40)),
        split=True,
    )


def test_few_documents_with_all_words_are_followed_by_others(few: TestIndex) -> None:
    """Those with all words come first; how many there are, and what the others lack, is told."""
    result = search(few, "Feuerwehr Nachwuchs Mangel", per_page=100)
    assert ids(result)[0] == "alle"
    assert (result.total_all_words, result.relaxed) == (2, True)
    assert {hit.id: hit.missing for hit in result.hits} == {
        "alle": (), "lang": (), "zwei": ("Mangel",), "fast": ("Feuerwehr",),
    }  # fmt: skip
    assert ids(result).index("zwei") < ids(result).index("lang")
    assert counts(result, FacetName.KOMMUNE) == {"bruehl": 1, "koeln": 1}


@pytest.mark.parametrize(("sort", "expected"), [(Sort.DATE, ["alle", "zwei"]), (Sort.DATE_DESC, ["alle", "fast"])])
def test_those_with_all_words_lead_in_every_order(few: TestIndex, sort: Sort, expected: list[str]) -> None:
    """By date, too, and on pages that a cursor leads to."""
    request = SearchRequest(q="Feuerwehr Nachwuchs Mangel", sort=sort, per_page=1)
    first = few.engine.search(request)
    second = few.engine.search(replace(request, cursor=first.next_cursor))
    assert ids(first) + ids(second) == expected
    assert [hit.id for hit in few.engine.scan(request)][:2] == expected


@pytest.mark.parametrize("values", [{"exact": True}, {"all_words": True}])
def test_widening_can_be_declined(few: TestIndex, values: dict[str, Any]) -> None:
    """Who wants all words gets nothing else."""
    result = search(few, "Feuerwehr Nachwuchs Mangel", **values)
    assert (set(ids(result)), result.total_all_words, result.relaxed) == ({"alle", "lang"}, 2, False)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("Feuerwehr AND Nachwuchs AND Mangel", {"alle", "lang"}),
        ('"Feuerwehr Nachwuchs" Mangel', {"alle"}),
        ('"Feuerwehr Nachwuchs" Mangel Zeit', {"alle"}),
        ("Feuerwehr Nachwuchs titel:Nachwuchs", {"zwei"}),
        ("Feuerwehr Nachwuchs -Mangel", {"zwei"}),
        ("Feuerwehr Nachwuchs kommune:Köln", {"fast"}),
    ],
)
def test_what_is_asked_for_explicitly_is_never_missing(few: TestIndex, q: str, found: set[str]) -> None:
    """AND, phrases, fields, exclusions and values hold in a widened search."""
    assert set(ids(search(few, q))) == found


@pytest.mark.parametrize("values", [{"kommune": ("Köln",)}, {"date_from": date(2013, 1, 1)}, {"date_missing": True}])
@pytest.mark.parametrize("q", ["Feuerwehr Nachwuchs Mangel", "Feuerwher Nachwuchs", "Mangel Zeit"])
def test_filters_only_take_away(few: TestIndex, q: str, values: dict[str, Any]) -> None:
    """Under a filter are those of the hits without it that fit, in their order; widened or corrected alike."""
    whole = search(few, q, per_page=100)
    part = search(few, q, per_page=100, **values)
    fitting = set(ids(search(few, "", per_page=100, **values)))
    assert ids(part) == [name for name in ids(whole) if name in fitting]
    assert part.relaxed == whole.relaxed


def test_errors_are_corrected_beside_what_was_typed(make_index: Callable[..., TestIndex]) -> None:
    """A document with the same typing error does not hide all others."""
    right = [document(f"d{number}", "Parkgebühren Erhöhung") for number in range(60)]
    index = make_index(*right, document("falsch", "Parkgebüren Erhöhung"))
    result = search(index, "Parkgebüren Erhöhung", per_page=100)
    assert ids(result)[0] == "falsch"
    assert result.total == result.total_all_words == 61
    assert result.did_you_mean == Suggestion("Parkgebühren Erhöhung", 60, searched=True)


@pytest.mark.parametrize("spelling", ["bruehl", "Brühl", "BRÜHL", "Bruehl", "05362012"])
def test_kommune_in_any_spelling(council: TestIndex, spelling: str) -> None:
    """A Kommune is filtered by id, name in any spelling, or AGS."""
    assert set(ids(search(council, kommune=(spelling,)))) == {"radweg", "steuer"}


def test_unknown_kommune_finds_nothing_and_says_so(council: TestIndex) -> None:
    """A filter nobody knows is not dropped: nothing is found, the value stays listed, a warning says why."""
    result = search(council, kommune=("Entenhausen",))
    assert result.total == 0
    assert [warning.code for warning in result.warnings] == ["unknown_kommune"]
    assert counts(result, FacetName.KOMMUNE)["Entenhausen"] == 0


def test_facets_leave_out_their_own_filter(council: TestIndex) -> None:
    """A facet is counted under all filters but its own, the total under all."""
    result = search(council, kommune=("bruehl",), date_from=date(2013, 1, 1), date_to=date(2013, 12, 31))
    assert result.total == 1
    assert counts(result, FacetName.KOMMUNE) == {"bruehl": 1, "koeln": 1}
    assert counts(result, FacetName.DATE) == {"2013": 1, "2014": 1}
    selected = {bucket.value for facet in result.facets for bucket in facet.buckets if bucket.selected}
    assert selected == {"bruehl", "2013"}


def test_facet_counts_missing_values(council: TestIndex) -> None:
    """Documents without a value are counted as missing and can be filtered for."""
    result = search(council, facets=tuple(FacetName))
    missing = {facet.name: facet.missing for facet in result.facets}
    assert missing[FacetName.KOMMUNE] == 1
    assert missing[FacetName.DATE] == 2
    assert missing[FacetName.ORGANIZATION] == 3
    assert counts(result, FacetName.ORGANIZATION) == {"Rat": 2, "Verkehrsausschuss": 1}
    assert counts(result, FacetName.TEXT_QUALITY) == {"digital": 4, "empty": 1}
    assert ids(search(council, kommune=(MISSING,))) == ["heimatlos"]
    assert set(ids(search(council, date_missing=True))) == {"heimatlos", "scan"}
    with_either = search(council, date_missing=True, date_from=date(2014, 1, 1))
    assert set(ids(with_either)) == {"heimatlos", "scan", "steuer"}


def test_selected_values_stay_at_zero(council: TestIndex) -> None:
    """A selected value and a selected period are listed also when nothing has them."""
    result = search(council, "Hundesteuer", kommune=("koeln",), date_from=date(2020, 1, 1), date_to=date(2020, 12, 31))
    assert result.total == 0
    assert counts(result, FacetName.KOMMUNE) == {"koeln": 0}
    assert counts(result, FacetName.DATE) == {"2020": 0}


def test_facet_size_bounds_the_buckets_and_counts_the_rest(council: TestIndex) -> None:
    """Values beyond facet_size are summed up as other; a selected one is shown all the same."""
    result = search(council, facets=(FacetName.KOMMUNE,), facet_size=1)
    assert counts(result, FacetName.KOMMUNE) == {"bruehl": 2}
    assert result.facets[0].other == 2
    result = search(council, facets=(FacetName.KOMMUNE,), facet_size=0, kommune=("koeln",))
    assert counts(result, FacetName.KOMMUNE) == {"koeln": 2}
    assert result.facets[0].other == 2


def test_months(council: TestIndex) -> None:
    """Dates are counted by month on request, with the first and the last day of each."""
    result = search(council, facets=(FacetName.DATE,), date_interval=DateInterval.MONTH)
    assert counts(result, FacetName.DATE) == {"2013-05": 1, "2013-11": 1, "2014-02": 1}
    assert result.facets[0].buckets[2].end == date(2014, 2, 28)


def test_sorting_by_date(council: TestIndex) -> None:
    """Both date orders put documents without a date last."""
    assert ids(search(council, sort=Sort.DATE)) == ["zentrum", "radweg", "steuer", "heimatlos", "scan"]
    assert ids(search(council, "Radweg", sort=Sort.DATE_DESC)) == ["radweg", "heimatlos"]


def test_title_counts_more_than_text(council: TestIndex) -> None:
    """A document with the word in its title comes before one with the word in its text only."""
    assert ids(search(council, "Radweg"))[0] == "radweg"


def test_did_you_mean(council: TestIndex) -> None:
    """A misspelt word is corrected in place, spelt as documents spell it, with the hits it would have."""
    result = search(council, "Intergrationszentrum")
    assert (result.total, result.relaxed) == (1, True)  # found by its correction, and said so
    assert search(council, "Intergrationszentrum", exact=True).total == 0
    assert result.did_you_mean is not None
    assert result.did_you_mean.q in ("Integrationszentrum", "Integrationszentrums")
    assert result.did_you_mean.total == 1
    assert search(council, result.did_you_mean.q).total == 1


def test_did_you_mean_beside_words_nobody_knows(council: TestIndex) -> None:
    """What can be corrected is, also next to a word that occurs nowhere."""
    result = search(council, "Hundesteur xyz")
    assert result.did_you_mean is not None
    assert result.did_you_mean.q == "Hundesteuer xyz"
    assert result.did_you_mean.total == 1


def test_errors_of_documents_are_offered_a_better_spelling(make_index: Callable[..., TestIndex]) -> None:
    """A rare word that is nearly a frequent one is searched as it is, and the frequent one is offered; no other is."""
    names = ["barierefrei"] + ["barrierefrei"] * 50 + ["Amtsrat"] * 50 + ["Amtsrad"] * 2
    index = make_index(*(document(f"d{number}", name) for number, name in enumerate(names)))
    result = search(index, "barierefrei")
    assert (ids(result), result.relaxed) == (["d0"], False)
    assert result.did_you_mean == Suggestion("barrierefrei", 50)
    assert search(index, "Amtsrad").did_you_mean is None
    assert search(index, "barrierefrei").did_you_mean is None


@pytest.mark.parametrize("values", [{}, {"kommune": ("koeln",)}, {"collapse": Collapse.PAPER}, {"sort": Sort.DATE}])
@pytest.mark.parametrize(
    "q",
    [
        "Hundesteur",
        "Hundesteur Radweg",
        "Hundesteur Radweg Freibad",
        "Was kostet die Sanierung der Hundesteur in der Stadt",
        "Was kostet das Freibad neben dem Radweg und der Hundesteur für die Häuser heute",
        "Hundesteur kommune:(Brühl OR Köln)",
        "Hundesteur Radweg Sanierung Stadt Häuser",
        "Hundesteur -Radweg",
        "Hundesteur OR Radwge",
    ],
)
def test_did_you_mean_counts_what_its_own_search_finds(
    make_index: Callable[..., TestIndex], q: str, values: dict[str, object]
) -> None:
    """The number beside an offered query is the one that the reader sees after following it."""
    index = make_index()
    for number in range(16):
        paper = Paper(f"p{number // 4}", None, None, None)
        kommune = KOELN if number % 3 else BRUEHL
        words = ("Hundesteuer", "Radweg", "Sanierung der Stadt", "Häuser")
        text = " und ".join(word for at, word in enumerate(words) if (number >> at) & 1)
        index.put(document(f"d{number}", text, title="x", paper=paper, kommune=kommune))
    offered = search(index, q, **values).did_you_mean
    assert offered is not None
    assert offered.total == search(index, offered.q, **values).total > 0


def test_did_you_mean_keeps_quiet_without_hits(council: TestIndex) -> None:
    """Nothing is suggested that finds nothing, nor where all words are known."""
    assert search(council, "xqzvw").did_you_mean is None
    assert search(council, "Hundesteur", kommune=("koeln",)).did_you_mean is None
    assert search(council, "Hundesteuer").did_you_mean is None
    assert search(council, "datum:gestern").did_you_mean is None
    assert search(council, "*undesteur").did_you_mean is None


def test_dates_years_ahead_are_doubtful(make_index: Callable[..., TestIndex]) -> None:
    """They make no document the newest or oldest, but are given back, filtered and counted as they are."""
    this_year = datetime.now(UTC).year
    days = {
        "past": date(this_year - 3, 5, 1),
        "next": date(this_year + 1, 5, 1),
        "slip": date(this_year + 180, 5, 1),
        "never": date.max,
        "none": None,
    }
    index = make_index(*(document(name, "Radweg", date=day) for name, day in days.items()), split=True)
    assert ids(search(index)) == ["next", "past", "never", "none", "slip"]
    assert ids(search(index, "radweg")) == ids(search(index, sort=Sort.DATE_DESC)) == ids(search(index))
    assert ids(search(index, sort=Sort.DATE)) == ["past", "next", "never", "none", "slip"]
    assert ids(search(index, "radweg", boost_recent=True))[0] == "next"
    assert index.engine.stats().newest_date == days["next"]
    found = search(index, date_from=date(this_year + 100, 1, 1), facets=(FacetName.DATE,))
    assert {hit.id: hit.date for hit in found.hits} == {"slip": days["slip"], "never": date.max}
    assert counts(found, FacetName.DATE) == {str(day.year): 1 for day in days.values() if day}


def test_snippets_are_escaped_marked_and_carry_their_page(make_index: Callable[..., TestIndex]) -> None:
    """Snippets are safe HTML with marks around whole words and the number of the page they are from."""
    index = make_index(
        document(
            "x", pages=("nichts", "<script>alert(1)</script> & Integrationszentren", ""), title='Das "<b>"-Zentrum'
        )
    )
    (hit,) = search(index, "Integrationszentren").hits
    assert [snippet.page for snippet in hit.snippets] == [2]
    assert "&lt;script&gt;" in hit.snippets[0].html
    assert "<script>" not in hit.snippets[0].html
    assert "<mark>Integrationszentren</mark>" in hit.snippets[0].html
    assert hit.title_html == "Das &quot;&lt;b&gt;&quot;-Zentrum"


def test_highlighting_can_be_switched_off(council: TestIndex) -> None:
    """Without highlighting there are no snippets."""
    assert all(not hit.snippets for hit in search(council, "Radweg", highlight=False).hits)


def test_highlighted_pages(council: TestIndex) -> None:
    """All words of the query are marked in whole pages, and everything else is escaped."""
    (page,) = council.engine.highlight(["<i>Radwege</i> und Häu\u00adser"], "radweg OR Haus -i")
    assert page == "&lt;i&gt;<mark>Radwege</mark>&lt;/i&gt; und <mark>Häuser</mark>"


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("q", ["", "Wort"])
def test_cursor_reaches_every_hit_once(make_index: Callable[..., TestIndex], sort: Sort, q: str) -> None:
    """Following the cursor gives all hits exactly once, in the same order as pages do, through ties and segments."""
    documents = [
        document(
            f"d{number:02}", "Wort " * (1 + number % 3), date=date(2020, 1, 1 + number % 4) if number % 5 else None
        )
        for number in range(23)
    ]
    index = make_index()
    index.put(*documents[:11])
    index.put(*documents[11:])
    everything = ids(search(index, q, sort=sort, per_page=100))
    assert len(everything) == 23
    by_cursor: list[str] = []
    cursor = None
    while True:
        result = search(index, q, sort=sort, per_page=4, cursor=cursor)
        by_cursor += ids(result)
        cursor = result.next_cursor
        if cursor is None:
            break
    assert by_cursor == everything
    by_page = [hit for page in range(1, 7) for hit in ids(search(index, q, sort=sort, per_page=4, page=page))]
    assert by_page == everything


def test_page_beyond_the_end_is_empty(council: TestIndex) -> None:
    """A page after the last has no hits but the right total and facets."""
    result = search(council, "Radweg", page=9)
    assert (result.total, result.hits, result.next_cursor) == (2, (), None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"q": "x" * (MAX_QUERY_CHARS + 1)}, "q"),
        ({"per_page": 0}, "per_page"),
        ({"per_page": 101}, "per_page"),
        ({"page": 0}, "page"),
        ({"page": MAX_PAGED_HITS}, "page"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "W10", "page": 2}, "cursor"),
        ({"facet_size": -1}, "facet_size"),
        ({"date_from": date(2014, 1, 1), "date_to": date(2013, 1, 1)}, "date_from"),
    ],
)
def test_requests_out_of_range_name_their_field(council: TestIndex, values: dict[str, object], field: str) -> None:
    """A request that cannot be answered is refused and says which field is wrong."""
    with pytest.raises(InvalidRequest) as refused:
        council.engine.search(SearchRequest(**values))  # type: ignore[arg-type]
    assert refused.value.field == field


def test_cursor_of_another_search_is_refused(council: TestIndex) -> None:
    """A cursor continues only the search it came from."""
    cursor = search(council, "Radweg", per_page=1).next_cursor
    with pytest.raises(InvalidRequest, match="another search"):
        search(council, "Hundesteuer", cursor=cursor)


OTHER_VALUES = {
    **dict.fromkeys(("kommune", "paper_type", "organization", "mime_type", "text_quality"), ("anderes",)),
    "q": "Hundesteuer",
    "date_from": date(2013, 1, 1),
    "date_to": date(2030, 1, 1),
    "date_missing": True,
    "sort": Sort.DATE,
    "exact": True,
    "all_words": True,
    "collapse": Collapse.PAPER,
    "boost_recent": True,
}
"""Each field that decides matches or their order, with another value than it has by itself."""

SAME_SEARCH = {
    "page": 1,
    "per_page": 3,
    "facets": (),
    "facet_size": 5,
    "facet_query": "kommune:b",
    "date_interval": DateInterval.MONTH,
    "highlight": False,
    "snippets": 5,
    "snippet_length": 40,
    "explain": True,
}
"""What may be different on the next page."""


def test_cursor_belongs_to_what_decides_matches_and_order(council: TestIndex) -> None:
    """Each field of a request either makes a cursor another search's or may change from page to page."""
    assert {*OTHER_VALUES, *SAME_SEARCH, "cursor"} == {each.name for each in fields(SearchRequest)}
    first = SearchRequest(q="Radweg", per_page=1)
    cursor = council.engine.search(first).next_cursor
    for name, value in OTHER_VALUES.items():
        with pytest.raises(InvalidRequest, match="another search"):
            council.engine.search(replace(first, cursor=cursor, **{name: value}))
    for name, value in SAME_SEARCH.items():
        assert council.engine.search(replace(first, cursor=cursor, **{name: value})).total == 2  # type: ignore[arg-type]


def forged(payload: str) -> str:
    """Return a cursor with a payload."""
    return base64.urlsafe_b64encode(payload.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "payload",
    [
        f'["x", {"9" * 400}, 1, "a"]',
        f'["x", {"9" * 5000}, 1, "a"]',
        '["x", NaN, 1, "a"]',
        '["x", 1, Infinity, "a"]',
        '["x", 1e999, 1, "a"]',
        "[" * 100_000,
        "[" * 4_000,
        '{"a": 1, "b": 2, "c": 3, "d": 4}',
        '["x", [], 1, "a"]',
        '["x", 1]',
        "null",
        "",
        '["x", 1, 1, "' + "a" * 1_000_000 + '"]',
    ],
)
def test_forged_cursors_are_refused(council: TestIndex, payload: str) -> None:
    """Whatever is sent as a cursor, even with the sign of the search itself, the answer is that it is none."""
    real = search(council, "Radweg", per_page=1).next_cursor
    assert real is not None
    made_by = json.loads(base64.urlsafe_b64decode(real + "=="))[0]
    payload = payload.replace('"x"', f'"{made_by}"')
    with pytest.raises(InvalidRequest) as refused:
        search(council, "Radweg", cursor=forged(payload))
    assert refused.value.field == "cursor"


@given(st.text(max_size=80) | st.text(max_size=60).map(forged))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_as_cursor_is_refused(council: TestIndex, cursor: str) -> None:
    """No text but a cursor of this search is one."""
    with pytest.raises(InvalidRequest):
        search(council, "Radweg", cursor=cursor)


def test_update_replaces_and_delete_removes(council: TestIndex) -> None:
    """A document is there once, in its newest state, until it is deleted."""
    council.put(document("radweg", "Jetzt geht es um die Sporthalle", title="Neu", kommune=KOELN))
    assert ids(search(council, "Radweg")) == ["heimatlos"]
    assert ids(search(council, "Sporthalle")) == ["radweg"]
    council.delete("radweg", "gibtesnicht")
    assert search(council).total == 4
    assert not search(council, "Sporthalle").total
    assert counts(search(council), FacetName.KOMMUNE) == {"koeln": 2, "bruehl": 1}


def test_several_changes_of_one_document_in_a_batch(council: TestIndex) -> None:
    """The last change of a document in a batch wins."""
    council.apply([("neu", document("neu", "Sporthalle")), ("neu", None), ("neu", document("neu", "Freibad"))])
    assert search(council, "Freibad").total == 1
    assert search(council, "Sporthalle").total == 0


def test_applying_changes_again_is_harmless(council: TestIndex) -> None:
    """A worker that died after a commit applies the batch again, and nothing is there twice."""
    change = Change(council.change + 1, "neu", document("neu", "Sporthalle"))
    council.writer.apply([change])
    council.writer.apply([change])
    assert search(council, "Sporthalle").total == 1
    assert council.engine.state().applied_change == change.number


def test_stats(council: TestIndex) -> None:
    """Statistics count documents by Kommune and name the newest date and the last change."""
    stats = council.engine.stats()
    assert stats.documents == 5
    assert stats.documents_by_kommune == ((BRUEHL, 2), (KOELN, 2), (None, 1))
    assert stats.newest_date == date(2014, 2, 3)
    assert stats.applied_change == council.change
    assert stats.size_bytes > 0


def test_hit_carries_the_metadata(council: TestIndex) -> None:
    """A hit has what a result list shows."""
    (hit,) = search(council, "Römerstraße").hits
    assert hit.kommune == BRUEHL
    assert hit.paper == Paper("p1", "Radverkehrskonzept", "2013/0456", "Beschlussvorlage")
    assert hit.date == date(2013, 11, 13)
    assert hit.text_quality is TextQuality.DIGITAL


def test_suggestions_find_something(council: TestIndex) -> None:
    """Every completion, searched, has hits."""
    for typed in ("hund", "Brü", "koel", "Ausbau des Rad", "radw"):
        completions = council.engine.suggest(typed)
        assert completions, typed
        for completion in completions:
            assert search(council, completion.text).total, completion


def test_similar_documents(make_index: Callable[..., TestIndex]) -> None:
    """Similar documents share telling words; the document itself is not among them."""
    index = make_index(
        document("a", "Sanierung der Kläranlage mit neuer Filterstufe"),
        document("b", "Kläranlage erhält Filterstufe zur Reinigung"),
        document("c", "Haushaltsrede des Kämmerers"),
    )
    assert [hit.id for hit in index.engine.similar("a")] == ["b"]
    assert list(index.engine.similar("unbekannt")) == []


def test_odd_documents_are_indexed(make_index: Callable[..., TestIndex]) -> None:
    """Documents with nothing in them, odd characters and endless words are stored and found."""
    index = make_index(
        Document(id="leer", title="Ohne alles"),
        document("lang", "x" * 100_000 + " Ende", title="Endloswort"),
        document("zeichen", "\x00\ud800 \u202e Zeichen \U0001f600", title="Sonderzeichen"),
        document("https://example.org/a b?c=ü", "Netzadresse", kommune=Kommune("x", "X")),
    )
    assert search(index).total == 4
    assert ids(search(index, "Netzadresse")) == ["https://example.org/a b?c=ü"]
    assert ids(search(index, "Ende")) == ["lang"]
    assert ids(search(index, "Zeichen")) == ["zeichen"]


@pytest.fixture
def two_cities(make_index: Callable[..., TestIndex]) -> TestIndex:
    """Documents of two Kommunen, each of which names the other more often than itself."""
    return make_index(
        document("k", "Hundesteuer in Brühl, Brühl, Brühl", kommune=KOELN, date=date(2013, 10, 1)),
        document("b", "Die Hundesteuer beträgt 100 Euro, in Köln, Köln und Köln.", kommune=BRUEHL),
        document("t", "Sitzung des Rates", kommune=BRUEHL, date=date(2013, 11, 13)),
        document("o", "Oktober", kommune=BRUEHL, date=date(2023, 10, 31)),
    )


@pytest.mark.parametrize(("q", "first"), [("Wie hoch ist die Hundesteuer in Brühl?", "b"), ("hundesteuer KOELN", "k")])
def test_a_named_kommune_is_a_wish(two_cities: TestIndex, q: str, first: str) -> None:
    """Its documents come first, which is told; in quotation marks or by date it counts for nothing."""
    result = search(two_cities, q)
    assert ids(result)[:2] == [first, {"b": "k", "k": "b"}[first]]
    assert [named.kommune.id for named in result.preferred] == [{"b": "bruehl", "k": "koeln"}[first]]
    name = result.preferred[0].typed
    quoted = search(two_cities, q.replace(name, f'"{name}"'))
    assert (ids(quoted)[0] != first, quoted.preferred) == (True, ())
    assert search(two_cities, q, exact=True).preferred == ()


def test_a_kommune_may_be_named_in_short(make_index: Callable[..., TestIndex]) -> None:
    """Its first word is enough where it tells; one that many names begin with is not; punctuation does not matter."""
    freiburg, bad = Kommune("freiburg", "Freiburg im Breisgau"), Kommune("bad-a", "Bad Aibling")
    index = make_index(document("f", "Radweg", kommune=freiburg), document("b", "Radweg Bad", kommune=bad))
    expected = {"Radweg Freiburg?": ["freiburg"], "Radweg Bad": [], "Bad Aibling": ["bad-a"]}
    assert {q: [one.kommune.id for one in search(index, q).preferred] for q in expected} == expected
    assert search(index, "Radweg, Kanal!").hits[0].missing == ("Kanal",)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("13.11.2013", ["t"]),
        ("Brühl 13. November 2013", ["t"]),
        ("2013-11-13", ["t"]),
        ("Oktober 2023", ["o"]),
        ("okt. 2013 Hundesteuer", ["k"]),
        ("Wie hoch Hundesteuer", ["b", "k"]),
        ("hoch", []),
    ],
)
def test_dates_and_question_words(two_cities: TestIndex, q: str, found: list[str]) -> None:
    """A date finds the document of that day or month; what only asks is no word of the answer."""
    assert sorted(ids(search(two_cities, q, all_words=True))) == found
