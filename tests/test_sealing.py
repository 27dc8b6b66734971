"""Secrets of webhooks are not in the database as they are; whoever has only that can sign nothing."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from searchsvc.errors import StoreUnavailable
from searchsvc.notifications.errors import NotDelivered
from searchsvc.notifications.webhooks import Webhooks
from searchsvc.settings import Settings
from searchsvc.store import Channel, Notification, Store, open_store, restore_backup, write_backup

_READ = """
import sys
from pathlib import Path
from searchsvc.settings import Settings
from searchsvc.store import Channel, Store
with Store.open(Settings(data_dir=Path(sys.argv[1]))) as store:
    sys.stdin.readline()
    print(store.sealer.seal("x"))
"""


def save(store: Store, secret: str | None = None) -> str:
    """Save a search with a webhook, as versions before did with a given secret; return its secret."""
    saved = store.saved_searches.create("q=rad", Channel.WEBHOOK, "https://example.org/hook", is_confirmed=True)
    if secret is not None:
        with store.database.transaction() as connection:
            connection.exec_driver_sql("UPDATE saved_searches SET secret = ? WHERE id = ?", (secret, saved.id))
    return saved.secret or ""


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_the_database_has_no_secret(store: Store, service_settings: Settings, tmp_path: Path):
    """Neither it nor its log nor a backup; the key is in a file of its own that only its user reads."""
    secret = save(store)
    assert len(secret) > 30
    write_backup(store, tmp_path / "backup.tar")
    assert secret.encode() not in everything(service_settings.data_dir)
    assert secret.encode() not in (tmp_path / "backup.tar").read_bytes()
    key = service_settings.data_dir / "secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_bytes().strip() not in (tmp_path / "backup.tar").read_bytes()
    with Store.open(service_settings) as other:
        assert [one.secret for one in other.saved_searches.saved()] == [secret]


def test_what_was_stored_open_is_sealed_at_the_next_start(store: Store, service_settings: Settings):
    """Receivers keep what they were given, and nothing of it is left in the file."""
    save(store, "offenes-geheimnis-4711")
    assert [one.secret for one in store.saved_searches.saved()] == ["offenes-geheimnis-4711"]
    store.close()
    connection = sqlite3.connect(service_settings.data_dir / "searchsvc.db")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert b"offenes-geheimnis-4711" in everything(service_settings.data_dir)
    with open_store(service_settings) as again:
        assert [one.secret for one in again.saved_searches.saved()] == ["offenes-geheimnis-4711"]
        assert again.saved_searches.seal_all() == 0
    assert b"offenes-geheimnis-4711" not in everything(service_settings.data_dir)


def test_without_its_key_a_secret_signs_nothing(store: Store, service_settings: Settings):
    """A webhook is never signed with another secret; everything else goes on, and the key can be put back."""
    secret = save(store)
    key = service_settings.data_dir / "secret.key"
    kept = key.read_bytes()
    key.unlink()
    with open_store(service_settings) as lost:
        (search,) = lost.saved_searches.active()
        assert search.secret is None
        webhooks = Webhooks(service_settings)
        try:
            with pytest.raises(NotDelivered, match="secret_key_file"):
                webhooks.send(Notification((1,), search, ("a",), 0), {})
        finally:
            webhooks.close()
    key.write_text("no key")
    with open_store(service_settings) as broken, pytest.raises(StoreUnavailable, match="is no key"):
        broken.saved_searches.active()
    key.write_bytes(kept)
    with open_store(service_settings) as found:
        assert found.saved_searches.active()[0].secret == secret


def test_the_key_comes_from_elsewhere_for_several_machines(service_settings: Settings, tmp_path: Path):
    """They share a store, and so the key."""
    settings = service_settings.model_copy(update={"secret_key_file": tmp_path / "shared.key"})
    with open_store(settings) as store:
        secret = save(store)
        write_backup(store, tmp_path / "backup.tar")
    other = Settings(data_dir=tmp_path / "other", secret_key_file=tmp_path / "shared.key")
    with Store.open(other) as store:
        store.migrate()
        restore_backup(store, other, tmp_path / "backup.tar")
        assert store.saved_searches.active()[0].secret == secret
    assert not (other.data_dir / "secret.key").exists()


def test_processes_that_start_at_once_make_one_key(store: Store, service_settings: Settings):
    """What one of them seals the others read."""
    command = [sys.executable, "-c", _READ, str(service_settings.data_dir)]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    sealed = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert [store.sealer.unseal(one) for one in sealed] == ["x"] * 4
    assert not list(service_settings.data_dir.glob(".secret.key-*"))
