"""Looking for damage in the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from searchsvc.errors import DocumentDamaged, StoreUnavailable
from searchsvc.store import sqlite
from searchsvc.store.store import Store


def find_damage(store: Store, *, read_originals: bool = True) -> Iterator[str]:
    """Yield what is wrong, one English line each: the database, documents that cannot be read, original files.

    With ``read_originals`` the content of each original is compared with its checksum; otherwise it need only exist.
    """
    if store.database.is_sqlite:
        with store.database.transaction() as connection:
            yield from (f"database: {line}" for line in sqlite.find_damage(connection))
    damaged: list[DocumentDamaged] = []
    _, documents = store.documents.snapshot(damaged=damaged.append)
    try:
        for _ in documents:
            pass
    except StoreUnavailable as error:
        yield error.message
    yield from (error.message for error in damaged)
    yield from original_problems(store, read_content=read_originals)


def original_problems(
    store: Store, *, read_content: bool = True, read: Callable[[int], object] = lambda _: None
) -> Iterator[str]:
    """Yield what is wrong with original files, one English line each; ``read`` hears of the bytes of each file."""
    for checksum in store.original_checksums():
        path = store.originals.path(checksum)
        if path is None:
            yield f"original file {checksum} is missing; import the file again"
        elif read_content:
            if not store.originals.is_intact(checksum):
                yield f"original file {checksum} is damaged: its content has changed; import the file again"
            with suppress(OSError):
                read(path.stat().st_size)
