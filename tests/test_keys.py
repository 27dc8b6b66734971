"""API keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from searchsvc.errors import InvalidDocument
from searchsvc.settings import Settings
from searchsvc.store import Store


def test_a_key_opens_what_its_scopes_name(store: Store):
    """A token is recognised, with its name and scopes."""
    token = store.keys.create("Importer", ["write", "read"])
    assert token.startswith("ssk_")
    key = store.keys.verify(token)
    assert key is not None
    assert (key.name, key.scopes) == ("Importer", {"read", "write"})


@pytest.mark.parametrize("token", ["", "ssk_", "ssk_wrong", "x", "ssk_\ud800", "Bearer ssk_x"])
def test_other_tokens_open_nothing(store: Store, token: str):
    """Whatever is sent that is no key is no key."""
    store.keys.create("Importer", ["write"])
    assert store.keys.verify(token) is None


def test_a_revoked_key_opens_nothing(store: Store):
    """Revoking by name or by number ends a key at once, and it stays in the list."""
    first, second = store.keys.create("a", ["write"]), store.keys.create("b", ["write"])
    assert store.keys.revoke("a") == 1
    assert store.keys.revoke("a") == 0
    assert store.keys.revoke(store.keys.list()[1].id) == 1
    assert store.keys.verify(first) is None
    assert store.keys.verify(second) is None
    assert all(key.revoked_at for key in store.keys.list())


def test_the_store_does_not_contain_the_token(store: Store, service_settings: Settings):
    """Whoever steals the database has no key."""
    token = store.keys.create("a", ["write"])
    files = list(service_settings.data_dir.glob("searchsvc.db*"))
    assert files
    assert all(token.removeprefix("ssk_").encode() not in file.read_bytes() for file in files)


@pytest.mark.parametrize(("name", "scopes"), [("", ["write"]), ("a", []), ("a", ["root"]), ("x" * 201, ["write"])])
def test_keys_need_a_name_and_known_scopes(store: Store, name: str, scopes: list[str]):
    """A key that would be useless or unnamed is not made."""
    with pytest.raises(InvalidDocument):
        store.keys.create(name, scopes)


def test_a_rotated_key_has_another_token(store: Store):
    """The new token works at once, the former one only if it is given time; everything else stays."""
    first = store.keys.create("Importer", ["write", "read"])
    number = store.keys.list()[0].id
    second = store.keys.rotate("Importer")
    assert store.keys.verify(first) is None
    third = store.keys.rotate(number, grace_hours=1)
    for token in (second, third):
        key = store.keys.verify(token)
        assert key is not None
        assert (key.id, key.name, key.scopes) == (number, "Importer", {"read", "write"})
    store.keys.revoke("Importer")
    assert store.keys.verify(second) is store.keys.verify(third) is None


def test_the_former_token_ends_with_its_time(store: Store, monkeypatch: pytest.MonkeyPatch):
    """After the grace only the new token works."""
    first = store.keys.create("Importer", ["write"])
    second = store.keys.rotate("Importer", grace_hours=2)
    assert store.keys.verify(first) is not None
    later = (datetime.now(UTC) + timedelta(hours=3)).isoformat(timespec="seconds")
    monkeypatch.setattr("searchsvc.store.keys.now_text", lambda _precision: later)
    assert store.keys.verify(first) is None
    assert store.keys.verify(second) is not None


def test_only_one_key_is_rotated(store: Store):
    """A name that several keys have, or none, is no key."""
    for _ in range(2):
        store.keys.create("a", ["write"])
    for name in ("a", "b", 99):
        with pytest.raises(InvalidDocument):
            store.keys.rotate(name)


def test_a_key_tells_when_it_was_used_last(store: Store, monkeypatch: pytest.MonkeyPatch):
    """The use is noted, not with every request, and a store that cannot be written keeps nobody out."""
    token = store.keys.create("a", ["read"])
    assert store.keys.list()[0].last_used_at is None
    store.keys.verify(token)
    used = store.keys.list()[0].last_used_at
    assert used is not None
    assert abs(datetime.now(UTC) - used) < timedelta(minutes=1)

    def fail(_key: object) -> None:
        raise AssertionError("it was noted a moment ago")

    monkeypatch.setattr(store.keys, "_note_use", fail)
    assert store.keys.verify(token) is not None
