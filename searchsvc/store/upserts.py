"""Inserting rows or replacing those that are there, in one statement on either database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write complete rows; a row with the same primary key is replaced."""
    if not rows:
        return
    keys = list(table.primary_key)
    others = [column.name for column in table.columns if not column.primary_key]
    if connection.dialect.name == "sqlite":
        lite = sqlite.insert(table)
        connection.execute(
            lite.on_conflict_do_update(index_elements=keys, set_={name: lite.excluded[name] for name in others}), rows
        )
    else:
        post = postgresql.insert(table)
        connection.execute(
            post.on_conflict_do_update(index_elements=keys, set_={name: post.excluded[name] for name in others}), rows
        )
