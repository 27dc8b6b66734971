"""Documents that are nearly or exactly the same: signatures, and looking them up."""

from __future__ import annotations

import random
import re
import threading

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from index.contract import Document
from searchsvc.documents.signatures import THRESHOLD, bands, signature, similarities
from searchsvc.indexing.engines import open_writer
from searchsvc.indexing.worker import Worker
from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.store.tables import signature_bands, signature_state, signatures

VOCABULARY = [f"wort{number}" for number in range(400)]


def text(seed: int, words: int = 200) -> str:
    return " ".join(random.Random(seed).choices(VOCABULARY, k=words))


def changed(of: str, share: float) -> str:
    """Return a text with a share of its words replaced, all in one place."""
    words = of.split()
    count = round(len(words) * share)
    return " ".join(["neu"] * count + words[count:])


def put(store: Store, *documents: tuple[str, str], sha256: str | None = None) -> None:
    store.documents.put_many([Document(id=name, title=name, sha256=sha256, pages=(body,)) for name, body in documents])
    while store.duplicates.refresh(100):
        pass


def also_in(store: Store, document_id: str) -> list[tuple[str, float]]:
    return [(one.document.id, one.similarity) for one in store.duplicates.of(document_id)]


def runs(of: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", of.lower())
    return set(zip(words, words[1:], words[2:], strict=False))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_similarity_is_about_the_share_of_common_runs(seed: int, share: float):
    """Signatures estimate the Jaccard similarity of the texts' runs of three words."""
    one = text(seed)
    other = changed(one, share)
    first, second = signature([one]), signature([other])
    assert first is not None
    assert second is not None
    exact = len(runs(one) & runs(other)) / len(runs(one) | runs(other))
    assert similarities(first, [second])[0] == pytest.approx(exact, abs=0.2)


def test_a_signature_never_changes():
    """Signatures are kept in stores, so another library version must not give others unnoticed."""
    found = signature(["Der Rat der Stadt Brühl beschließt den Haushalt. " * 5])
    assert found is not None
    assert (len(found), bands(found)[:2]) == (512, [5968490917661290499, 5843389857458413620])
    assert signature(["zu kurz"]) is None


def test_pages_and_letter_case_do_not_matter():
    """The same words on other pages and in capitals are the same text."""
    assert signature(["Eins zwei " * 20, "drei"]) == signature(["EINS zwei " * 20 + "drei"])


def test_versions_of_a_text_are_found_and_others_are_not(store: Store):
    """A slightly changed text is found with its similarity, the most similar first; different ones are not."""
    put(
        store,
        ("a", text(1)),
        ("b", text(1)),
        ("c", changed(text(1), 0.05)),
        ("d", changed(text(1), 0.6)),
        ("e", text(2)),
    )
    found = also_in(store, "a")
    assert [name for name, _ in found] == ["b", "c"]
    assert found[0][1] == 1.0
    assert THRESHOLD <= found[1][1] < 1.0
    assert also_in(store, "e") == also_in(store, "d") == also_in(store, "unknown") == []


def test_the_same_file_is_found_without_any_text(store: Store):
    """Scans without text are found by the checksum of their file, before all others."""
    put(store, ("a", ""), ("b", ""), sha256="a" * 64)
    put(store, ("c", ""), sha256="b" * 64)
    assert [(one.document.id, one.similarity, one.same_file) for one in store.duplicates.of("a")] == [("b", 1.0, True)]


def test_changes_and_deletions_are_followed(store: Store):
    """What is deleted or changed is no duplicate any more, and leaves no rows behind."""
    put(store, ("a", text(1)), ("b", text(1)), ("c", text(1)))
    assert [name for name, _ in also_in(store, "a")] == ["b", "c"]
    store.documents.delete("b")
    assert [name for name, _ in also_in(store, "a")] == ["c"]
    put(store, ("c", text(2)))
    assert also_in(store, "a") == []
    with store.database.transaction() as connection:
        assert connection.execute(select(func.count()).select_from(signatures)).scalar_one() == 2
        assert connection.execute(select(func.count()).select_from(signature_bands)).scalar_one() == 32


def test_another_version_of_the_method_starts_over(store: Store):
    """Signatures of an older version are made anew."""
    put(store, ("a", text(1)), ("b", text(1)))
    with store.database.transaction() as connection:
        connection.execute(update(signature_state).values(version=0))
        connection.execute(update(signatures).values(signature=None))
    while store.duplicates.refresh(1):
        pass
    assert also_in(store, "a") == [("b", 1.0)]


def test_a_text_that_is_everywhere_costs_no_more(store: Store):
    """Of a text that hundreds of documents have, twenty are named."""
    put(store, *((f"d{number:03}", text(1)) for number in range(300)))
    found = also_in(store, "d000")
    assert len(found) == 20
    assert {similarity for _, similarity in found} == {1.0}


def test_the_worker_makes_signatures_of_what_was_there_before(store: Store, service_settings: Settings):
    """A store that has none yet gets its signatures from the running worker, after the index."""
    store.documents.put_many([Document(id=name, title=name, pages=(text(1),)) for name in "ab"])
    stop = threading.Event()
    writer = open_writer(service_settings)
    try:
        thread = threading.Thread(target=Worker(store, writer, service_settings).run, args=(stop,))
        thread.start()
        for _ in range(200):
            if also_in(store, "a"):
                break
            stop.wait(0.05)
        stop.set()
        thread.join()
    finally:
        writer.close()
    assert also_in(store, "a") == [("b", 1.0)]


def test_the_api_and_the_page_name_duplicates(web: FlaskClient, web_store: Store):
    """Both show where else a document is; the API's validator changes when another one appears."""
    put(web_store, ("a", text(1)))
    before = web.get("/api/v1/documents/a")
    assert before.get_json()["also_in"] == []
    put(web_store, ("b", text(1)))
    after = web.get("/api/v1/documents/a", headers={"If-None-Match": before.headers["ETag"]})
    assert after.get_json()["also_in"] == [
        {"id": "b", "title": "b", "kommune": None, "date": None, "similarity": 1.0, "same_file": False}
    ]
    page = web.get("/dokumente/a").get_data(as_text=True)
    assert "Auch in" in page
    assert '<a href="/dokumente/b" lang="de">b</a>' in page
    assert "derselbe Text" in page
    assert web.get("/api/v1/documents/a", headers={"If-None-Match": after.headers["ETag"]}).status_code == 304
