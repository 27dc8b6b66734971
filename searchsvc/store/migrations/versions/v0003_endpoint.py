"""Saved searches and their notifications; last use and rotation of API keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_endpoint"
down_revision = "0003_duplicates"


def upgrade() -> None:
    """Create the tables and columns."""
    op.add_column("api_keys", sa.Column("last_used_at", sa.String(40)))
    op.add_column("api_keys", sa.Column("former_hash", sa.String(64)))
    op.add_column("api_keys", sa.Column("former_until", sa.String(40)))
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("secret", sa.String(64)),
        sa.Column("key_id", sa.Integer),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("confirmed_at", sa.String(40)),
        sa.Column("after_change", sa.BigInteger, nullable=False),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_saved_searches"),
    )
    op.create_index("uq_saved_searches_token", "saved_searches", ["token"], unique=True)
    op.create_table(
        "saved_search_hits",
        sa.Column("search_id", sa.Integer, nullable=False),
        sa.Column("document_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("search_id", "document_key", name="pk_saved_search_hits"),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("search_id", sa.Integer, nullable=False),
        sa.Column("document_ids", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("due_at", sa.String(40), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
    )
    op.create_index("ix_notifications_due_at", "notifications", ["due_at"])
    op.create_table(
        "matched",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("history", sa.String(32), nullable=False),
        sa.Column("change_number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_matched"),
    )
