"""API keys."""

from __future__ import annotations

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
