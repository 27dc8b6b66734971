"""A day that was typed offers its documents, in every way days are written, and nothing else does."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient

from index.contract import SearchRequest, SearchResult
from searchsvc.web.pages.typed_dates import named_period
from tests.fixtures_web import SetEngine, make_hit, make_result
from tests.test_pages_search import links

DAY = (date(2013, 11, 13), date(2013, 11, 13))
MONTH = (date(2013, 11, 1), date(2013, 11, 30))


@pytest.mark.parametrize(
    ("query", "period", "rest"),
    [
        ("13.11.2013", DAY, ""),
        ("13.11.13", DAY, ""),
        ("2013-11-13", DAY, ""),
        ("13. November 2013", DAY, ""),
        ("13. Nov. 2013", DAY, ""),
        ("Dokumente vom 13.11.2013", DAY, ""),
        ("Sitzung am 13.11.2013", DAY, ""),
        ("Haushalt vom 13.11.2013", DAY, "Haushalt"),
        ("13.11.2013 Radweg", DAY, "Radweg"),
        ("Antrag vom 13.11.2013 zum Radweg", DAY, "Antrag zum Radweg"),
        ("November 2013", MONTH, ""),
        ("nov 2013", MONTH, ""),
        ("Haushalt im November 2013", MONTH, "Haushalt"),
        ("1.2.98", (date(1998, 2, 1), date(1998, 2, 1)), ""),
    ],
)
def test_days_and_months_are_recognised(query: str, period: tuple[date, date], rest: str) -> None:
    """In numbers and words, alone and beside other words, which are searched among those documents."""
    assert named_period(query) == (*period, rest)


@pytest.mark.parametrize(
    "query",
    [
        "", "Radweg", "2013", "31.02.2013", "13.11.", "§ 13.11", "1.000.000", "192.168.13.11", "Drs. 13.11.2013/5",
        "Radweg 2013", "datum:13.11.2013", '"13.11.2013"', "13.11.2013 14.11.2013", "1.2.2013 - 3.4.2013",
        "13.11.2013..14.11.2013", "Version 1.2.20130", "Haushalt 2013", "Plan 2013-11-13-05",
    ],
)  # fmt: skip
def test_other_numbers_are_no_days(query: str) -> None:
    """Neither amounts, paragraphs, versions, references nor ranges; and no day that there is not."""
    assert named_period(query) is None


def test_a_typed_day_offers_its_documents(web: FlaskClient, set_engine: SetEngine) -> None:
    """The link filters by the day, keeps other filters, and says how many documents there are; without any, no link."""
    counts = {date(2013, 11, 13): 1}

    def answer(request: SearchRequest) -> SearchResult:
        total = counts.get(request.date_from, 0) if request.date_from else 30
        return make_result([make_hit()], total=total, total_documents=total)

    set_engine.result = answer
    found = links(web.get("/?q=13.11.2013&kommune=bruehl&sort=date").text)
    target = "/?q=&date_from=2013-11-13&date_to=2013-11-13&sort=date&kommune=bruehl"
    assert found["Dokumente vom 13.11.2013 (1)"] == target
    found = links(web.get("/en/?q=Radweg 13.11.2013").text)
    assert found["“Radweg” only in documents of 13 Nov 2013 (1)"].startswith("/en/?q=Radweg&date_from=2013-11-13")
    for query in ("q=14.11.2013", "q=13.11.2013&date_from=2013-01-01", "q=Radweg"):
        assert "date_from=2013-11-1" not in web.get(f"/?{query}").text
