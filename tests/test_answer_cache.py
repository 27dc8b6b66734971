"""Answers that are given again: only while nothing they were made of has changed, and in bounded memory."""

from __future__ import annotations

from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.web import create_app
from searchsvc.web.http.answer_cache import ENTRY_BYTES, AnswerCache
from tests.fixtures_web import SetEngine, make_hit, make_result

URL = "/api/v1/search"


def test_the_same_search_is_answered_without_searching(web: FlaskClient, set_engine: SetEngine) -> None:
    """However it is written, a search that was answered is not searched again while the index stays as it is."""
    set_engine.result = make_result([make_hit()])
    first = web.get(f"{URL}?q=rad&kommune=bruehl")
    again = web.get(f"{URL}?kommune=bruehl&q=rad&page=1")
    assert len(set_engine.requests) == 1
    assert again.data == first.data
    assert {name: again.headers[name] for name in ("ETag", "Content-Type", "Cache-Control")} == {
        name: first.headers[name] for name in ("ETag", "Content-Type", "Cache-Control")
    }


def test_a_commit_ends_what_was_kept(web: FlaskClient, set_engine: SetEngine) -> None:
    """After a commit to the index the search is searched again, and its new answer given."""
    set_engine.result = make_result([make_hit()])
    web.get(f"{URL}?q=rad")
    set_engine.result = make_result([])
    set_engine.generation = "g2"
    assert web.get(f"{URL}?q=rad").get_json()["hits"] == []


def test_other_searches_and_addresses_are_searched(web: FlaskClient, set_engine: SetEngine) -> None:
    """An answer belongs to one search and to the address it was called by, which its links have."""
    set_engine.result = make_result([make_hit()])
    web.get(f"{URL}?q=rad")
    assert b"//other/" in web.get(f"{URL}?q=rad", base_url="http://other").data
    web.get(f"{URL}?q=Rad")
    web.get(f"{URL}?q=rad&fields=id")
    assert len(set_engine.requests) == 4


def test_times_are_always_those_of_this_search(web: FlaskClient, set_engine: SetEngine) -> None:
    """With explain nothing is given again."""
    for _ in range(2):
        web.get(f"{URL}?q=rad&explain=true")
    assert len(set_engine.requests) == 2


def test_keeping_can_be_switched_off(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> None:
    """With 0 MB each request is searched."""
    settings = web_settings.model_copy(update={"search_cache_mb": 0})
    client = create_app(settings, engine=set_engine, store=web_store).test_client()
    for _ in range(2):
        client.get(f"{URL}?q=rad")
    assert len(set_engine.requests) == 2


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 900), st.booleans()), max_size=60))
def test_the_cache_keeps_the_latest_within_its_bytes(steps: list[tuple[str, int, bool]]) -> None:
    """What is found is what was put last; what is kept never takes more than allowed, the last used stays longest."""
    room = 13_000
    cache = AnswerCache(room)
    put: dict[str, bytes] = {}
    used: list[str] = []
    for name, size, is_read in steps:
        if is_read:
            found = cache.get(name)
            assert found is None or found == put[name]
            if found is None:
                continue
        else:
            put[name] = bytes(size)
            cache.put(name, put[name])
        used = [*(other for other in used if other != name), name]
    kept = [name for name in used if cache.get(name) is not None]
    assert sum(len(put[name]) + ENTRY_BYTES for name in kept) <= room
    assert kept == used[len(used) - len(kept) :]
