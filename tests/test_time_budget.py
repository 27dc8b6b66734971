"""The time a search may take: it ends soon after, wherever it is, and nothing goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from analyzers import GermanAnalysis
from index.contract import SearchRequest, SearchTimeout
from index.search.execution import Execution
from index.search.snippets import Snippets
from index.whoosh import WhooshEngine
from tests.fixtures_index import TestIndex, document
from tests.fixtures_web import SetEngine


@pytest.fixture
def hurried(make_index: Callable[..., TestIndex], analysis: GermanAnalysis) -> WhooshEngine:
    """An engine whose searches have a tenth of a second, over two segments."""
    index = make_index(*(document(f"d{number}", "Radweg Haushalt") for number in range(6)))
    index.put(document("mehr", "Radweg Rathaus"))
    return WhooshEngine.open(index.folder, analysis, timeout_s=0.1)


def slowed(original: Callable[..., Any]) -> Callable[..., Any]:
    def slow(*arguments: Any, **values: Any) -> Any:
        time.sleep(0.06)
        return original(*arguments, **values)

    return slow


@pytest.mark.parametrize(("owner", "name"), [(Execution, "_term"), (Execution, "expand"), (Snippets, "of")])
def test_a_slow_search_is_given_up(
    hurried: WhooshEngine, monkeypatch: pytest.MonkeyPatch, owner: type, name: str
) -> None:
    """Whichever step takes long, the search ends between two of them, and long before it would have been done."""
    assert hurried.search(SearchRequest(q="rad* haushalt radweg")).total == 7
    monkeypatch.setattr(owner, name, slowed(getattr(owner, name)))
    before = threading.active_count()
    started = time.monotonic()
    with pytest.raises(SearchTimeout) as told:
        hurried.search(SearchRequest(q="rad* haushalt radweg"))
    assert told.value.timeout_s == 0.1
    assert time.monotonic() - started < 5
    assert threading.active_count() == before


def test_reading_on_has_no_end(hurried: WhooshEngine) -> None:
    """The time is for finding: who reads the hits of a scan slowly gets them all."""
    hits = hurried.scan(SearchRequest(q="radweg"))
    first = next(hits)
    time.sleep(0.15)
    assert len({first.id, *(hit.id for hit in hits)}) == 7


def test_without_a_limit_a_search_takes_its_time(
    make_index: Callable[..., TestIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    """0 means any time."""
    index = make_index(document("a", "Radweg"))
    monkeypatch.setattr(Execution, "_term", slowed(Execution._term))
    assert index.engine.search(SearchRequest(q="radweg")).total == 1


def test_a_search_that_was_given_up_is_answered_503(web: FlaskClient, set_engine: SetEngine) -> None:
    """The client learns that it may try again, and when; the page says so in German."""
    set_engine.error = SearchTimeout(5)
    for path in ("/api/v1/search?q=x", "/api/v1/export?q=x"):
        answer = web.get(path)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "search_timeout")
        assert answer.headers["Retry-After"]
    page = web.get("/?q=x")
    assert page.status_code == 503
    assert "Vorübergehend nicht verfügbar" in page.text


def test_marking_pages_and_completing_have_an_end_too(
    make_index: Callable[..., TestIndex], analysis: GermanAnalysis
) -> None:
    """A document's page and completions ask for the time as searches do."""
    index = make_index(document("a", "Radweg"))
    engine = WhooshEngine.open(index.folder, analysis, timeout_s=1e-9)
    with pytest.raises(SearchTimeout):
        engine.highlight(["Radweg"], "radweg")
    with pytest.raises(SearchTimeout):
        engine.suggest("radw")
