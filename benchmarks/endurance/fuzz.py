"""100,000 requests (``--requests``) that nobody should send: every route with wrong, huge, odd and hostile values.

Inside of one process, with a real store and index of some hundred documents. No answer may be a 500.
"""

from __future__ import annotations

import argparse
import logging
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import structlog
from flask.testing import FlaskClient

from benchmarks.endurance._service import documents
from searchsvc.documents.input import parse_document
from searchsvc.indexing.engines import open_engine, open_writer
from searchsvc.indexing.worker import Worker
from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.web import create_app

_DOCUMENTS = 300
_STRINGS = (
    "",
    " ",
    "radweg",
    "Schule Radweg",
    '"',
    '"Radweg',
    "(((",
    "a OR",
    "AND",
    "-",
    "*",
    "a*b*c*",
    "~",
    "titel:",
    "datum:9999",
    "kommune:Ort",
    "§ 34",
    "\x00",
    "\ud800",
    "\u202e",
    "ſ",
    "İ",
    "ß" * 50,
    "9" * 400,
    "1e999",
    "-1",
    "0",
    "NaN",
    "null",
    "true",
    "2013-02-30",
    "0000-00-00",
    "99999-01-01",
    "../../etc/passwd",
    "%00",
    "%2F",
    "d1",
    "d1/text",
    "x" * 5000,
    "💥",
    "a\r\nb: c",
    "<script>",
    "' OR 1=1 --",
    "{}",
    "[]",
    "Bürger:innen",
    "1 000 000 Euro",
    "Verwal- tung",
    "_missing",
    "relevance",
    "-date",
)
_BODIES = (
    b"",
    b"{",
    b"[]",
    b"{}",
    b"null",
    b"1",
    b'"x"',
    b'{"q":1}',
    b'{"title":null}',
    b'{"title":"x","text":"y"}',
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b'{"pages":[1,2]}',
    b'{"id":"a","title":"t"}\n{"delete":1}\n\xff\n',
    b"[" * 5000,
    b'{"a":' * 3000,
    b"x" * 100_000,
    b'{"searches":[]}',
    b'{"searches":[{"q":"radweg"},{"q":1},{}]}',
    b'{"search":{"q":"x"},"webhook":"http://127.0.0.1/"}',
    b"\x00" * 100,
    b'{"date":"2013-02-30"}',
)
_TYPES = (
    "application/json",
    "application/x-ndjson",
    "multipart/form-data; boundary=x",
    "text/plain",
    "",
    "application/x-www-form-urlencoded",
    "\xe4",
)
_HEADERS = (
    "Accept",
    "Accept-Language",
    "If-None-Match",
    "If-Match",
    "Range",
    "X-Forwarded-For",
    "Origin",
    "Authorization",
    "X-Request-ID",
    "Host",
)


def main(arguments: Sequence[str]) -> bool:
    """Run the campaign; tell whether every request had an answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=3_600.0, help="end after so long, however many requests")
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args(arguments)
    seed = given.seed if given.seed is not None else random.randrange(2**32)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as name:
        limits = dict.fromkeys(
            ("searches_per_minute", "writes_per_minute", "reports_per_minute", "reads_per_minute"), 0
        )
        settings = Settings(data_dir=Path(name), **limits)
        with Store.open(settings) as store:
            store.migrate()
            store.documents.put_many([parse_document(document) for document in documents(_DOCUMENTS)])
            writer = open_writer(settings)
            Worker(store, writer, settings).catch_up()
            writer.close()
            engine = open_engine(settings)
            headers = {"X-API-Key": store.keys.create("fuzz", ["admin"])}
            app = create_app(settings, engine=engine, store=store)
            went_well = _fuzz(app.test_client(), headers, random.Random(seed), given.requests, given.seconds)
            engine.close()
    print(f"seed {seed}")
    return went_well


def _fuzz(client: FlaskClient, headers: dict[str, str], dice: random.Random, count: int, seconds: float) -> bool:
    rules = [rule for rule in client.application.url_map.iter_rules() if rule.endpoint != "static"]
    statuses: Counter[int] = Counter()
    failed: dict[str, str] = {}
    until = time.monotonic() + seconds
    for _ in range(count):
        if time.monotonic() > until:
            break
        rule = dice.choice(rules)
        method = dice.choice(sorted(rule.methods or {"GET"}) if dice.random() < 0.9 else ["PATCH", "TRACE", "PUT"])
        path = _path(rule.rule, dice)
        query = "&".join(f"{_name(dice)}={_quoted(dice.choice(_STRINGS))}" for _ in range(dice.randrange(4)))
        sent = dict(headers) if dice.random() < 0.7 else {}
        if dice.random() < 0.2:
            sent[dice.choice(_HEADERS)] = dice.choice(_STRINGS).encode("latin-1", "ignore").decode("latin-1")[:200]
        sent = {name: value.replace("\r", "").replace("\n", "").replace("\0", "") for name, value in sent.items()}
        body = dice.choice(_BODIES) if method in ("POST", "PUT", "DELETE", "PATCH") else b""
        target = f"{path}?{query}" if query else path
        try:
            answer = client.open(
                target, method=method, headers=sent, data=body, content_type=dice.choice(_TYPES) or None, buffered=True
            )
        except Exception as error:  # what a server would answer with 500
            failed.setdefault(f"{type(error).__name__}: {error}"[:200], f"{method} {target[:200]}")
            statuses[599] += 1
            continue
        statuses[answer.status_code] += 1
        if answer.status_code == 500:
            failed.setdefault(f"{rule.rule} {method}", f"{target[:300]} {body[:80]!r} {sent}")
    print(", ".join(f"{number:,} × {status}" for status, number in sorted(statuses.items())))
    for what, example in list(failed.items())[:20]:
        print(f"  {what}: {example}")
    return not failed


def _path(rule: str, dice: random.Random) -> str:
    return "/".join(
        _quoted(dice.choice(_STRINGS), safe=dice.choice(("", "/%"))) if part.startswith("<") else part
        for part in rule.split("/")
    )


def _name(dice: random.Random) -> str:
    return dice.choice(
        (
            "q",
            "q",
            "q",
            "kommune",
            "date_from",
            "date_to",
            "sort",
            "page",
            "per_page",
            "cursor",
            "facets",
            "facet_size",
            "exact",
            "all_words",
            "collapse",
            "fields",
            "format",
            "seite",
            "teil",
            "breite",
            "after",
            "limit",
            "refresh",
            "xyz",
            "token",
        )
    )


def _quoted(text: str, safe: str = "") -> str:
    kept = f"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789{safe}"
    encoded = text.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if chr(byte) in kept else f"%{byte:02X}" for byte in encoded)
