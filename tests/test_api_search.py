"""GET /api/v1/search and /suggest: the shape of the contract and every parameter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from index.contract import (
    Bucket,
    Collapse,
    Collapsed,
    CollapsedDocument,
    Completion,
    DateInterval,
    FacetName,
    InvalidRequest,
    SearchRequest,
    SearchWarning,
    Sort,
    Suggestion,
)
from tests.fixtures_web import SetEngine, make_hit, make_result

URL = "/api/v1/search"


def test_response_has_exactly_the_contract_shape(web: FlaskClient, set_engine: SetEngine) -> None:
    """Hits, facets, paging and hints have the contract's names, in its nesting, and nothing else."""
    set_engine.result = make_result(
        [make_hit()],
        warnings=(SearchWarning("unbalanced_quote", "a quotation mark has no partner", '"'),),
        did_you_mean=Suggestion("integrationszentrum", 40),
        next_cursor="abc",
        timings_ms={"match": 0.1},
    )
    body = web.get(URL, query_string={"q": "integrationszentrun"}).get_json()
    base = "http://localhost"
    assert body == {
        "total": 1,
        "total_all_words": 1,
        "took_ms": 1.9,
        "page": 1,
        "per_page": 10,
        "next_cursor": "abc",
        "relaxed": False,
        "warnings": [{"code": "unbalanced_quote", "message": "a quotation mark has no partner", "detail": '"'}],
        "did_you_mean": {"q": "integrationszentrum", "total": 40},
        "hits": [
            {
                "id": "vorlage-1",
                "score": 7.3123,
                "title": "Vorlage (Arbeitsschwerpunkte des KI im REK)",
                "kommune": {"id": "bruehl", "name": "Brühl", "ags": "05362012"},
                "date": "2013-11-13",
                "paper": {
                    "id": "https://rat.example/paper/1",
                    "name": "Kommunales Integrationszentrum",
                    "reference": "312/2013",
                    "type": "Vorlage",
                },
                "file_name": "vorlage.pdf",
                "page_count": 2,
                "size": 51200,
                "text_quality": "digital",
                "snippets": [{"page": 2, "html": "Das <mark>Integrationszentrum</mark> des Kreises."}],
                "missing": [],
                "links": {
                    "self": f"{base}/api/v1/documents/vorlage-1",
                    "html": f"{base}/dokumente/vorlage-1",
                    "file": f"{base}/dokumente/vorlage-1/datei",
                },
            }
        ],
        "facets": {
            "kommune": {
                "buckets": [
                    {"value": "bruehl", "label": "Brühl", "count": 12, "selected": False},
                    {"value": "koeln", "label": "Köln", "count": 3, "selected": False},
                ],
                "other": 0,
                "missing": 1,
            },
            "date": {
                "interval": "year",
                "buckets": [
                    {"value": "2012", "from": "2012-01-01", "to": "2012-12-31", "count": 4, "selected": False},
                    {"value": "2013", "from": "2013-01-01", "to": "2013-12-31", "count": 11, "selected": False},
                ],
                "missing": 1,
            },
        },
    }


def test_hit_without_metadata_has_nulls(web: FlaskClient, set_engine: SetEngine) -> None:
    """What is not known of a document is null and never left out."""
    bare = replace(make_hit(), kommune=None, date=None, paper=None, file_name=None, page_count=None, size=None)
    set_engine.result = make_result([bare])
    hit = web.get(URL).get_json()["hits"][0]
    assert [hit[name] for name in ("kommune", "date", "paper", "file_name", "page_count", "size")] == [None] * 6


def test_answer_is_json_that_may_not_be_kept(web: FlaskClient) -> None:
    """Search answers are JSON in UTF-8 that caches must ask about again."""
    response = web.get(URL)
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-cache"
    assert "Brühl".encode() in response.data


def test_defaults_are_those_of_the_contract(web: FlaskClient, set_engine: SetEngine) -> None:
    """Without parameters all documents are searched, ten a page, with facets by Kommune and date."""
    web.get(URL)
    assert set_engine.requests == [SearchRequest()]
    assert SearchRequest().facets == (FacetName.KOMMUNE, FacetName.DATE)


def test_every_parameter_reaches_the_engine(web: FlaskClient, set_engine: SetEngine) -> None:
    """All parameters of the contract are understood, repeatable ones with all their values."""
    pairs = [
        ("q", "Kita OR Schule"), ("kommune", "Brühl"), ("kommune", "05315000"), ("date_from", "2012-01-31"),
        ("date_to", "2013-12-31"), ("date_missing", "true"), ("paper_type", "Antrag"), ("paper_type", "Vorlage"),
        ("organization", "Rat"), ("mime_type", "application/pdf"), ("text_quality", "ocr"), ("sort", "-date"),
        ("page", "3"), ("per_page", "100"), ("facets", "date,paper_type"), ("facet_size", "5"),
        ("date_interval", "month"), ("highlight", "false"), ("exact", "true"),
    ]  # fmt: skip
    assert web.get(URL, query_string=pairs).status_code == 200
    assert set_engine.requests == [
        SearchRequest(
            q="Kita OR Schule",
            kommune=("Brühl", "05315000"),
            paper_type=("Antrag", "Vorlage"),
            organization=("Rat",),
            mime_type=("application/pdf",),
            text_quality=("ocr",),
            date_from=date(2012, 1, 31),
            date_to=date(2013, 12, 31),
            date_missing=True,
            sort=Sort.DATE_DESC,
            page=3,
            per_page=100,
            facets=(FacetName.DATE, FacetName.PAPER_TYPE),
            facet_size=5,
            date_interval=DateInterval.MONTH,
            highlight=False,
            exact=True,
        )
    ]


def test_empty_facets_ask_for_none(web: FlaskClient, set_engine: SetEngine) -> None:
    """An empty list of facets is a list without facets."""
    web.get(URL, query_string={"facets": ""})
    assert set_engine.requests[0].facets == ()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("kommunen=x", "kommunen"),
        ("Q=x", "Q"),
        ("limit=10", "limit"),
        ("q=a&q=b", "q"),
        ("page=1&page=2", "page"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=abc", "page"),
        ("page=1.5", "page"),
        ("page=", "page"),
        ("page=%D9%A3", "page"),
        ("page=99999999999999999999", "page"),
        ("page=1001", "page"),
        ("per_page=0", "per_page"),
        ("per_page=101", "per_page"),
        ("per_page=%2B5", "per_page"),
        ("date_from=2013", "date_from"),
        ("date_from=13.11.2013", "date_from"),
        ("date_from=2013-02-30", "date_from"),
        ("date_to=20131113", "date_to"),
        ("date_to=", "date_to"),
        ("date_from=2014-01-01&date_to=2013-12-31", "date_to"),
        ("date_missing=1", "date_missing"),
        ("sort=title", "sort"),
        ("sort=", "sort"),
        ("facets=kommune,typ", "facets"),
        ("facets=kommune,", "facets"),
        ("facet_size=0", "facet_size"),
        ("facet_size=x", "facet_size"),
        ("date_interval=hour", "date_interval"),
        ("highlight=yes", "highlight"),
        ("exact=TRUE", "exact"),
        ("kommune=", "kommune"),
        ("paper_type=%20", "paper_type"),
        ("organization=", "organization"),
        ("mime_type=", "mime_type"),
        ("text_quality=good", "text_quality"),
        ("cursor=", "cursor"),
        ("cursor=abc&page=2", "page"),
        ("refresh=wait", "refresh"),
        (f"q={'x' * 2001}", "q"),
    ],
)
def test_wrong_parameter_is_named(web: FlaskClient, set_engine: SetEngine, query: str, name: str) -> None:
    """Unknown, invalid, repeated and contradictory parameters are refused by name, and nothing is searched."""
    response = web.get(f"{URL}?{query}")
    error = response.get_json()["error"]
    assert (response.status_code, error["code"], error["field"]) == (400, "invalid_parameter", name)
    assert name in error["message"]
    assert set_engine.requests == []


def test_unknown_parameter_comes_with_the_closest_known_one(web: FlaskClient) -> None:
    """A misspelt name is answered with the name that was probably meant."""
    assert "'kommune'" in web.get(f"{URL}?komune=x").get_json()["error"]["message"]


def test_cursor_excludes_page_in_the_answer(web: FlaskClient, set_engine: SetEngine) -> None:
    """With a cursor there is no page number."""
    body = web.get(URL, query_string={"cursor": "abc"}).get_json()
    assert set_engine.requests[0].cursor == "abc"
    assert body["page"] is None


def test_what_the_engine_refuses_is_a_client_error(web: FlaskClient, set_engine: SetEngine) -> None:
    """A cursor that only the engine can judge is refused like any other invalid parameter."""
    set_engine.error = InvalidRequest("cursor", "the cursor belongs to another search")
    response = web.get(URL, query_string={"cursor": "abc"})
    assert response.status_code == 400
    assert response.get_json()["error"] == {
        "code": "invalid_parameter",
        "message": "the cursor belongs to another search",
        "field": "cursor",
    }


def test_page_beyond_the_end_has_no_hits_and_the_right_total(web: FlaskClient, set_engine: SetEngine) -> None:
    """A page after the last one is answered, not refused."""
    set_engine.result = make_result(total=12)
    body = web.get(URL, query_string={"page": "9"}).get_json()
    assert (body["total"], body["page"], body["hits"]) == (12, 9, [])


def test_selected_value_stays_listed_at_zero(web: FlaskClient, set_engine: SetEngine) -> None:
    """Selected buckets say so, also when nothing is in them."""
    facet = replace(make_result().facets[0], buckets=(Bucket("bruehl", "Brühl", 0, selected=True),))
    set_engine.result = make_result(facets=(facet,))
    buckets = web.get(URL, query_string={"kommune": "bruehl"}).get_json()["facets"]["kommune"]["buckets"]
    assert buckets == [{"value": "bruehl", "label": "Brühl", "count": 0, "selected": True}]


def test_suggest_returns_completions(web: FlaskClient, set_engine: SetEngine) -> None:
    """Completions come with their kind and count."""
    set_engine.completions = (Completion("Integrationszentrum", "word", 12),)
    body = web.get("/api/v1/suggest", query_string={"q": "integr"}).get_json()
    assert body == {"q": "integr", "suggestions": [{"text": "Integrationszentrum", "kind": "word", "count": 12}]}


def test_suggest_names_the_document_of_a_title(web: FlaskClient, set_engine: SetEngine) -> None:
    """A title that means one document comes with its addresses, and with the name of its Vorgang."""
    set_engine.completions = (Completion("Radweg", "title", 2, "rat/1", "Radweg"),)
    (found,) = web.get("/api/v1/suggest?q=ra").get_json()["suggestions"]
    assert (found["text"], found["kind"], found["count"], found["paper_name"]) == ("Radweg", "title", 2, "Radweg")
    assert found["document"]["id"] == "rat/1"
    assert found["document"]["links"]["html"] == "http://localhost/dokumente/rat%2F1"


@pytest.mark.parametrize(
    ("query", "name"), [("", "q"), ("q=a&limit=0", "limit"), ("q=a&limit=21", "limit"), ("q=a&size=3", "size")]
)
def test_suggest_refuses_wrong_parameters(web: FlaskClient, query: str, name: str) -> None:
    """The parameters of suggest are as strict as those of search."""
    response = web.get(f"/api/v1/suggest?{query}")
    assert (response.status_code, response.get_json()["error"]["field"]) == (400, name)


@pytest.mark.parametrize("method", ["head", "options"])
def test_head_and_options_are_answered(web: FlaskClient, method: str) -> None:
    """HEAD has no body and OPTIONS says what is allowed."""
    response: Any = getattr(web, method)(URL)
    assert response.status_code == 200
    assert response.data == b""
    if method == "options":
        assert {"GET", "HEAD", "OPTIONS"} == {name.strip() for name in response.headers["Allow"].split(",")}


def test_collapsed_hits_name_the_documents_they_stand_for(web: FlaskClient, set_engine: SetEngine) -> None:
    """With collapse=paper there are both totals, and each hit says how many more documents it stands for."""
    other = CollapsedDocument("vorlage-1/anlage", "Lageplan", "plan.pdf", 1)
    set_engine.result = make_result([make_hit(collapsed=Collapsed(4, (other,)))], total_documents=5)
    body = web.get(URL, query_string={"collapse": "paper", "fields": "id,collapsed"}).get_json()
    assert set_engine.requests[0].collapse is Collapse.PAPER
    assert (body["total"], body["total_documents"]) == (1, 5)
    address = "http://localhost/api/v1/documents/vorlage-1%2Fanlage"
    page = "http://localhost/dokumente/vorlage-1%2Fanlage"
    assert body["hits"] == [
        {
            "id": "vorlage-1",
            "collapsed": {
                "count": 4,
                "documents": [
                    {
                        "id": "vorlage-1/anlage",
                        "title": "Lageplan",
                        "file_name": "plan.pdf",
                        "page_count": 1,
                        "links": {"self": address, "html": page, "file": f"{page}/datei"},
                    }
                ],
            },
        }
    ]


def test_each_document_is_a_hit_of_the_api_unless_asked_otherwise(web: FlaskClient, set_engine: SetEngine) -> None:
    """Programs count documents: collapse=none says what is so anyway, and other values are refused."""
    assert "total_documents" not in web.get(URL, query_string={"q": "x", "collapse": "none"}).get_json()
    web.get(URL, query_string={"q": "y"})
    assert [request.collapse for request in set_engine.requests] == [None, None]
    wrong = web.get(URL, query_string={"collapse": "vorgang"})
    assert (wrong.status_code, wrong.get_json()["error"]["field"]) == (400, "collapse")
    assert "must be one of paper, none" in wrong.get_json()["error"]["message"]


def test_the_field_collapsed_is_missing_unless_hits_are_collapsed(web: FlaskClient, set_engine: SetEngine) -> None:
    """A plain search has no collapsed documents, even if the field is asked for."""
    set_engine.result = make_result([make_hit()])
    assert web.get(URL, query_string={"fields": "id,collapsed"}).get_json()["hits"] == [{"id": "vorlage-1"}]
