"""Who answers a request, and when it is here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.web.server.pace import ConnectionLimits, Pace
from searchsvc.web.server.request_head import MAX_HEAD_BYTES, MAX_WAITING_BODY_BYTES, Lane, lane_of


@pytest.mark.parametrize(
    ("line", "lane"),
    [
        (b"GET / HTTP/1.1", Lane.SHORT),
        (b"GET /healthz HTTP/1.1", Lane.HEALTH),
        (b"HEAD /healthz?x=1 HTTP/1.1", Lane.HEALTH),
        (b"GET http://suche.example/readyz HTTP/1.1", Lane.READINESS),
        (b"GET /api/v1/search?q=/api/v1/export HTTP/1.1", Lane.SHORT),
        (b"GET /api/v1/export?format=csv HTTP/1.1", Lane.LASTING),
        (b"GET /api/v1/documents/a%2Fb HTTP/1.1", Lane.SHORT),
        (b"GET /api/v1/documents/a/b/text HTTP/1.1", Lane.LASTING),
        (b"DELETE /api/v1/documents/a HTTP/1.1", Lane.LASTING),
        (b"GET /dokumente/a/datei?download=1 HTTP/1.1", Lane.LASTING),
        (b"GET /en/dokumente/a/seiten/1.webp HTTP/1.1", Lane.LASTING),
        (b"GET /dokumente/a HTTP/1.1", Lane.SHORT),
        (b"nonsense", Lane.SHORT),
    ],
)
def test_lanes(line: bytes, lane: Lane) -> None:
    """The path decides, not the query; writes, files and exports last."""
    assert lane_of(line + b"\r\nHost: x\r\n\r\n") is lane


@pytest.mark.parametrize(
    ("headers", "body", "lane"),
    [
        (b"Content-Length: 3\r\n", b"ab", None),
        (b"Content-Length: 3\r\n", b"abc", Lane.SHORT),
        (b"content-length:3\r\nContent-Length: 4\r\n", b"abc", None),
        (b"Content-Length: %d\r\n" % (MAX_WAITING_BODY_BYTES + 1), b"", Lane.LASTING),
        (b"Transfer-Encoding: chunked\r\n", b"", Lane.LASTING),
        (b"Content-Length: 3\r\nExpect: 100-continue\r\n", b"", Lane.LASTING),
        (b"Content-Length: many\r\n", b"", Lane.SHORT),
    ],
)
def test_bodies(headers: bytes, body: bytes, lane: Lane | None) -> None:
    """Short bodies are awaited; those that are long, of unknown length or to be asked for are not."""
    assert lane_of(b"POST /api/v1/msearch HTTP/1.1\r\n" + headers + b"\r\n" + body) is lane


def test_endless_heads_are_left_to_the_parser() -> None:
    """What never ends is not kept for ever."""
    assert lane_of(b"GET / HTTP/1.1\r\nA: " + b"a" * MAX_HEAD_BYTES) is Lane.LASTING


@given(st.binary(max_size=300))
def test_no_bytes_are_an_error(received: bytes) -> None:
    """Whatever strangers send, somebody answers it or it is incomplete."""
    assert lane_of(received + b"\r\n\r\n") in {None, *Lane}


def test_patience_is_earned_back_but_never_saved_up() -> None:
    """However fast a client was, its pause is no longer than the patience; too low a rate uses it up."""
    pace = Pace(ConnectionLimits(patience_s=10, min_bytes_per_s=100))
    pace.passed(1_000_000)
    pace.waited(9.0)
    assert not pace.is_used_up
    pace.passed(100)
    assert pace.left_s == pytest.approx(2.0)
    for _ in range(3):
        pace.waited(1.0)
        pace.passed(10)
    assert pace.is_used_up
