"""Takedowns, decisions on reports, and documents by Vorgang and reference."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from searchsvc.store.document_rows import keys_of_metadata

revision = "0003_takedowns"
down_revision = "0003_endpoint"
branch_labels = None
depends_on = None

_ROWS = 500


def upgrade() -> None:
    """Make the tables and columns, and fill them from what is stored."""
    op.create_table(
        "takedowns",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("taken_down_at", sa.String(40), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("original_sha256", sa.String(64)),
        sa.Column("metadata", sa.Text),
        sa.Column("pages", sa.LargeBinary),
        sa.Column("paper_key", sa.String(64)),
        sa.Column("reference_key", sa.String(64)),
        sa.PrimaryKeyConstraint("key", name="pk_takedowns"),
    )
    op.add_column("reports", sa.Column("decision", sa.String(20)))
    for column in ("paper_key", "reference_key"):
        op.add_column("documents", sa.Column(column, sa.String(64)))
    _fill()
    for column in ("paper_key", "reference_key"):
        op.create_index(f"ix_documents_{column}", "documents", [column])


def _fill() -> None:
    documents = sa.table(
        "documents",
        *(sa.column(name) for name in ("key", "metadata", "paper_key", "reference_key")),
    )
    connection = op.get_bind()
    last = ""
    while True:
        query = sa.select(documents.c.key, documents.c.metadata).where(documents.c.key > last)
        rows = connection.execute(query.order_by(documents.c.key).limit(_ROWS)).all()
        if not rows:
            return
        values = [
            {"old_key": row.key, "paper_key": keys.paper, "reference_key": keys.reference}
            for row in rows
            if row.metadata and any(keys := keys_of_metadata(json.loads(row.metadata)))
        ]
        if values:
            connection.execute(sa.update(documents).where(documents.c.key == sa.bindparam("old_key")), values)
        last = rows[-1].key
