"""Tokens that a key signs: what is one, and what is none."""

from __future__ import annotations

import base64
import hmac
import json
import time
from hashlib import sha256
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from index.contract import Bounds
from searchsvc.cli import main
from searchsvc.client import sign_token
from searchsvc.errors import InvalidDocument
from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.store.keys import is_bound
from searchsvc.store.signed_tokens import SignedToken, signing_secret

KEY = "ssb_" + "x" * 43


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def made(claims: object, *, key: str = KEY, header: dict[str, Any] | None = None, secret: str | None = None) -> str:
    """Make a token by hand, as another language would."""
    head = {"alg": "HS256", "typ": "JWT", "kid": sha256(key.encode()).hexdigest()} | (header or {})
    signed = f"{part(head)}.{part(claims)}"
    secret = secret or hmac.new(key.encode(), b"searchsvc token 1", sha256).hexdigest()
    return f"{signed}.{part(hmac.new(secret.encode(), signed.encode(), sha256).digest())}"


def accepted(token: str) -> Bounds | None:
    parsed = SignedToken.parse(token)
    claims = parsed.claims(signing_secret(KEY)) if parsed else None
    return claims.bounds if claims else None


def soon() -> float:
    return time.time() + 60


def test_what_the_client_signs_is_read() -> None:
    """Client and service agree, and so does what is made by the description."""
    filters = {"kommune": ["koeln"], "organization": ["Rat"]}
    assert accepted(sign_token(KEY, filters)) == Bounds.of(filters)
    assert accepted(made({"exp": soon(), "filters": filters, "iat": 1})) == Bounds.of(filters)
    assert accepted(sign_token(KEY)) == Bounds()
    with pytest.raises(ValueError, match="at most"):
        sign_token(KEY, seconds=86_401)


@pytest.mark.parametrize(
    "token",
    [
        made({"exp": soon()}, header={"alg": "none"}),
        made({"exp": soon()}, header={"alg": "HS512"}),
        made({"exp": soon()}, header={"crit": ["exp"]}),
        made({"exp": soon()}, header={"kid": "1"}),
        made({"exp": soon()}, secret="another"),
        made({"exp": soon()}, secret=sha256(KEY.encode()).hexdigest()),
        made({"exp": soon()}, secret=KEY),
        made({"exp": time.time() - 1}),
        made({"exp": time.time() + 90_000}),
        made({"exp": True}),
        made({"exp": "9999999999"}),
        made(b'{"exp": NaN}'),
        made(b'{"exp": 1e999}'),
        made({}),
        made([]),
        made(b"\xff"),
        made(b"[" * 2_000),
        made({"exp": soon(), "filters": {"kommun": ["koeln"]}}),
        made({"exp": soon(), "filters": {"kommune": []}}),
        made({"exp": soon(), "filters": {"kommune": "koeln"}}),
        made({"exp": soon(), "filters": []}),
        made({"exp": soon(), "filters": None}),
        made({"exp": soon(), "nbf": soon()}),
        made({"exp": soon(), "filters": {"kommune": ["x" * 4_000]}}),
        sign_token(KEY)[:-2] + "AA",
        sign_token(KEY) + ".",
        part({"alg": "none"}) + "." + part({"exp": soon()}) + ".",
        "a.b.c",
        "",
    ],
)
def test_everything_else_opens_nothing(token: str) -> None:
    """Other algorithms, other secrets, other times, restrictions that nobody knows."""
    assert accepted(token) is None


@given(st.text() | st.lists(st.binary(max_size=40), min_size=3, max_size=3).map(lambda all_: ".".join(map(part, all_))))
def test_reading_never_raises(text: str) -> None:
    """Whatever is sent for a token is one or none."""
    assert accepted(text) is None


def test_changed_claims_are_noticed() -> None:
    """Nobody widens a token that he got."""
    head, _, signature = sign_token(KEY, {"kommune": ["koeln"]}).split(".")
    assert accepted(f"{head}.{part({'exp': soon()})}.{signature}") is None


def test_the_store_keeps_what_signs_sealed(store: Store, service_settings: Settings) -> None:
    """Whoever steals the database can sign nothing, and keys that do not read cannot either."""
    key = store.keys.create("a", ["read"])
    assert store.keys.verify(sign_token(key)) is not None
    files = list(service_settings.data_dir.glob("searchsvc.db*"))
    assert files
    for file in files:
        assert signing_secret(key).encode() not in file.read_bytes()
    assert store.keys.verify(sign_token(store.keys.create("b", ["write"]))) is None


def test_a_token_reads_and_no_more(store: Store) -> None:
    """Of a key that may do more a token has the reading only, within both their bounds."""
    admin = store.keys.create("a", ["read", "admin"])
    found = store.keys.verify(sign_token(admin, {"kommune": ["koeln"]}))
    assert found is not None
    assert (found.scopes, found.bounds, found.is_token) == ({"read"}, Bounds.of({"kommune": ["koeln"]}), True)
    bound = store.keys.create("b", ["read"], filters={"kommune": ["bruehl"]})
    narrowed = store.keys.verify(sign_token(bound, {"kommune": ["koeln"]}))
    assert narrowed is not None
    assert len(narrowed.bounds.conditions) == 2


def test_keys_with_filters_only_read(store: Store) -> None:
    """A key that writes is not bound by filters, so it does not look as if it were."""
    for scopes in (["write"], ["read", "write"], ["admin"]):
        with pytest.raises(InvalidDocument, match="read only"):
            store.keys.create("a", scopes, filters={"kommune": ["koeln"]})
    with pytest.raises(InvalidDocument, match="unknown filter"):
        store.keys.create("a", ["read"], filters={"stadt": ["koeln"]})
    assert is_bound(store.keys.create("a", ["read"], filters={"kommune": ["koeln"]}))
    assert not is_bound(store.keys.create("a", ["read"]))


def test_keys_on_the_command_line(tmp_path: Any) -> None:
    """Filters, end and rate are given when a key is made, and listed."""
    environment = {"SEARCHSVC_DATA_DIR": str(tmp_path / "data")}
    arguments = [
        "key",
        "create",
        "Partner",
        "--scope",
        "read",
        "--filter",
        "kommune=koeln",
        "--filter",
        "kommune=bruehl",
    ]
    made_key = CliRunner().invoke(main, [*arguments, "--expires", "90d", "--per-minute", "5"], env=environment)
    assert made_key.exit_code == 0, made_key.output
    assert made_key.output.startswith("ssb_")
    listed = CliRunner().invoke(main, ["key", "list"], env=environment).output
    assert "kommune=bruehl|koeln" in listed
    assert "5/min" in listed
    assert "until 2" in listed
    for wrong in (["--filter", "kommun=koeln"], ["--filter", "kommune"], ["--expires", "soon"], ["--per-minute", "0"]):
        refused = CliRunner().invoke(main, ["key", "create", "x", "--scope", "read", *wrong], env=environment)
        assert refused.exit_code == 2, wrong
    searched = {"id": "a", "kommune": {"id": "koeln", "name": "Köln"}, "text": "Radweg"}
    (tmp_path / "a.ndjson").write_text(json.dumps(searched), encoding="utf-8")
    assert CliRunner().invoke(main, ["ingest", str(tmp_path / "a.ndjson")], env=environment).exit_code == 0
    assert CliRunner().invoke(main, ["rebuild"], env=environment).exit_code == 0
    for value, is_noted in (("koeln", False), ("Köln", True)):
        told = CliRunner().invoke(
            main, ["key", "create", "x", "--scope", "read", "--filter", f"kommune={value}"], env=environment
        )
        assert ("no document is within" in told.stderr) is is_noted, told.output
    refused = CliRunner().invoke(main, ["key", "create", "x", "--filter", "kommune=koeln"], env=environment)
    assert refused.exit_code != 0
    assert "Traceback" not in refused.output
