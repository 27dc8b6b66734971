"""Large requests in little memory: what ``benchmarks/endurance`` does with a million lines, smaller."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator

from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, run_wsgi_app

from index.contract import SearchRequest
from searchsvc.store import Store
from searchsvc.web.api import bulk
from tests.fixtures_index import TestIndex, document
from tests.fixtures_web import SetEngine, make_hit

LINES = 6_000


class Lines:
    """A body that is made while it is read."""

    def __init__(self, count: int) -> None:
        self._parts = self._made(count)
        self._rest = b""

    def _made(self, count: int) -> Iterator[bytes]:
        for number in range(count):
            yield json.dumps({"id": f"d{number % 10}", "text": f"{number % 10} " * 500}).encode() + b"\n"

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, empty at the end."""
        while len(self._rest) < size and (part := next(self._parts, b"")):
            self._rest += part
        answer, self._rest = self._rest[:size], self._rest[size:]
        return answer


def peak_of(work: Callable[[], None]) -> int:
    """Return the most memory in bytes that Python objects took while ``work`` ran, above what was there before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def send(web: FlaskClient, headers: dict[str, str], count: int) -> None:
    builder = EnvironBuilder("/api/v1/documents/bulk", method="POST", headers=headers)
    environ = builder.get_environ() | {
        "CONTENT_TYPE": "application/x-ndjson", "wsgi.input": Lines(count), "wsgi.input_terminated": True,
    }  # fmt: skip
    parts, status, _ = run_wsgi_app(web.application, environ, buffered=False)
    length = sum(len(part) for part in parts)
    assert status.startswith("200")
    assert length > count * 30


def test_the_memory_of_a_bulk_request_does_not_grow_with_its_lines(
    web: FlaskClient, web_store: Store, write_headers: dict[str, str]
) -> None:
    """Six times as many lines, as many megabytes, take about as much memory."""
    send(web, write_headers, 2 * bulk.BATCH_ITEMS)
    few = peak_of(lambda: send(web, write_headers, LINES // 6))
    many = peak_of(lambda: send(web, write_headers, LINES))
    assert many < few * 1.5 + 500_000
    assert web_store.documents.count() == 10


def test_the_memory_of_an_export_does_not_grow_with_its_hits(web: FlaskClient, set_engine: SetEngine) -> None:
    """Ten times as many hits take as much memory while they are sent, in both formats."""

    def export(kind: str, count: int) -> None:
        set_engine.scanned = (make_hit(f"d{number}") for number in range(count))
        response = web.get(f"/api/v1/export?format={kind}", buffered=False)
        assert sum(part.count(b"\n") for part in response.response) == count + (kind == "csv")
        response.close()

    for kind in ("ndjson", "csv"):
        export(kind, 100)
        few = peak_of(lambda: export(kind, 1_000))  # noqa: B023 - called at once
        many = peak_of(lambda: export(kind, 10_000))  # noqa: B023 - called at once
        assert many < few * 1.5 + 200_000


def test_a_scan_keeps_a_few_numbers_of_each_hit(make_index: Callable[..., TestIndex]) -> None:
    """What an index keeps while it is exported is far less than the documents."""
    index = make_index(*(document(f"d{number}", "Wort " * 400) for number in range(1_500)))

    def read() -> None:
        count = sum(1 for _ in index.engine.scan(SearchRequest(q="wort")))
        assert count == 1_500

    read()
    assert peak_of(read) < 1_500 * 400
