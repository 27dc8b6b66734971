"""POST /api/v1/msearch, and what the API's searches take besides the parameters of the pages: fields and explain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from index.contract import Collapsed, FoundBy, IndexUnavailable, InvalidRequest, SearchRequest, Sort
from searchsvc.interface.multi_search import MAX_SEARCHES
from searchsvc.interface.search_parameters import HitField
from tests.fixtures_web import SetEngine, make_hit, make_result

URL = "/api/v1/msearch"


def test_each_search_is_answered_as_if_alone(web: FlaskClient, set_engine: SetEngine) -> None:
    """Results come in the order of the searches, each exactly what GET would answer."""
    set_engine.result = lambda request: replace(make_result([make_hit(request.q)]), page=request.page)
    given = [{"q": "a", "page": 2}, {"q": "b", "kommune": ["Brühl", "koeln"], "facets": ["date"]}, {}]
    results = web.post(URL, json={"searches": given}).get_json()["results"]
    alone = [
        web.get(f"/api/v1/search?{query}").get_json()
        for query in ("q=a&page=2", "q=b&kommune=Br%C3%BChl&kommune=koeln&facets=date", "")
    ]
    assert results == alone
    assert set_engine.requests[:3] == set_engine.requests[3:]


def test_values_are_written_as_json_writes_them(web: FlaskClient, set_engine: SetEngine) -> None:
    """Numbers, truth values and lists need not be texts."""
    search = {
        "q": "x", "per_page": 5, "exact": True, "sort": "date", "facets": ["kommune", "date"], "kommune": "koeln",
        "fields": ["id", "score"], "highlight": False, "paper_type": [],
    }  # fmt: skip
    assert web.post(URL, json={"searches": [search]}).status_code == 200
    assert set_engine.requests == [
        SearchRequest(q="x", per_page=5, exact=True, sort=Sort.DATE, kommune=("koeln",), highlight=False)
    ]


def test_wrong_search_does_not_sink_the_others(web: FlaskClient, set_engine: SetEngine) -> None:
    """A search that is refused has an error in its place, with the names that the errors of GET have."""
    searches = [{"q": "a"}, {"page": 0}, {"q": ["a", "b"]}]
    first, second, third = web.post(URL, json={"searches": searches}).get_json()["results"]
    assert "hits" in first
    assert (second["error"]["code"], second["error"]["field"]) == ("invalid_parameter", "page")
    assert (set(second), set(second["error"]), third["error"]["field"]) == (
        {"error"},
        {"code", "message", "field"},
        "q",
    )
    set_engine.error = InvalidRequest("cursor", "the cursor belongs to another search")
    (refused,) = web.post(URL, json={"searches": [{"cursor": "x"}]}).get_json()["results"]
    assert refused["error"]["field"] == "cursor"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "searches"),
        ({"searches": []}, "searches"),
        ({"searches": {}}, "searches"),
        ({"searches": [{}] * (MAX_SEARCHES + 1)}, "searches"),
        ({"searches": [{}], "size": 3}, "size"),
        ({"searches": [{}, 1]}, "searches[1]"),
        ({"searches": [{"q": None}]}, "searches[0].q"),
        ({"searches": [{"kommune": [["x"]]}]}, "searches[0].kommune"),
        ({"searches": [{"q": {"x": 1}}]}, "searches[0].q"),
    ],
)
def test_wrong_body_is_refused_as_a_whole(web: FlaskClient, set_engine: SetEngine, body: Any, field: str) -> None:
    """What is no list of up to twenty searches is named, and nothing is searched."""
    response = web.post(URL, json=body)
    assert (response.status_code, response.get_json()["error"]["field"]) == (400, field)
    assert set_engine.requests == []


def test_body_must_be_json(web: FlaskClient) -> None:
    """Other media types, other JSON and query parameters are refused as everywhere."""
    assert web.post(URL, data="x").status_code == 415
    assert web.post(URL, data="[]", content_type="application/json").status_code == 400
    assert web.post(f"{URL}?q=x", json={"searches": [{}]}).get_json()["error"]["field"] == "q"
    assert web.get(URL).status_code == 405


def test_halves_of_characters_are_left_out(web: FlaskClient, set_engine: SetEngine) -> None:
    """JSON can escape what no encoding can say; it is no reason to fail, and whole characters stay."""
    search = r'{"searches": [{"q": "Br\ud800ühl \ud83d\ude00", "kommune": ["k\uDFFFoeln"]}]}'
    assert web.post(URL, data=search.encode(), content_type="application/json").status_code == 200
    assert [(request.q, request.kommune) for request in set_engine.requests] == [("Brühl \U0001f600", ("koeln",))]


def test_outage_is_one_error(web: FlaskClient, set_engine: SetEngine) -> None:
    """Without an index no search can be answered, and the whole answer says so."""
    set_engine.error = IndexUnavailable("no index")
    assert web.post(URL, json={"searches": [{}, {}]}).status_code == 503


def test_fields_choose_what_hits_have(web: FlaskClient, set_engine: SetEngine) -> None:
    """Only the fields asked for come, and what is not asked for is not made."""
    found_by = (FoundBy("Rat", "part", "Rat"),)
    set_engine.result = make_result([make_hit(collapsed=Collapsed(0, ()), found_by=found_by)])
    everything = web.get("/api/v1/search?collapse=paper").get_json()["hits"][0]
    assert set(everything) == set(HitField)
    assert everything["found_by"][0]["sentence"] == "gefunden über Wortteil „Rat“"
    assert web.get("/api/v1/search?fields=title,id").get_json()["hits"] == [
        {"title": everything["title"], "id": everything["id"]}
    ]
    assert set_engine.requests[-1].highlight is False
    web.get("/api/v1/search?fields=snippets")
    assert set_engine.requests[-1].highlight is True


def test_explain_adds_times(web: FlaskClient, set_engine: SetEngine) -> None:
    """The times of the phases are there when asked for, and only then."""
    set_engine.result = make_result(timings_ms={"match": 0.12345, "rank": 1.0})
    assert web.get("/api/v1/search?explain=true").get_json()["timings_ms"] == {"match": 0.123, "rank": 1.0}
    assert "timings_ms" not in web.get("/api/v1/search?explain=false").get_json()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("fields=", "fields"), ("fields=id,", "fields"), ("fields=pages", "fields"), ("fields=id&fields=id", "fields"),
        ("explain=1", "explain"), ("explain=", "explain"),
    ],
)  # fmt: skip
def test_wrong_fields_are_refused(web: FlaskClient, query: str, name: str) -> None:
    """Unknown fields and other values than true and false are named."""
    response = web.get(f"/api/v1/search?{query}")
    assert (response.status_code, response.get_json()["error"]["field"]) == (400, name)


def test_pages_do_not_take_what_is_the_apis(web: FlaskClient, set_engine: SetEngine) -> None:
    """The search page knows neither fields nor explain: it shows the start page."""
    assert "Ratsdokumente durchsuchen" in web.get("/?explain=true").text
