"""Documents that were taken down: what is kept of them out of everyone's sight, and writes that must not show.

The row in ``documents`` is a tombstone, so nothing that reads documents can meet one of them by mistake.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, insert, select, update

from searchsvc.store.document_rows import Encoded
from searchsvc.store.tables import takedowns
from searchsvc.store.takedown_marks import add_marks, marks_of
from searchsvc.store.values import now_text, portions

_MAX_REASON_CHARS = 500


def withheld_keys(connection: Connection, keys: Collection[str]) -> set[str]:
    """Return those of some keys of documents that were taken down."""
    found: set[str] = set()
    for chunk in portions(list(keys)):
        found.update(connection.execute(select(takedowns.c.key).where(takedowns.c.key.in_(chunk))).scalars())
    return found


def keep_withheld(connection: Connection, item: Encoded) -> None:
    """Keep a new state of a document that was taken down; it shows when the takedown is lifted."""
    values = {
        "content_hash": item.hash,
        "metadata": item.metadata,
        "pages": item.pages,
        "paper_key": item.paper_key,
        "reference_key": item.reference_key,
    }
    if item.original is not None:
        values["original_sha256"] = item.original
    connection.execute(update(takedowns).where(takedowns.c.key == item.key).values(values))
    add_marks(connection, item.key, marks_of(item.id, item.metadata, item.pages))


def withhold(connection: Connection, item: Encoded, former_id: str) -> None:
    """Take a new document down, as it was under another id."""
    reason = (
        connection.execute(select(takedowns.c.reason).where(takedowns.c.document_id == former_id)).scalars().first()
    )
    connection.execute(
        insert(takedowns).values(
            key=item.key,
            document_id=item.id,
            reason=f"as {former_id}: {reason}"[:_MAX_REASON_CHARS],
            taken_down_at=now_text("seconds"),
            content_hash=item.hash,
        )
    )
    keep_withheld(connection, item)


def erase_withheld(connection: Connection, key: str) -> bool:
    """Forget the content of a document that was taken down; the takedown stays. Returns whether there was any."""
    erased = connection.execute(
        update(takedowns)
        .where(takedowns.c.key == key, takedowns.c.metadata.is_not(None))
        .values(content_hash="", metadata=None, pages=None, original_sha256=None, paper_key=None, reference_key=None)
    )
    return erased.rowcount > 0
